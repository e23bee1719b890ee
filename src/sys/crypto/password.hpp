#pragma once

#include "base/secret.hpp"

#include <string>

namespace sealpost::crypto {

// Argon2id, 64 MiB, t=3, p=1, as a PHC string ("$argon2id$v=19$m=65536,t=3,p=1$…"). Takes about 0.2 s
// and 64 MiB: run it on a blocking pool, and few at a time.
[[nodiscard]] std::string hash_password(const Secret& password);
[[nodiscard]] bool check_password(const std::string& hash, const Secret& password);

// True when the hash was made with other costs than today's.
[[nodiscard]] bool needs_rehash(const std::string& hash);

}  // namespace sealpost::crypto
