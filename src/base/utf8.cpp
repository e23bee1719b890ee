#include "base/utf8.hpp"

#include <algorithm>

namespace sealpost {
namespace {

constexpr CodePoint bad{invalid_code_point, 1};

std::uint8_t octet(std::string_view text, std::size_t index) { return static_cast<std::uint8_t>(text[index]); }

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

}  // namespace

CodePoint first_code_point(std::string_view text)
{
    const std::uint8_t lead = octet(text, 0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return bad;
    char32_t value = lead & (0x7FU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((octet(text, i) & 0xC0) != 0x80) return bad;
        value = value << 6 | (octet(text, i) & 0x3FU);
    }
    // RFC 3629 §3: no overlong forms, no surrogates, nothing above U+10FFFF.
    const char32_t least = bytes == 4 ? 0x10000 : bytes == 3 ? 0x800 : 0x80;
    if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return bad;
    return {value, bytes};
}

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<std::uint8_t>(c) < 0x80; });
}

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const CodePoint next = first_code_point(text);
        if (next.value == invalid_code_point) return false;
        text.remove_prefix(next.bytes);
    }
    return true;
}

std::string clean_utf8(std::string_view text, Controls controls)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint next = first_code_point(text);
        const bool line = next.value == '\t' || next.value == '\n';
        if (next.value == invalid_code_point)
            out += "\xEF\xBF\xBD";
        else if (is_control(next.value) && !(line && controls == Controls::keep_lines))
            out += ' ';
        else
            out += text.substr(0, next.bytes);
        text.remove_prefix(next.bytes);
    }
    return out;
}

}  // namespace sealpost
