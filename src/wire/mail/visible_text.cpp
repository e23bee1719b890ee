#include "wire/mail/visible_text.hpp"

#include "wire/mail/utf8.hpp"

#include <array>

namespace sealpost::mail {
namespace {

bool is_line_control(char32_t c) { return c == '\t' || c == '\n'; }
bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }
bool is_joiner(char32_t c) { return c == 0x200C || c == 0x200D; }

// Beside those of direction_marks.hpp: marks of a direction, characters without a width, and line ends of Unicode.
bool is_unseen(char32_t c)
{
    return c == 0x061C || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) ||
           c == 0xFEFF;
}

void append_hex(std::string& out, char32_t value, int digits)
{
    constexpr std::string_view hex = "0123456789abcdef";
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += hex[value >> shift & 0xFU];
}

void append_octet(std::string& out, char32_t octet)
{
    out += "\\x";
    append_hex(out, octet, 2);
}

std::string show(std::string_view text, bool keeps_lines)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        if (keeps_lines && text.starts_with("\r\n")) text.remove_prefix(1);
        const CodePoint next = first_code_point(text);
        if (next.value == invalid_code_point) {
            append_octet(out, static_cast<unsigned char>(text.front()));
        } else if (is_control(next.value) && !(keeps_lines && is_line_control(next.value))) {
            append_octet(out, next.value);
        } else if (is_unseen(next.value)) {
            out += "\\u";
            append_hex(out, next.value, 4);
        } else {
            out += text.substr(0, next.bytes);
        }
        text.remove_prefix(next.bytes);
    }
    return out;
}

bool is_visible(std::string_view text, bool may_join)
{
    while (!text.empty()) {
        const CodePoint next = first_code_point(text);
        if (next.value == invalid_code_point || is_control(next.value)) return false;
        if (is_unseen(next.value) && !(may_join && is_joiner(next.value))) return false;
        text.remove_prefix(next.bytes);
    }
    return true;
}

}  // namespace

std::string show_controls(std::string_view text) { return show(text, true); }
std::string show_line(std::string_view text) { return show(text, false); }

bool is_all_visible(std::string_view text) { return is_visible(text, false); }
bool is_plain_line(std::string_view text) { return is_visible(text, true); }

}  // namespace sealpost::mail
