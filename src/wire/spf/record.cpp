#include "wire/spf/record.hpp"

#include "base/text.hpp"
#include "wire/spf/macro.hpp"
#include "wire/spf/name.hpp"

#include <algorithm>
#include <array>

namespace sealpost::spf {
namespace {

constexpr std::string_view version_section = "v=spf1";

constexpr std::array<std::string_view, 8> mechanism_names = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"};

bool is_alpha(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }
bool is_alphanumeric(char c) { return is_alpha(c) || is_ascii_digit(c); }

// RFC 7208 §4.6.1: name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
bool is_term_name(std::string_view name)
{
    return !name.empty() && is_alpha(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

std::optional<Mechanism> find_mechanism(std::string_view name)
{
    for (std::size_t i = 0; i < mechanism_names.size(); ++i)
        if (iequals(name, mechanism_names[i])) return static_cast<Mechanism>(i);
    return std::nullopt;
}

std::optional<Qualifier> find_qualifier(char c)
{
    switch (c) {
        case '+': return Qualifier::pass;
        case '-': return Qualifier::fail;
        case '~': return Qualifier::softfail;
        case '?': return Qualifier::neutral;
        default: return std::nullopt;
    }
}

// RFC 7208 §7.1: toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
bool is_toplabel(std::string_view label)
{
    if (label.empty() || !is_alphanumeric(label.front()) || !is_alphanumeric(label.back())) return false;
    if (!std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; })) return false;
    return std::ranges::any_of(label, [](char c) { return is_alpha(c) || c == '-'; });
}

// RFC 7208 §7.1: domain-end = ( "." toplabel [ "." ] ) / macro-expand
bool has_domain_end(std::string_view spec, const MacroTraits& traits)
{
    if (traits.ends_in_macro) return true;
    if (spec.ends_with('.')) spec.remove_suffix(1);
    const std::size_t dot = spec.rfind('.');
    return dot != std::string_view::npos && is_toplabel(spec.substr(dot + 1));
}

// RFC 7208 §5.6: "0" or a number without leading zeros.
std::optional<std::uint8_t> parse_prefix(std::string_view digits, unsigned most)
{
    if (digits.empty() || digits.size() > 3 || (digits.front() == '0' && digits.size() > 1)) return std::nullopt;
    const auto number = parse_decimal(digits);
    if (!number || *number > most) return std::nullopt;
    return static_cast<std::uint8_t>(*number);
}

// The digits at the end of `text` when `slashes` stand before them, which are taken off with them.
std::optional<std::string_view> take_prefix(std::string_view& text, std::string_view slashes)
{
    std::size_t begin = text.size();
    while (begin > 0 && is_ascii_digit(text[begin - 1])) --begin;
    if (begin == text.size() || !text.substr(0, begin).ends_with(slashes)) return std::nullopt;
    const std::string_view digits = text.substr(begin);
    text = text.substr(0, begin - slashes.size());
    return digits;
}

}  // namespace

std::string format_syntax_error(const SyntaxError& error)
{
    return "column " + std::to_string(error.column) + ", \"" + error.term + "\": " + error.what;
}

bool is_spf_record(std::string_view text)
{
    if (!istarts_with(text, version_section)) return false;
    return text.size() == version_section.size() || text[version_section.size()] == ' ';
}

// Walks over the text of a record once. Each term is whole or an error; views go into the record.
class RecordParser {
public:
    explicit RecordParser(Record& record) : record_(record), text_(record.text_) {}

    void parse()
    {
        std::size_t at = version_section.size();
        record_.terms_.reserve(static_cast<std::size_t>(std::count(text_.begin(), text_.end(), ' ')));
        while (at < text_.size()) {
            const std::size_t end = std::min(text_.find(' ', at), text_.size());
            if (end > at) parse_term(text_.substr(at, end - at));
            at = end + 1;
        }
    }

private:
    // `where` is a view into the text, at the fault.
    bool fail(std::string_view where, std::string_view what)
    {
        if (record_.errors_.size() < Record::max_errors) {
            const auto column = static_cast<std::size_t>(where.data() - text_.data()) + 1;
            record_.errors_.push_back({column, printable(word_, 80), std::string(what)});
        }
        return false;
    }

    void parse_term(std::string_view word)
    {
        word_ = word;
        for (std::size_t i = 0; i < word.size(); ++i)
            if (static_cast<unsigned char>(word[i]) < 0x21 || static_cast<unsigned char>(word[i]) > 0x7e) {
                fail(word.substr(i), "an octet that no term may hold");
                return;
            }
        const std::size_t end = word.find_first_of(":/=");
        if (end != std::string_view::npos && word[end] == '=') {
            parse_modifier(word.substr(0, end), word.substr(end + 1));
        } else {
            Term term;
            if (parse_directive(word, term)) record_.terms_.push_back(term);
        }
    }

    void parse_modifier(std::string_view name, std::string_view value)
    {
        if (!is_term_name(name)) {
            fail(name, "not the name of a modifier");
        } else if (iequals(name, "redirect")) {
            parse_known_modifier(record_.redirect_, value);
        } else if (iequals(name, "exp")) {
            parse_known_modifier(record_.exp_, value);
        } else {
            MacroTraits traits;
            if (const auto fault = check_macros(value, MacroUse::unknown_modifier, traits))
                fail(value.substr(fault->at), fault->what);
        }
    }

