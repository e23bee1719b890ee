#include "wire/mail/tame.hpp"

#include "base/text.hpp"
#include "wire/mail/encoded_word.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>
#include <utility>

namespace sealpost::mail {
namespace {

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

// What ends the quoted string or literal that begins `text`, itself included; npos: nothing does.
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

bool has_open_comment(std::string_view span)
{
    std::size_t depth = 0;
    for (std::size_t at = 0; at < span.size(); ++at) {
        if (span[at] == '\\')
            ++at;
        else if (span[at] == '(')
            ++depth;
        else if (span[at] == ')' && depth > 0)
            --depth;
    }
    return depth > 0;
}

void append_escaped(std::string& out, std::string_view text, std::string_view special)
{
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
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

// Copies a list and mends it on the way. RFC 5322 §3.2.2: comments nest, and a backslash quotes the next character in them as in
// quoted strings. Every comment ends, also where GMime reads a broken list in another way and finds one in what is a quoted
// string or a literal. A quote or bracket that nothing closes is an ordinary character.
class Tamer {
public:
    explicit Tamer(std::string_view list) : rest_(list) {}

    TameList run()
    {
        while (!rest_.empty()) {
            if (depth_ == 0 && take_span()) continue;
            if (take_words(depth_ == 0)) continue;
            take_character();
        }
        out_.append(depth_, ')');
        return break_words(out_);
    }

private:
    bool take_span()
    {
        bool* ends = rest_.front() == '"' ? &quotes_end_ : rest_.front() == '[' ? &brackets_end_ : nullptr;
        if (!ends || !*ends) return false;
        const std::size_t end = find_end_of_span(rest_);
        *ends = end != std::string_view::npos;  // linear: who has looked in vain does not look again
        if (!*ends) return false;
        copy_span(rest_.substr(0, end));
        rest_.remove_prefix(end);
        return true;
    }

    // A backslash before a parenthesis means the same in a quoted string, and begins no comment elsewhere.
    void copy_span(std::string_view span)
    {
        const bool escapes = has_open_comment(span), is_quoted = span.front() == '"';
        while (!span.empty()) {
            if (const auto words = is_quoted ? reader_.take(span) : std::nullopt) {
                append_escaped(out_, clean_utf8(*words, Controls::none), "\"\\");
                continue;
            }
            if (span.front() == '(' && escapes) out_ += '\\';
            const std::size_t taken = span.front() == '\\' ? 2 : 1;
            append_plain(span.substr(0, taken));
            span.remove_prefix(std::min(taken, span.size()));
        }
    }

    bool take_words(bool is_phrase)
    {
        const auto words = reader_.take(rest_);
        if (!words) return false;
        const std::string clean = clean_utf8(*words, Controls::none);
        if (is_phrase) out_ += '"';
        append_escaped(out_, clean, is_phrase ? "\"\\" : "()\\");
        if (is_phrase) out_ += '"';
        return true;
    }

    void take_character()
    {
        const char c = rest_.front();
        const std::size_t taken = c == '\\' && depth_ > 0 ? 2 : 1;
        if (c == '(') ++depth_;
        if (c == ')' && depth_ > 0) --depth_;
        append_plain(rest_.substr(0, taken));
        if (taken > rest_.size()) out_ += ' ';  // what would be quoted is missing
        rest_.remove_prefix(std::min(taken, rest_.size()));
    }

    void append_plain(std::string_view text)
    {
        for (const char c : text) out_ += c == '\0' ? ' ' : c;
    }

    std::string_view rest_;
    std::string out_;
    std::size_t depth_ = 0;
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
