#include "wire/mail/join_words.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <optional>

namespace sealpost::mail {
namespace {

constexpr std::size_t max_payload = 2048;  // RFC 2047 allows 75; some senders write one long word

struct Base64Word {
    std::string_view charset;
    Bytes content;
    std::size_t size = 0;  // of the whole word in the text
};

// "=?charset?B?payload?=" at the beginning of `text`.
std::optional<Base64Word> parse_word(std::string_view text)
{
    if (!text.starts_with("=?")) return std::nullopt;
    const std::size_t charset_end = text.find('?', 2);
    if (charset_end == std::string_view::npos || charset_end > 80 || !istarts_with(text.substr(charset_end), "?B?"))
        return std::nullopt;
    const std::size_t payload = charset_end + 3;
    const std::string_view rest = text.substr(payload, max_payload);
    const std::size_t end = rest.find("?=");
    if (end == std::string_view::npos) return std::nullopt;
    auto content = parse_base64(rest.substr(0, end));
    if (content.has_error()) return std::nullopt;
    return Base64Word{text.substr(2, charset_end - 2), std::move(*content), payload + end + 2};
}

std::size_t leading_space(std::string_view text) { return std::min(text.find_first_not_of(" \t\r\n"), text.size()); }

}  // namespace

std::string join_encoded_words(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        auto run = parse_word(text);
        if (!run) {
            out += text.front() == '\0' ? ' ' : text.front();
            text.remove_prefix(1);
            continue;
        }
        text.remove_prefix(run->size);
        for (;;) {
            const std::size_t space = leading_space(text);
            const auto next = space == 0 ? std::nullopt : parse_word(text.substr(space));
            if (!next || !iequals(next->charset, run->charset)) break;
            run->content.insert(run->content.end(), next->content.begin(), next->content.end());
            text.remove_prefix(space + next->size);
        }
        out += "=?" + std::string(run->charset) + "?B?" + format_base64(run->content) + "?=";
    }
    return out;
}

}  // namespace sealpost::mail