    void parse_known_modifier(std::optional<Modifier>& modifier, std::string_view value)
    {
        // RFC 7208 §6: "The modifiers defined in this document -- "redirect" and "exp" -- SHOULD appear at most once."
        // §6.1, §6.2 with §4.6: more than once is a syntax error.
        if (modifier) {
            fail(word_, "the modifier stands twice in the record");
            return;
        }
        Modifier parsed{.text = word_, .target = {}};
        if (parse_domain_spec(value, parsed.target)) modifier = parsed;
    }

    bool parse_directive(std::string_view word, Term& term)
    {
        term.text = word;
        std::string_view rest = word;
        if (const auto qualifier = find_qualifier(rest.front())) {
            term.qualifier = *qualifier;
            rest.remove_prefix(1);
        }
        const std::size_t end = std::min(rest.find_first_of(":/"), rest.size());
        const auto mechanism = find_mechanism(rest.substr(0, end));
        if (!mechanism) return fail(word, "no such mechanism");
        term.mechanism = *mechanism;
        rest.remove_prefix(end);
        switch (*mechanism) {
            case Mechanism::all: return rest.empty() || fail(rest, "\"all\" takes nothing");
            case Mechanism::include:
            case Mechanism::exists: return parse_named(rest, term.target, true);
            case Mechanism::ptr: return parse_named(rest, term.target, false);
            case Mechanism::a:
            case Mechanism::mx: return parse_dual_cidr(rest, term) && parse_named(rest, term.target, false);
            case Mechanism::ip4: return parse_network(rest, term, 32);
            case Mechanism::ip6: return parse_network(rest, term, 128);
        }
        return false;
    }

    // [ ":" domain-spec ]
    bool parse_named(std::string_view rest, DomainSpec& spec, bool required)
    {
        if (rest.empty()) return !required || fail(word_, "a \":\" and a domain are missing");
        if (rest.front() != ':') return fail(rest, "a prefix length that is none, or where none may stand");
        return parse_domain_spec(rest.substr(1), spec);
    }

    // RFC 7208 §5.6: [ ip4-cidr-length ] [ "/" ip6-cidr-length ], taken off the end of `rest`.
    bool parse_dual_cidr(std::string_view& rest, Term& term)
    {
        if (const auto digits = take_prefix(rest, "//")) {
            const auto prefix = parse_prefix(*digits, 128);
            if (!prefix) return fail(*digits, "not a prefix length for IPv6");
            term.prefix_v6 = *prefix;
        }
        if (const auto digits = take_prefix(rest, "/")) {
            const auto prefix = parse_prefix(*digits, 32);
            if (!prefix) return fail(*digits, "not a prefix length for IPv4");
            term.prefix_v4 = *prefix;
        }
        return true;
    }

    bool parse_network(std::string_view rest, Term& term, unsigned bits)
    {
        if (rest.empty() || rest.front() != ':') return fail(rest.empty() ? word_ : rest, "a \":\" and an address are missing");
        rest.remove_prefix(1);
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        const std::string_view address = rest.substr(0, slash);
        const bool is_v6_form = address.find(':') != std::string_view::npos;
        const auto parsed = address.size() <= 45 ? parse_ip(address) : std::nullopt;
        if (!parsed || is_v6_form != (bits == 128)) return fail(rest, bits == 32 ? "not an IPv4 address" : "not an IPv6 address");
        term.network = *parsed;
        if (slash == rest.size()) return true;
        const auto prefix = parse_prefix(rest.substr(slash + 1), bits);
        if (!prefix) return fail(rest.substr(slash), "not a prefix length");
        (bits == 32 ? term.prefix_v4 : term.prefix_v6) = *prefix;
        return true;
    }

    bool parse_domain_spec(std::string_view text, DomainSpec& spec)
    {
        if (text.empty()) return fail(word_, "the domain is missing");
        MacroTraits traits;
        if (const auto fault = check_macros(text, MacroUse::name, traits)) return fail(text.substr(fault->at), fault->what);
        if (!has_domain_end(text, traits)) return fail(text, "a domain must end in a dot and a top-level label, or in a macro");
        spec.text = text;
        spec.has_macros = traits.has_macros;
        spec.asks_ptr = traits.asks_ptr;
        if (traits.has_macros) return true;
        const auto offset = static_cast<std::size_t>(text.data() - text_.data());
        std::string_view name = std::string_view(record_.lower_).substr(offset, text.size());
        if (name.ends_with('.')) name.remove_suffix(1);
        // RFC 7208 §7.3: names that are too long lose labels on their left.
        while (name.size() > 253 && name.find('.') != std::string_view::npos) name.remove_prefix(name.find('.') + 1);
        if (is_name(name)) spec.name = name;
        return true;
    }

    Record& record_;
    std::string_view text_;
    std::string_view word_;  // the term under way
};

Record::Record(std::string text) : text_(std::move(text)), lower_(ascii_lower(text_)) {}

std::shared_ptr<const Record> Record::parse(std::string text)
{
    const std::shared_ptr<Record> record(new Record(std::move(text)));
    RecordParser(*record).parse();
    return record;
}

bool Record::has_all() const
{
    return std::ranges::any_of(terms_, [](const Term& term) { return term.mechanism == Mechanism::all; });
}

}  // namespace sealpost::spf
