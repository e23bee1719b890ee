#pragma once

#include "base/result.hpp"

#include <p11-kit/pkcs11.h>

#include <string>

namespace sealpost::pkcs11 {

// What the return values of a module mean to us.

[[nodiscard]] std::string format_rv(CK_RV rv);  // "CKR_PIN_INCORRECT", or its number
// The token, its sessions or its module went away: all that was opened has to be opened again.
[[nodiscard]] bool is_lost(CK_RV rv);
[[nodiscard]] bool is_about_pin(CK_RV rv);
[[nodiscard]] Error error_of(CK_RV rv, const std::string& name);

}  // namespace sealpost::pkcs11
