#include "wire/mail/encoded_word.hpp"

#include "base/text.hpp"
#include "wire/mail/transfer_encoding.hpp"
#include "wire/mail/utf8.hpp"

#include <iconv.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace sealpost::mail {
namespace {

constexpr std::size_t max_charset_bytes = 40;
constexpr std::size_t max_payload = 2048;  // RFC 2047 allows 75; some senders write one long word
constexpr std::string_view unknown_character = "\xEF\xBF\xBD";

// "//TRANSLIT" and the like are iconv's own language.
bool is_charset_name(std::string_view name)
{
    const auto is_plain = [](char c) {
        const char lower = ascii_lower(c);
        return is_ascii_digit(c) || (lower >= 'a' && lower <= 'z') ||
               std::string_view("-_.:+()").find(c) != std::string_view::npos;
    };
    return !name.empty() && name.size() <= max_charset_bytes && std::ranges::all_of(name, is_plain);
}

// Names that glibc does not know, and charsets that senders fill beyond their name.
std::string name_for_iconv(std::string_view charset)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> others = {{{"ks_c_5601-1987", "CP949"},
                                                                                      {"ks_c_5601-1989", "CP949"},
                                                                                      {"euc-kr", "CP949"},
                                                                                      {"gb2312", "GB18030"},
                                                                                      {"gbk", "GB18030"},
                                                                                      {"iso-8859-8-i", "ISO-8859-8"},
                                                                                      {"iso-8859-8-e", "ISO-8859-8"},
                                                                                      {"shift_jis", "CP932"},
                                                                                      {"x-sjis", "CP932"}}};
    const auto other = std::ranges::find_if(others, [&](const auto& one) { return iequals(one.first, charset); });
    if (other != others.end()) return std::string(other->second);
    if (istarts_with(charset, "windows-cp")) charset.remove_prefix(8);
    return std::string(charset);
}

// RFC 2047 §4.2; what is no hexadecimal stays as it is.
std::string decode_q(std::string_view text)
{
    std::string spaced(text);
    std::ranges::replace(spaced, '_', ' ');
    return decode_escapes(spaced, '=');
}

bool is_strict(std::string_view payload)
{
    return std::ranges::none_of(payload, [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return octet <= ' ' || octet >= 0x7f || std::string_view("\"(),;<>\\").find(c) != std::string_view::npos;
    });
}

std::size_t leading_space(std::string_view text) { return std::min(text.find_first_not_of(" \t\r\n"), text.size()); }

}  // namespace

std::unique_ptr<Converter> Converter::open(std::string_view charset)
{
    if (!is_charset_name(charset)) return nullptr;
    const iconv_t handle = ::iconv_open("UTF-8", name_for_iconv(charset).c_str());
    if (handle == reinterpret_cast<iconv_t>(-1)) return nullptr;  // NOLINT(performance-no-int-to-ptr): iconv's own word
    return std::unique_ptr<Converter>(new Converter(handle));
}

Converter::~Converter() { ::iconv_close(handle_); }

std::string Converter::convert(std::string_view octets)
{
    std::string copy(octets), out;
    char* in = copy.data();
    std::size_t left = copy.size();
    // A null input gives out what a charset keeps back until it has seen the next octet (windows-1255).
    const auto pass = [&](char** from) {
        std::array<char, 1024> piece;
        char* to = piece.data();
        std::size_t room = piece.size();
        const bool has_failed = ::iconv(handle_, from, from ? &left : nullptr, &to, &room) == static_cast<std::size_t>(-1);
        const bool is_full = has_failed && errno == E2BIG;
        out.append(piece.data(), piece.size() - room);
        return !has_failed || is_full;
    };
    ::iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    while (left > 0) {
        if (pass(&in)) continue;
        pass(nullptr);
        out += unknown_character;
        ++in;
        --left;
    }
    pass(nullptr);
    return out;
}

std::optional<std::string> convert_to_utf8(std::string_view octets, std::string_view charset)
{
    if (iequals(charset, "utf-8") || iequals(charset, "us-ascii")) return clean_utf8(octets, Controls::keep_lines);
    const auto converter = Converter::open(charset);
    if (!converter) return std::nullopt;
    return converter->convert(octets);
}

Converter* WordReader::find_converter(std::string_view charset)
{
    const std::string name = ascii_lower(charset);
    if (const auto known = converters_.find(name); known != converters_.end()) return known->second.get();
    if (converters_.size() == max_charsets) return nullptr;
    return converters_.emplace(name, Converter::open(name)).first->second.get();
}

std::optional<WordReader::Word> WordReader::parse(std::string_view text)
{
    if (!text.starts_with("=?")) return std::nullopt;
    const std::size_t charset_end = text.substr(0, 2 + 2 * max_charset_bytes).find('?', 2);
    if (charset_end == std::string_view::npos || text.size() < charset_end + 3 || text[charset_end + 2] != '?')
        return std::nullopt;
    const char encoding = ascii_lower(text[charset_end + 1]);
    if (encoding != 'b' && encoding != 'q') return std::nullopt;
    const std::string_view rest = text.substr(charset_end + 3);
    const std::size_t end = find_end(rest);
    if (end > max_payload) return std::nullopt;
    Word word;
    const std::string_view charset = text.substr(2, charset_end - 2);
    word.charset = charset.substr(0, charset.find('*'));
    word.is_base64 = encoding == 'b';
    word.payload = rest.substr(0, end);
    word.size = charset_end + 3 + end + 2;
    if (payload_ == Payload::strict && !is_strict(word.payload)) return std::nullopt;
    word.converter = find_converter(word.charset);
    return word.converter ? std::optional(word) : std::nullopt;
}

// Of "text?=": looks at no octet of the text twice, however many words begin and do not end.
std::size_t WordReader::find_end(std::string_view text)
{
    const char* const end_of_text = text.data() + text.size();
    const bool is_known = next_end_ >= text.data() && next_end_ <= end_of_text;
    if (!is_known) {
        const std::size_t found = text.find("?=");
        next_end_ = found == std::string_view::npos ? end_of_text : text.data() + found;
    }
    return next_end_ == end_of_text ? std::string_view::npos : static_cast<std::size_t>(next_end_ - text.data());
}

std::optional<WordReader::Word> WordReader::parse_next(std::string_view text)
{
    const std::size_t space = leading_space(text);
    auto word = space == 0 ? std::nullopt : parse(text.substr(space));
    if (word) word->size += space;
    return word;
}

std::optional<std::string> WordReader::take(std::string_view& text)
{
    auto word = parse(text);
    if (!word) return std::nullopt;
    std::string out;
    while (word) {
        const Word first = *word;
        std::string octets, base64;  // of the run; base64 may be cut anywhere between two words
        for (; word && iequals(word->charset, first.charset); word = parse_next(text)) {
            if (!word->is_base64) octets += decode_base64_text(std::exchange(base64, {})) + decode_q(word->payload);
            if (word->is_base64) base64 += word->payload;
            text.remove_prefix(word->size);
        }
        octets += decode_base64_text(base64);
        out += first.converter->convert(octets);
    }
    return out;
}

}  // namespace sealpost::mail
