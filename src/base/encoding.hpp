#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace sealpost {

// Lower-case hexadecimal, RFC 4648 §8.
[[nodiscard]] std::string format_hex(ByteView bytes);
[[nodiscard]] Result<Bytes> parse_hex(std::string_view text);

// RFC 4648 §4 (padding written) and §5 (URL-safe, no padding). The parsers refuse what the
// formatters would not write: wrong padding, stray characters, non-zero trailing bits.
[[nodiscard]] std::string format_base64(ByteView bytes);
[[nodiscard]] std::string format_base64_unpadded(ByteView bytes);
[[nodiscard]] std::string format_base64url(ByteView bytes);
[[nodiscard]] Result<Bytes> parse_base64(std::string_view text);
[[nodiscard]] Result<Bytes> parse_base64_unpadded(std::string_view text);
[[nodiscard]] Result<Bytes> parse_base64url(std::string_view text);

}  // namespace sealpost
