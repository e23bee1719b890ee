#include "base/encoding.hpp"
#include "base/text.hpp"
#include "wire/mail/encoded_word.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>

namespace sealpost::mail {
namespace {

// RFC 2047 §2: "An 'encoded-word' may not be more than 75 characters long": 12 for "=?utf-8?B?" and
// "?=", so 63 of base64 at most; 45 octets give 60.
constexpr std::size_t octets_per_word = 45;

std::string_view take_whole_characters(std::string_view& text)
{
    std::size_t size = 0;
    while (size < text.size()) {
        const std::size_t next = first_code_point(text.substr(size)).bytes;
        if (size + next > octets_per_word) break;
        size += next;
    }
    const std::string_view taken = text.substr(0, size);
    text.remove_prefix(size);
    return taken;
}

bool is_plain_phrase_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_ascii_digit(c) || c == ' ' || c == '-' || c == '_' || c == '\'';
}

// What senders who encode nothing write, if it is not UTF-8.
std::string read_unencoded(std::string_view text)
{
    return is_utf8(text) ? std::string(text) : convert_to_utf8(text, "windows-1252").value_or(std::string(text));
}

}  // namespace

std::string decode_words(std::string_view text)
{
    text = text.substr(0, HeaderLimits{}.max_bytes);
    std::string out;
    WordReader reader(WordReader::Payload::loose);
    while (!text.empty()) {
        if (const auto words = reader.take(text)) {
            out += *words;
            continue;
        }
        const std::size_t plain = std::min(text.find("=?", 1), text.size());
        out += read_unencoded(text.substr(0, plain));
        text.remove_prefix(plain);
    }
    return clean_utf8(out, Controls::none);
}

std::string encode_words(std::string_view utf8)
{
    std::string clean = clean_utf8(utf8, Controls::none);
    if (is_ascii(clean) && clean.find("=?") == std::string::npos) return clean;
    std::string out;
    std::string_view rest = clean;
    while (!rest.empty()) {
        if (!out.empty()) out += ' ';
        out += "=?utf-8?B?" + format_base64(as_bytes(take_whole_characters(rest))) + "?=";
    }
    return out;
}

std::string encode_display_name(std::string_view utf8)
{
    std::string clean(trim(clean_utf8(utf8, Controls::none)));
    if (!is_ascii(clean) || clean.find("=?") != std::string::npos) return encode_words(clean);
    if (std::ranges::all_of(clean, is_plain_phrase_char)) return clean;
    std::string quoted = "\"";
    for (const char c : clean) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

}  // namespace sealpost::mail
