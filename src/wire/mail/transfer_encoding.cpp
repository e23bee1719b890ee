#include "wire/mail/transfer_encoding.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstdint>

namespace sealpost::mail {
namespace {

int value_of_base64(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (is_ascii_digit(c)) return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int value_of_hex(char digit)
{
    if (is_ascii_digit(digit)) return digit - '0';
    const char lower = ascii_lower(digit);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_base64_line(std::string_view text)
{
    const std::string_view line = trim(text.substr(0, text.find('\n')));
    return std::ranges::all_of(line, [](char c) { return c == '=' || value_of_base64(c) >= 0; });
}

}  // namespace

std::string decode_escapes(std::string_view text, char mark)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const int high = text[at] == mark && at + 2 < text.size() ? value_of_hex(text[at + 1]) : -1;
        const int low = high >= 0 ? value_of_hex(text[at + 2]) : -1;
        out += low >= 0 ? static_cast<char>(high * 16 + low) : text[at];
        if (low >= 0) at += 2;
    }
    return out;
}

// Padding ends a quantum, not the text: some senders encode piece by piece. But what stands behind it in other letters
// (a list's footer) is none of it.
std::string decode_base64_text(std::string_view text)
{
    std::string out;
    out.reserve(text.size() / 4 * 3);
    std::uint32_t held = 0;
    int bits = 0;
    bool is_padded = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\n' && is_padded && !is_base64_line(text.substr(at + 1))) break;
        if (c == '=') {
            bits = 0;
            is_padded = true;
        }
        const int value = value_of_base64(c);
        if (value < 0) continue;
        held = (held << 6U | static_cast<std::uint32_t>(value)) & 0xffffU;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out += static_cast<char>(held >> static_cast<unsigned>(bits) & 0xffU);
    }
    return out;
}

// RFC 2045 §6.7. White space at the end of a line was added on the way (rule 3).
std::string decode_quoted_printable(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        const bool has_end = end != std::string_view::npos;
        text.remove_prefix(has_end ? end + 1 : text.size());
        const bool has_cr = line.ends_with('\r');
        if (has_cr) line.remove_suffix(1);
        if (has_end)
            while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
        const bool goes_on = line.ends_with('=');
        if (goes_on) line.remove_suffix(1);
        out += decode_escapes(line, '=');
        if (has_end && !goes_on) out += has_cr ? "\r\n" : "\n";
    }
    return out;
}

std::string encode_quoted_printable(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::size_t max_column = 72;  // with an octet in three and "=" for a soft line break: 76
    std::string out;
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\n') {
            out += "\r\n";
            column = 0;
            continue;
        }
        if (column >= max_column) {
            out += "=\r\n";
            column = 0;
        }
        const auto octet = static_cast<unsigned char>(c);
        const bool is_last = i + 1 == text.size() || text[i + 1] == '\n';
        const bool is_plain = (octet > 0x20 && octet < 0x7f && c != '=') || (c == ' ' && !is_last);
        if (is_plain)
            out += c;
        else
            out += {'=', digits[octet >> 4], digits[octet & 15]};
        column += is_plain ? 1 : 3;
    }
    return out;
}

}  // namespace sealpost::mail
