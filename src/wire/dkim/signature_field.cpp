#include "wire/dkim/signature_field.hpp"

#include "base/text.hpp"
#include "sys/dns/resolver.hpp"
#include "wire/dkim/tags.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>

namespace sealpost::dkim {
namespace {

constexpr std::size_t max_number_digits = 12;  // RFC 6376 §3.5, t= and x=: longer ones need not be taken
constexpr std::size_t start_octets = 8;        // RFC 6008 §4: "at least the first 8 characters"
constexpr std::uint64_t clock_skew_seconds = 300;

Judgement neutral(std::string problem) { return {Verdict::neutral, std::move(problem)}; }
Judgement permerror(std::string problem) { return {Verdict::permerror, std::move(problem)}; }

// RFC 8616 §4: d= and s= may hold U-labels; DNS is asked for A-labels.
std::optional<std::string> read_name(std::string_view text)
{
    if (auto domain = mail::parse_domain(text)) return *domain;
    // An underscore is no letter of a host name, but selectors are seen to have it.
    const auto is_letter = [](char c) {
        return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || is_ascii_digit(c) || c == '-' || c == '_' || c == '.';
    };
    if (text == "." || !std::ranges::all_of(text, is_letter)) return std::nullopt;
    return dns::normalise_name(text);
}

bool is_below_or_same(std::string_view name, std::string_view domain)
{
    return name == domain ||
           (name.size() > domain.size() && name.ends_with(domain) && name[name.size() - domain.size() - 1] == '.');
}

class Reader {
public:
    Reader(const TagList& tags, FieldKind kind, SignatureField& into) : tags_(tags), kind_(kind), into_(into) {}

    Judgement read()
    {
        read_names();
        read_version();
        read_algorithm();
        read_octets("b", into_.signature);
        if (kind_ == FieldKind::arc_seal) {
            read_chain_value();
        } else {
            read_octets("bh", into_.body_hash);
            read_canon();
            read_signed_names();
            read_length();
        }
        read_times();
        if (kind_ == FieldKind::dkim) read_rest();
        return verdict_;
    }

private:
    // The first thing that is wrong is told.
    void refuse(Judgement judgement)
    {
        if (verdict_.is_good()) verdict_ = std::move(judgement);
    }

    std::string_view need(std::string_view tag)
    {
        const auto value = tags_.value(tag);
        if (!value || value->empty()) refuse(neutral("the tag " + std::string(tag) + "= is missing"));
        return value.value_or("");
    }

    void read_names()
    {
        const auto domain = read_name(need("d"));
        const auto selector = read_name(need("s"));
        if (!domain) refuse(neutral("d= is not a domain name"));
        if (!selector) refuse(neutral("s= is not a selector"));
        into_.domain = domain.value_or("");
        into_.selector = selector.value_or("");
        into_.identity = '@' + into_.domain;
    }

    void read_version()
    {
        // RFC 8617 §4.1.2: an ARC-Message-Signature has no version.
        if (kind_ == FieldKind::dkim && need("v") != "1") refuse(neutral("not version 1"));
    }

    void read_algorithm()
    {
        const std::string algorithm = ascii_lower(need("a"));
        if (algorithm == "ed25519-sha256")
            into_.kind = crypto::SignatureKind::ed25519;
        else if (algorithm == "rsa-sha1")
            // RFC 8301 §3.1: "rsa-sha1 MUST NOT be used for signing or verifying."
            refuse(permerror("rsa-sha1 is no longer a signature (RFC 8301)"));
        else if (algorithm != "rsa-sha256")
            return refuse(neutral("an unknown algorithm"));
        into_.algorithm = algorithm;
    }

    void read_octets(std::string_view tag, Bytes& into)
    {
        const std::string_view value = need(tag);
        auto octets = parse_base64string(value);
        if (octets.has_error()) return refuse(neutral(std::string(tag) + "= is not base64"));
        if (tag == "b") into_.signature_start = without_space(value).substr(0, start_octets);
        into = std::move(*octets);
    }

    void read_canon()
    {
        // RFC 6376 §3.5, c=: "If only one algorithm is named, that algorithm is used for the header and "simple" is
        // used for the body."
        const std::string_view text = tags_.value("c").value_or("simple/simple");
        const std::size_t slash = std::min(text.find('/'), text.size());
        const auto head = parse_canon(text.substr(0, slash));
        const auto body = slash == text.size() ? Canon::simple : parse_canon(text.substr(slash + 1));
        if (!head || !body) return refuse(neutral("an unknown canonicalization"));
        into_.head_canon = *head;
        into_.body_canon = *body;
    }

