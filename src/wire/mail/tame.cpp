#include "wire/mail/tame.hpp"

#include "base/text.hpp"
#include "wire/mail/encoded_word.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>

namespace sealpost::mail {
namespace {

constexpr std::size_t max_list_bytes = 128 * 1024;
constexpr std::size_t max_list_separators = 2000;  // commas and semicolons
constexpr std::size_t max_list_colons = 1000;      // groups, and addresses of version 6

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, std::string(what)}; }

Result<> check_size(std::string_view list)
{
    if (list.size() > max_list_bytes) return bad("an address list is too long");
    const auto separators = std::ranges::count_if(list, [](char c) { return c == ',' || c == ';'; });
    const auto colons = std::ranges::count(list, ':');
    if (static_cast<std::size_t>(separators) > max_list_separators || static_cast<std::size_t>(colons) > max_list_colons)
        return bad("too many addresses in one header field");
    return {};
}

// The end of the quoted string or literal that begins `text`, closing octet included; npos: nothing closes it.
std::size_t find_end_of_span(std::string_view text)
{
    const char closing = text.front() == '"' ? '"' : ']';
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == closing)
            return at + 1;
    }
    return std::string_view::npos;
}

// GMime takes quotes and backslashes away before it looks for encoded words: none is left between "=" and "?".
TameList break_words(std::string_view list)
{
    TameList tame;
    for (std::size_t at = 0; at < list.size(); ++at) {
        tame.text += list[at];
        if (list[at] != '=') continue;
        const std::size_t next = list.find_first_not_of("\\\"", at + 1);
        if (next == std::string_view::npos || list[next] != '?') continue;
        tame.text += ' ';
        tame.has_odd_words = true;
    }
    return tame;
}

// Writes a list anew in the plainest form that means the same: quoted strings whose quotes and parentheses are escaped,
// comments without anything in them that means something, literals that could be addresses, and no bracket or backslash anywhere
// else. So there is no comment that does not end, also where GMime reads a broken list in another way.
class Tamer {
public:
    explicit Tamer(std::string_view list) : rest_(list) {}

    TameList run()
    {
        while (!rest_.empty()) {
            if (const auto words = reader_.take(rest_))
                append_quoted(*words);
            else
                take_one();
        }
        return break_words(out_);
    }

private:
    void take_one()
    {
        switch (rest_.front()) {
            case '"': return take_quoted();
            case '(': return take_comment();
            case '[': return take_literal();
            case ')':
            case ']':
            case '\\':
            case '\0': return pass_over();
            default: out_ += rest_.front(); rest_.remove_prefix(1);
        }
    }

    void append_quoted(std::string_view text)
    {
        out_ += '"';
        append_escaped(text);
        out_ += '"';
    }

    void append_escaped(std::string_view text)
    {
        for (const char c : clean_utf8(text, Controls::none)) {
            if (std::string_view("\"()\\").find(c) != std::string_view::npos) out_ += '\\';
            out_ += c;
        }
    }

    void take_quoted()
    {
        const std::size_t end = quotes_end_ ? find_end_of_span(rest_) : std::string_view::npos;
        quotes_end_ = end != std::string_view::npos;  // linear: who has looked in vain does not look again
        if (!quotes_end_) return pass_over();
        std::string_view inside = rest_.substr(1, end - 2);
        out_ += '"';
        while (!inside.empty()) {
            if (const auto words = reader_.take(inside)) {
                append_escaped(*words);
                continue;
            }
            if (inside.front() == '\\' && inside.size() > 1) inside.remove_prefix(1);
            const std::size_t plain = std::min(inside.find_first_of("\\=", 1), inside.size());
            append_escaped(inside.substr(0, plain));
            inside.remove_prefix(plain);
        }
        out_ += '"';
        rest_.remove_prefix(end);
    }

    // RFC 5322 §3.2.2: comments nest, and a backslash quotes the next octet. One that does not end goes as far as the list.
    void take_comment()
    {
        std::size_t depth = 0;
        out_ += '(';
        while (!rest_.empty()) {
            if (const auto words = reader_.take(rest_)) {
                append_as_text(clean_utf8(*words, Controls::none));
                continue;
            }
            const char c = rest_.front();
            depth += c == '(' ? 1U : 0U;
            depth -= c == ')' ? 1U : 0U;
            const std::size_t taken = std::min<std::size_t>(c == '\\' ? 2 : 1, rest_.size());
            append_as_text(rest_.substr(0, taken));
            rest_.remove_prefix(taken);
            if (depth == 0) break;
        }
        out_ += ')';
    }

    void append_as_text(std::string_view text)
    {
        for (const char c : text)
            out_ += c == '\0' || std::string_view("()<>[]:;@\\,\"").find(c) != std::string_view::npos ? ' ' : c;
    }

    // RFC 5321 §4.1.3: behind the "@" only; elsewhere brackets are somebody's ornament.
    void take_literal()
    {
        const std::size_t before = out_.find_last_not_of(" \t\r\n");
        const bool is_domain = before != std::string::npos && out_[before] == '@';
        const std::size_t end = is_domain && brackets_end_ ? find_end_of_span(rest_) : std::string_view::npos;
        if (is_domain) brackets_end_ = end != std::string_view::npos;
        if (end == std::string_view::npos) return pass_over();
        out_ += '[';
        for (const char c : rest_.substr(1, end - 2)) {
            const char lower = ascii_lower(c);
            out_ += is_ascii_digit(c) || (lower >= 'a' && lower <= 'z') || c == ':' ? c : '.';
        }
        out_ += ']';
        rest_.remove_prefix(end);
    }

    // What means nothing where it stands.
    void pass_over()
    {
        out_ += ' ';
        rest_.remove_prefix(1);
    }

    std::string_view rest_;
    std::string out_;
    bool quotes_end_ = true, brackets_end_ = true;
    WordReader reader_{WordReader::Payload::strict};
};

}  // namespace

Result<TameList> tame_address_list(std::string_view value)
{
    SEALPOST_CHECK(check_size(value));
    TameList tame = Tamer(value).run();
    SEALPOST_CHECK(check_size(tame.text));
    return tame;
}

}  // namespace sealpost::mail
