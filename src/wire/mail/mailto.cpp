#include "wire/mail/mailto.hpp"

#include "base/text.hpp"

#include <optional>

namespace sealpost::mail {
namespace {

Error bad(std::string_view why) { return Error{Fault::peer_broke_it, std::string(why)}; }

std::optional<unsigned> find_hex_digit(char c)
{
    const char lower = ascii_lower(c);
    if (is_ascii_digit(lower)) return static_cast<unsigned>(lower - '0');
    if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a') + 10;
    return std::nullopt;
}

// RFC 3986 §2.1. Absent when a "%" has no two digits behind it, or stands for a control character.
std::optional<std::string> decode_percent(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const auto high = find_hex_digit(text[i + 1]), low = find_hex_digit(text[i + 2]);
        if (!high || !low || *high * 16 + *low < 0x20) return std::nullopt;
        decoded += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    return decoded;
}

}  // namespace

Result<Mailbox> parse_mailto(std::string_view uri)
{
    constexpr std::string_view scheme = "mailto:";
    if (!istarts_with(uri, scheme)) return bad("is no mailto: URI");
    uri.remove_prefix(scheme.size());
    const auto decoded = decode_percent(uri.substr(0, uri.find('?')));
    if (!decoded) return bad("has a broken %-sequence");
    auto mailbox = parse_mailbox(*decoded, Smtputf8::refused);
    if (mailbox.has_error() || mailbox->is_literal()) return bad("names no mail address");
    return mailbox;
}

}  // namespace sealpost::mail
