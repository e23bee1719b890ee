#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sealpost {

// RFC 3629. The next code point of a non-empty text and its length in octets; an octet that begins no
// valid sequence is {invalid_code_point, 1}.
inline constexpr char32_t invalid_code_point = 0xFFFFFFFF;
struct CodePoint {
    char32_t value;
    std::size_t bytes;
};
[[nodiscard]] CodePoint first_code_point(std::string_view text);

[[nodiscard]] bool is_ascii(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);

// Valid UTF-8 in any case: bad octets become U+FFFD. With `keep_lines`, tab and line feed stay; every
// other control character (C0, DEL, C1) becomes a space.
enum class Controls { keep_lines, none };
[[nodiscard]] std::string clean_utf8(std::string_view text, Controls controls);

}  // namespace sealpost
