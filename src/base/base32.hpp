#pragma once

#include "base/bytes.hpp"

#include <string>
#include <string_view>

namespace sealpost {

inline constexpr std::string_view base32_alphabet = "abcdefghijklmnopqrstuvwxyz234567";

// RFC 4648 §6, but in lower case and without padding; spare bits are zero.
[[nodiscard]] std::string format_base32(ByteView bytes);

}  // namespace sealpost
