#include "wire/authres/words.hpp"

#include "base/cut_text.hpp"
#include "base/text.hpp"
#include "wire/authres/results.hpp"

#include <algorithm>

namespace sealpost::authres {
namespace {

constexpr std::size_t fold_column = 78;  // RFC 5322 §2.1.1

bool is_alnum(char c) { return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'); }

// RFC 5322 §3.2.3.
bool is_atom_char(char c) { return is_alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos; }

std::string clean(std::string_view text) { return show_line(text, max_value_bytes); }

std::string escape(std::string_view text, std::string_view special)
{
    std::string out;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

std::string quote(std::string_view text) { return '"' + escape(text, "\"\\") + '"'; }

template <class Allowed>
bool consists_of(std::string_view text, Allowed allowed)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

bool is_dot_atom(std::string_view text)
{
    const auto atoms = split(text, '.');
    return std::all_of(atoms.begin(), atoms.end(), [](auto atom) { return consists_of(atom, is_atom_char); });
}

bool is_plain_address(std::string_view text)
{
    const auto at = text.rfind('@');
    if (at == std::string_view::npos) return false;
    const auto domain = text.substr(at + 1);
    return (at == 0 || is_dot_atom(text.substr(0, at))) &&
           consists_of(domain, [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

}  // namespace

bool is_token_char(char c)
{
    const auto octet = static_cast<unsigned char>(c);
    return octet > 32 && octet < 127 && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

bool is_keyword_char(char c) { return is_alnum(c) || c == '-' || c == '_'; }

std::string format_keyword(std::string_view text)
{
    std::string out;
    for (const char c : text.substr(0, max_value_bytes))
        if (is_keyword_char(c)) out += ascii_lower(c);
    return out.empty() ? "unknown" : out;
}

std::string format_word(std::string_view text)
{
    const auto word = clean(text);
    return consists_of(word, is_token_char) ? word : quote(word);
}

std::string format_pvalue(std::string_view text)
{
    const auto word = clean(text);
    return consists_of(word, is_token_char) || is_plain_address(word) ? word : quote(word);
}

std::string format_dot_atom(std::string_view text)
{
    const auto word = clean(text);
    return is_dot_atom(word) ? word : quote(word);
}

std::string format_comment(std::string_view text) { return '(' + escape(clean(text), "()\\") + ')'; }

std::string fold_items(std::string start, const std::vector<std::string>& items)
{
    std::size_t column = start.size();
    for (const auto& item : items) {
        const bool folds = column + 1 + item.size() > fold_column;
        start += folds ? "\r\n\t" : " ";
        start += item;
        column = folds ? 8 + item.size() : column + 1 + item.size();
    }
    return start;
}

}  // namespace sealpost::authres
