#include "wire/mail/address_rewrite.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <vector>

namespace sealpost::mail {
namespace {

// RFC 5322 §3.2: the smallest things that a field is made of.
struct Token {
    enum class Kind { space, word, special } kind = Kind::word;  // a comment is space; "@" and "." are special
    std::size_t at = 0;
    std::size_t end = 0;
};

// Behind the bracket, quote or parenthesis that closes the one at `at`.
std::size_t find_closing(std::string_view text, std::size_t at)
{
    const char open = text[at];
    const char close = open == '(' ? ')' : open == '[' ? ']' : '"';
    std::size_t depth = 0;
    for (std::size_t i = at; i < text.size(); ++i) {
        if (text[i] == '\\' && open != '[') {
            ++i;
        } else if (text[i] == close && (open != '"' || i > at)) {
            if (depth <= 1) return i + 1;
            --depth;
        } else if (text[i] == open && open == '(') {
            ++depth;
        }
    }
    return text.size();
}

std::vector<Token> split_tokens(std::string_view text)
{
    constexpr std::string_view specials = "<>:;,@.";
    constexpr std::string_view ends_word = " \t\r\n()<>[]:;,@.\"";
    std::vector<Token> tokens;
    for (std::size_t at = 0; at < text.size();) {
        Token token{Token::Kind::word, at, at + 1};
        if (std::string_view(" \t\r\n").find(text[at]) != std::string_view::npos)
            token.kind = Token::Kind::space;
        else if (specials.find(text[at]) != std::string_view::npos)
            token.kind = Token::Kind::special;
        else if (text[at] == '(' || text[at] == '"' || text[at] == '[')
            token.end = find_closing(text, at);
        else
            token.end = std::min(text.find_first_of(ends_word, at + 1), text.size());
        if (text[at] == '(') token.kind = Token::Kind::space;
        tokens.push_back(token);
        at = token.end;
    }
    return tokens;
}

class Replacer {
public:
    Replacer(std::string_view text, const AddressReplacement& replacement)
        : text_(text), tokens_(split_tokens(text)), replacement_(replacement)
    {
    }

    std::optional<std::string> run()
    {
        std::size_t member = 0;  // the first token of the one under way
        std::optional<std::size_t> angle;
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            const char c = special(i);
            if (c == '<' && !angle) {
                angle = i + 1;
            } else if (c == '>' && angle) {
                replace(*angle, skip_route(*angle, i), i);
                angle.reset();
                member = tokens_.size() + 1;  // what follows before the next comma is no address
            } else if (!angle && (c == ',' || c == ':' || c == ';')) {
                if (c != ':') replace(member, member, i);
                member = i + 1;
                if (c == ',') break_behind(i);
            }
        }
        if (!angle) replace(member, member, tokens_.size());
        if (!has_changed_) return std::nullopt;
        out_ += text_.substr(copied_);
        return std::move(out_);
    }

private:
    [[nodiscard]] char special(std::size_t token) const
    {
        return tokens_[token].kind == Token::Kind::special ? text_[tokens_[token].at] : '\0';
    }

    // "@relay,@relay2:a@b": RFC 5322 §4.4.
    [[nodiscard]] std::size_t skip_route(std::size_t from, std::size_t to) const
    {
        for (std::size_t i = from; i < to; ++i)
            if (special(i) == ':') return i + 1;
        return from;
    }

    // The address between two tokens, when it is one; with it goes what stands between `begin` and it.
    void replace(std::size_t begin, std::size_t from, std::size_t to)
    {
        std::string address;
        std::optional<std::size_t> first;
        for (std::size_t i = begin; i < from && !first; ++i)
            if (tokens_[i].kind != Token::Kind::space) first = i;
        std::size_t last = 0;
        for (std::size_t i = from; i < to; ++i) {
            if (tokens_[i].kind == Token::Kind::space) continue;
            if (!first) first = i;
            last = i;
            address += text_.substr(tokens_[i].at, tokens_[i].end - tokens_[i].at);
        }
        const auto mailbox = parse_mailbox(address);
        if (mailbox.has_error()) return;
        const auto other = replacement_(*mailbox);
        if (!other || *other == *mailbox) return;
        out_ += text_.substr(copied_, tokens_[*first].at - copied_);
        out_ += format_mailbox(*other);
        copied_ = tokens_[last].end;
        has_changed_ = true;
    }

    // The field can be folded there, however long its addresses have grown.
    void break_behind(std::size_t comma)
    {
        if (comma + 1 == tokens_.size() || tokens_[comma + 1].kind == Token::Kind::space) return;
        out_ += text_.substr(copied_, tokens_[comma].end - copied_);
        out_ += ' ';
        copied_ = tokens_[comma].end;
    }

    std::string_view text_;
    std::vector<Token> tokens_;
    const AddressReplacement& replacement_;
    std::string out_;
    std::size_t copied_ = 0;
    bool has_changed_ = false;
};

}  // namespace

std::optional<std::string> replace_addresses(std::string_view value, const AddressReplacement& replacement)
{
    return Replacer(value, replacement).run();
}

}  // namespace sealpost::mail