    void read_signed_names()
    {
        for (const auto name : split_items(need("h"), ':')) {
            if (name.empty()) return refuse(neutral("an empty name in h="));
            into_.names.push_back(ascii_lower(name));
        }
        const auto names = [this](std::string_view name) { return std::ranges::find(into_.names, name) != into_.names.end(); };
        // RFC 6376 §5.4: "The From header field MUST be signed".
        if (!names("from")) refuse(permerror("From is not signed"));
        // RFC 8617 §4.1.2: "MUST NOT include the ARC-Seal header field in the h= tag".
        if (kind_ == FieldKind::arc_message && names("arc-seal")) refuse(permerror("h= names ARC-Seal"));
    }

    std::optional<std::uint64_t> read_number(std::string_view tag, std::size_t max_digits)
    {
        const auto text = tags_.value(tag);
        if (!text) return std::nullopt;
        const auto number = text->size() <= max_digits ? parse_decimal(*text) : std::nullopt;
        if (!number) refuse(neutral("not a possible number in " + std::string(tag)));
        return number;
    }

    void read_length() { into_.length = read_number("l", max_number_digits); }

    void read_times()
    {
        into_.signed_at = read_number("t", max_number_digits);
        into_.expires_at = read_number("x", max_number_digits);
        // RFC 6376 §3.5, x=: "MUST be greater than the value of the "t=" tag if both are present."
        if (into_.signed_at && into_.expires_at && *into_.expires_at <= *into_.signed_at)
            refuse(neutral("it expires before it was made"));
    }

    void read_chain_value()
    {
        const std::string word = ascii_lower(need("cv"));
        if (word == "none") into_.chain = ChainVerdict::none;
        if (word == "pass") into_.chain = ChainVerdict::pass;
        if (word == "fail") into_.chain = ChainVerdict::fail;
        if (!into_.chain) refuse(neutral("cv= is none of none, pass and fail"));
        // RFC 8617 §4.1.3: "If an ARC-Seal contains an "h=" tag, the validation of the chain MUST fail".
        if (tags_.find("h") != nullptr) refuse(permerror("a seal with h="));
    }

    void read_rest()
    {
        // RFC 6376 §3.5, q=: "a colon-separated list of query methods"; there is one.
        const auto methods = split_items(tags_.value("q").value_or("dns/txt"), ':');
        if (std::ranges::none_of(methods, [](std::string_view one) { return iequals(one, "dns/txt"); }))
            refuse(neutral("q= knows no way to the key but unknown ones"));
        const auto identity = tags_.value("i");
        if (!identity) return;
        into_.identity = without_space(*identity);
        const std::size_t at = into_.identity.rfind('@');
        const auto domain = at == std::string::npos ? std::nullopt : read_name(into_.identity.substr(at + 1));
        // §6.1.1: "the "d=" tag MUST be the same as or a parent domain of the domain in the "i=" tag".
        if (!domain || !is_below_or_same(*domain, into_.domain)) refuse(permerror("i= is not within d="));
    }

    const TagList& tags_;
    FieldKind kind_;
    SignatureField& into_;
    Judgement verdict_;
};

}  // namespace

Judgement read_signature(std::string_view value, FieldKind kind, SignatureField& into)
{
    const auto tags = TagList::parse(value);
    if (tags.has_error()) return neutral(tags.error().text);
    return Reader(*tags, kind, into).read();
}

Judgement judge_body(const SignatureField& field, const crypto::Digest256& digest, std::uint64_t body_size)
{
    // RFC 6376 §3.5, l=: "MUST NOT be larger than the actual number of octets in the canonicalized message body."
    if (field.length && *field.length > body_size) return {Verdict::fail, "l= says more octets than the body has"};
    if (!crypto::equal_in_constant_time(digest, field.body_hash)) return {Verdict::fail, "the body was changed"};
    return {};
}

Judgement judge_times(const SignatureField& field, WallTime now)
{
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    const auto today = static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0));
    if (field.expires_at && *field.expires_at <= today) return {Verdict::fail, "the signature has expired"};
    if (field.signed_at && *field.signed_at > today + clock_skew_seconds)
        return {Verdict::policy, "the signature was made in the future"};
    return {};
}

}  // namespace sealpost::dkim
