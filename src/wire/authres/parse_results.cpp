#include "base/text.hpp"
#include "wire/authres/results.hpp"
#include "wire/authres/words.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>

namespace sealpost::authres {
namespace {

constexpr std::size_t max_properties = 100;  // of one method

// Walks over a field's value. What cannot be read leaves `is_broken`.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    [[nodiscard]] std::size_t position() const { return at_; }
    [[nodiscard]] bool is_broken() const { return is_broken_; }
    [[nodiscard]] char next() const { return at_end() ? '\0' : text_[at_]; }

    bool take(char wanted)
    {
        if (at_end() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }

    // RFC 5322 §3.2.2: white space and comments, which nest.
    void skip_cfws()
    {
        std::size_t depth = 0;
        for (; !at_end(); ++at_) {
            const char c = text_[at_];
            if (c == '(')
                ++depth;
            else if (c == ')' && depth > 0)
                --depth;
            else if (c == '\\' && depth > 0 && at_ + 1 < text_.size())
                ++at_;
            else if (depth == 0 && !is_ascii_space(c))
                return;
        }
        is_broken_ = is_broken_ || depth > 0;
    }

    template <class Allowed>
    std::string take_while(Allowed allowed)
    {
        const auto start = at_;
        while (!at_end() && allowed(text_[at_])) ++at_;
        return std::string(text_.substr(start, at_ - start));
    }

    std::string take_keyword() { return ascii_lower(take_while(is_keyword_char)); }

    // RFC 2045 §5.1 value: a token or a quoted string. Empty is broken, unless it was quoted.
    std::string take_value()
    {
        if (next() == '"') return take_quoted();
        auto token = take_while(is_token_char);
        is_broken_ = is_broken_ || token.empty();
        return token;
    }

    // What stands behind "name=": read generously, since many write "/" and ":" bare; ends at a space,
    // a comment or ";".
    std::string take_pvalue()
    {
        std::string out;
        const auto start = at_;
        while (!at_end() && !is_broken_) {
            const char c = text_[at_];
            if (c == '"')
                out += take_quoted();
            else if (is_ascii_space(c) || c == ';' || c == '(')
                break;
            else
                out += text_[at_++];
        }
        is_broken_ = is_broken_ || at_ == start;
        return out;
    }

private:
    std::string take_quoted()
    {
        std::string out;
        for (++at_; !at_end(); ++at_) {
            if (text_[at_] == '"') {
                ++at_;
                return out;
            }
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
            if (text_[at_] != '\r' && text_[at_] != '\n') out += text_[at_];  // a fold is no part of it
        }
        is_broken_ = true;
        return out;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool is_broken_ = false;
};

Error bad(const Scanner& scanner, std::string_view what)
{
    return {Fault::peer_broke_it, std::string(what) + " at octet " + std::to_string(scanner.position())};
}

// [CFWS] authserv-id [CFWS version], up to the first ";" or the end.
Result<std::string> parse_id(Scanner& scanner)
{
    scanner.skip_cfws();
    auto id = scanner.take_value();
    scanner.skip_cfws();
    const auto version = scanner.take_while(is_ascii_digit);
    scanner.skip_cfws();
    const bool ends = scanner.at_end() || scanner.next() == ';';
    if (scanner.is_broken() || id.empty() || !ends) return bad(scanner, "no authserv-id");
    // RFC 8601 §2.2 knows version 1; what a later one means cannot be known.
    if (!version.empty() && version != "1") return bad(scanner, "an unknown version");
    return id;
}

Result<> parse_properties(Scanner& scanner, MethodResult& method)
{
    for (;;) {
        scanner.skip_cfws();
        if (scanner.is_broken()) return bad(scanner, "a comment without end");
        if (scanner.at_end() || scanner.next() == ';') return {};
        Property property;
        property.type = scanner.take_keyword();
        scanner.skip_cfws();
        const bool has_name = scanner.take('.');
        if (has_name) {
            scanner.skip_cfws();
            property.name = scanner.take_keyword();
            scanner.skip_cfws();
        }
        if (property.type.empty() || (has_name && property.name.empty()) || !scanner.take('='))
            return bad(scanner, "neither a reason nor a property");
        scanner.skip_cfws();
        property.value = scanner.take_pvalue();
        if (scanner.is_broken()) return bad(scanner, "a property without a value");
        if (!has_name && property.type == "reason")
            method.reason = std::move(property.value);
        else if (has_name)
            method.properties.push_back(std::move(property));
        if (method.properties.size() > max_properties) return bad(scanner, "too many properties");
    }
}

// methodspec: method ["/" version] "=" result, and what follows.
Result<MethodResult> parse_method(Scanner& scanner, MethodResult method)
{
    scanner.skip_cfws();
    if (scanner.take('/')) {
        scanner.skip_cfws();
        if (scanner.take_while(is_ascii_digit).empty()) return bad(scanner, "a method's version without a number");
        scanner.skip_cfws();
    }
    if (!scanner.take('=')) return bad(scanner, "a method without a result");
    scanner.skip_cfws();
    method.result = scanner.take_keyword();
    if (method.result.empty()) return bad(scanner, "a method without a result");
    SEALPOST_CHECK(parse_properties(scanner, method));
    return method;
}

// Host names compare as A-labels, without case and without a final dot.
std::string normal_id(std::string id)
{
    if (id.ends_with('.')) id.pop_back();
    const auto domain = mail::parse_domain(id);
    return domain ? *domain : ascii_lower(id);
}

}  // namespace

Result<Results> parse_value(std::string_view value)
{
    if (value.size() > max_parsed_bytes) return Error{Fault::peer_broke_it, "the field is too long"};
    Scanner scanner(value);
    Results results;
    SEALPOST_TRY(results.authserv_id, parse_id(scanner));
    if (scanner.at_end()) return bad(scanner, "no result");
    while (scanner.take(';')) {
        scanner.skip_cfws();
        if (scanner.at_end() && !results.methods.empty()) break;  // ";" at the end: many write it
        MethodResult method;
        method.method = scanner.take_keyword();
        if (method.method.empty()) return bad(scanner, "no method");
        if (method.method == "none" && results.methods.empty()) {
            scanner.skip_cfws();
            if (scanner.at_end()) break;
        }
        if (results.methods.size() == max_methods) return bad(scanner, "too many methods");
        SEALPOST_TRY(method, parse_method(scanner, std::move(method)));
        results.methods.push_back(std::move(method));
    }
    if (!scanner.at_end() || scanner.is_broken()) return bad(scanner, "something else than a result");
    return results;
}

std::size_t remove_forged(mail::HeaderBlock& head, const std::vector<std::string>& our_ids)
{
    std::vector<std::string> ours;
    for (const auto& id : our_ids) ours.push_back(normal_id(id));
    return head.remove_if([&](const mail::HeaderField& field) {
        if (!iequals(field.name, "Authentication-Results")) return false;
        const auto value = mail::unfold(field);
        Scanner scanner(value);
        // RFC 8601 §5: "any MTA conforming to this specification MUST delete any discovered instance of this
        // header field that claims, by virtue of its authentication service identifier, to have been added
        // within its trust boundary but that did not come directly from another trusted MTA." Whatever its
        // version; and also when it cannot be told whose it is, since others may read it otherwise.
        scanner.skip_cfws();
        const auto id = scanner.take_value();
        if (scanner.is_broken() || id.empty()) return true;
        const auto is_ours = [&] { return std::find(ours.begin(), ours.end(), normal_id(id)) != ours.end(); };
        scanner.skip_cfws();
        scanner.take_while(is_ascii_digit);
        scanner.skip_cfws();
        const bool is_readable = !scanner.is_broken() && (scanner.at_end() || scanner.next() == ';');
        return !is_readable || is_ours();
    });
}

}  // namespace sealpost::authres
