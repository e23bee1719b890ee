#pragma once

#include "base/secret.hpp"
#include "sys/crypto/password.hpp"

#include <string>

namespace sealpost::gateway {

// Of "right". Made once, since it is meant to be slow.
inline const std::string& password_hash()
{
    static const std::string hash = crypto::hash_password(Secret::copy_of("right"));
    return hash;
}

}  // namespace sealpost::gateway
