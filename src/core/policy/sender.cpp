#include "core/policy/sender.hpp"

#include "base/text.hpp"
#include "core/config/schema.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

namespace sealpost::policy {
namespace {

using config::Checked;
using config::say;
using config::Sentence;

bool looks_numeric(std::string_view text)
{
    return !text.empty() && is_ascii_digit(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_ascii_digit(c) || c == '.' || c == '-' || c == '/'; });
}

bool looks_ipv6(std::string_view text)
{
    return text.find(':') != std::string_view::npos && std::all_of(text.begin(), text.end(), [](char c) {
               const char low = ascii_lower(c);
               return is_ascii_digit(c) || (low >= 'a' && low <= 'f') || c == ':' || c == '.' || c == '-' || c == '/';
           });
}

std::optional<std::uint8_t> parse_octet(std::string_view text)
{
    const auto number = parse_decimal(text);
    if (!number || *number > 255 || text.size() > 3) return std::nullopt;
    return static_cast<std::uint8_t>(*number);
}

// One to four octets, the last followed by nothing else.
std::optional<std::vector<std::uint8_t>> parse_octets(std::string_view text)
{
    std::vector<std::uint8_t> octets;
    for (const auto part : split(text, '.')) {
        const auto octet = parse_octet(part);
        if (!octet || octets.size() == 4) return std::nullopt;
        octets.push_back(*octet);
    }
    return octets;
}

IpAddress fill_v4(const std::vector<std::uint8_t>& octets, std::uint8_t rest)
{
    std::array<std::uint8_t, 4> out{rest, rest, rest, rest};
    std::copy(octets.begin(), octets.end(), out.begin());
    return IpAddress::v4(out);
}

SenderPattern make_range(IpAddress low, IpAddress high)
{
    SenderPattern pattern;
    pattern.kind = SenderPattern::Kind::addresses;
    pattern.low = low;
    pattern.high = high;
    return pattern;
}

// `address` with every bit behind the prefix set to `to`.
IpAddress set_host_bits(const IpAddress& address, int prefix_bits, bool to)
{
    auto octets = address.octets();
    const int first = address.is_v4() ? 96 + prefix_bits : prefix_bits;
    for (int bit = first; bit < 128; ++bit) {
        auto& octet = octets[static_cast<std::size_t>(bit / 8)];
        const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
        octet = static_cast<std::uint8_t>(to ? octet | mask : octet & ~mask);
    }
    return IpAddress::v6(octets);
}

// The prefix whose addresses are exactly those from `low` to `high`, which is not `low`.
std::optional<int> find_prefix(const IpAddress& low, const IpAddress& high)
{
    const auto& from = low.octets();
    const auto& to = high.octets();
    const auto first = static_cast<std::size_t>(std::mismatch(from.begin(), from.end(), to.begin()).first - from.begin());
    if (first == from.size()) return std::nullopt;
    const unsigned host_bits = from[first] ^ to[first];
    if ((host_bits & (host_bits + 1)) != 0 || (from[first] & host_bits) != 0) return std::nullopt;
    for (auto at = first + 1; at < from.size(); ++at)
        if (from[at] != 0 || to[at] != 0xff) return std::nullopt;
    return static_cast<int>(8 * (first + 1)) - std::popcount(host_bits) - (low.is_v4() ? 96 : 0);
}

Checked<SenderPattern> make_cidr(std::string_view text, const IpAddress& address, std::string_view bits_text)
{
    const auto bits = parse_decimal(bits_text);
    if (!bits || *bits > static_cast<unsigned>(address.bits()))
        return say("sender_prefix", "{sender} has a prefix length out of range", {config::quote_json(text)});
    const int prefix = static_cast<int>(*bits);
    auto pattern = make_range(set_host_bits(address, prefix, false), set_host_bits(address, prefix, true));
    // ::/0 and its like would turn into IPv4 at their low end.
    if (pattern.low.is_v4() != address.is_v4() || pattern.high.is_v4() != address.is_v4())
        return say("sender_both_families", "{sender} covers addresses of both families", {config::quote_json(text)});
    pattern.ignored_host_bits = pattern.low != address;
    return pattern;
}

// 10.1.1.10-20, 10.1.1-5, 10-12: the range is in the last octet that is given. Also 10.1.1.10-10.1.2.3.
Checked<SenderPattern> parse_v4_range(std::string_view text)
{
    const auto dash = text.find('-');
    const auto from = parse_ip(text.substr(0, dash));
    const auto to = parse_ip(text.substr(dash + 1));
    if (from && to && *to < *from)
        return say("sender_range_backwards", "{sender} is a range that ends before it begins", {config::quote_json(text)});
    if (from && to) return make_range(*from, *to);
    const auto octets = parse_octets(text.substr(0, dash));
    const auto last = parse_octet(text.substr(dash + 1));
    if (!octets || !last)
        return say("sender_no_range", "{sender} is not a range such as 10.1.1.10-20 or 10.1.1-5", {config::quote_json(text)});
    auto upper = *octets;
    upper.back() = *last;
    if (*last < octets->back())
        return say("sender_range_backwards", "{sender} is a range that ends before it begins", {config::quote_json(text)});
    return make_range(fill_v4(*octets, 0), fill_v4(upper, 255));
}

Checked<SenderPattern> parse_v4(std::string_view text)
{
    if (text.find('-') != std::string_view::npos) return parse_v4_range(text);
    const auto slash = text.find('/');
    auto address = text.substr(0, slash);
    const bool is_partial = address.ends_with('.');
    if (is_partial) address.remove_suffix(1);
    const auto octets = parse_octets(address);
    if (!octets || (is_partial && (octets->size() == 4 || slash != std::string_view::npos)))
        return say("sender_no_ipv4",
                   "{sender} is not an IPv4 address, partial address (10.1.), range (10.1.1.10-20) or CIDR range (10.1.0.0/16)",
                   {config::quote_json(text)});
    if (slash != std::string_view::npos) return make_cidr(text, fill_v4(*octets, 0), text.substr(slash + 1));
    return make_range(fill_v4(*octets, 0), fill_v4(*octets, 255));
}

Checked<SenderPattern> parse_v6(std::string_view text)
{
    const auto dash = text.find('-');
    const auto slash = text.find('/');
    if (dash != std::string_view::npos) {
        const auto low = parse_ip(text.substr(0, dash));
        const auto high = parse_ip(text.substr(dash + 1));
        if (!low || !high || low->is_v4() != high->is_v4())
            return say("sender_no_ipv6_range", "{sender} is not an IPv6 range such as 2001:db8::1-2001:db8::ff",
                       {config::quote_json(text)});
        if (*high < *low)
            return say("sender_range_backwards", "{sender} is a range that ends before it begins", {config::quote_json(text)});
        return make_range(*low, *high);
    }
    const auto address = parse_ip(text.substr(0, slash));
    if (!address)
        return say("sender_no_ipv6", "{sender} is not an IPv6 address, range or CIDR range (2001:db8::/32)",
                   {config::quote_json(text)});
    if (slash != std::string_view::npos && address->is_v4())
        return say("sender_mixed", "{sender} mixes IPv4 and IPv6: write the IPv4 range itself", {config::quote_json(text)});
    if (slash != std::string_view::npos) return make_cidr(text, *address, text.substr(slash + 1));
    return make_range(*address, *address);
}

Checked<SenderPattern> parse_name(std::string_view text)
{
    SenderPattern pattern;
    pattern.kind = text.front() == '.' ? SenderPattern::Kind::suffix : SenderPattern::Kind::host;
    auto name = text;
    if (pattern.kind == SenderPattern::Kind::suffix) name.remove_prefix(1);
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.starts_with("*."))
        return say("sender_wildcard", "{sender} has a wildcard: write {suffix} for every name below the domain",
                   {config::quote_json(text), std::string(name.substr(1))});
    const bool has_letter =
        std::any_of(name.begin(), name.end(), [](char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; });
    const bool is_all = iequals(name, "ALL") && pattern.kind == SenderPattern::Kind::host;  // "ALL." is neither
    constexpr std::size_t max_name_bytes = 253;  // RFC 1035 §2.3.4, as people write it
    const bool is_above_no_name = pattern.kind == SenderPattern::Kind::suffix && name.size() + 2 > max_name_bytes;  // "x."
    if (!config::is_domain(name) || !has_letter || is_all || is_above_no_name)
        return say("sender_unknown_form", "{sender} is not a sender: write an address, a range, a host name, .suffix or ALL",
                   {config::quote_json(text)});
    pattern.name = (pattern.kind == SenderPattern::Kind::suffix ? "." : "") + ascii_lower(name);
    return pattern;
}

// What stands between the brackets of WORD[...], or absent when the text is no such form.
std::optional<std::string_view> find_bracketed(std::string_view text, std::string_view word)
{
    if (!istarts_with(text, word)) return std::nullopt;
    const auto rest = trim(text.substr(word.size()));
    if (!rest.starts_with('[')) return std::nullopt;
    return rest.ends_with(']') ? trim(rest.substr(1, rest.size() - 2)) : std::string_view();
}

Checked<SenderPattern> parse_dns_list(std::string_view text, std::string_view zone)
{
    // 32 nibbles with their dots stand before the zone when an IPv6 address is asked about (RFC 5782 §2.4).
    constexpr std::size_t max_zone_bytes = 253 - 64;
    if (zone.ends_with('.')) zone.remove_suffix(1);
    if (!config::is_domain(zone))
        return say("sender_no_dns_list", "{sender} is not a DNS list such as dnslist[bl.example.org]",
                   {config::quote_json(text)});
    if (zone.size() > max_zone_bytes)
        return say("sender_long_zone", "{sender} leaves no room for an address before the zone", {config::quote_json(text)});
    SenderPattern pattern;
    pattern.kind = SenderPattern::Kind::dns_list;
    pattern.name = ascii_lower(zone);
    return pattern;
}

Checked<SenderPattern> parse_country_sender(std::string_view text, std::string_view code)
{
    SenderPattern pattern;
    pattern.kind = SenderPattern::Kind::country;
    pattern.name = parse_country(code).value_or("");
    if (!is_country(pattern.name))
        return pattern.name == "UK"
                   ? say("sender_uk", "{sender} is no country of ISO 3166: write country[GB]", {config::quote_json(text)})
                   : say("sender_no_country", "{sender} is no country: write its two letters of ISO 3166, country[FR]",
                         {config::quote_json(text)});
    return pattern;
}

Checked<SenderPattern> parse_reputation(std::string_view text, std::string_view range)
{
    SenderPattern pattern;
    pattern.kind = SenderPattern::Kind::reputation;
    if (iequals(range, "none")) return pattern;
    const auto colon = range.find(':');
    const auto low = parse_score(trim(range.substr(0, colon)));
    const auto high = colon == std::string_view::npos ? std::nullopt : parse_score(trim(range.substr(colon + 1)));
    if (!low || !high)
        return say("sender_no_scores", "{sender} is not a range of scores: write SBRS[-10.0:-3.0], from -10 to 10, or SBRS[none]",
                   {config::quote_json(text)});
    if (*high < *low)
        return say("sender_range_backwards", "{sender} is a range that ends before it begins", {config::quote_json(text)});
    pattern.scores = SenderPattern::Scores{*low, *high};
    return pattern;
}

// The forms that ask somebody else; absent when the text is none of them.
std::optional<Checked<SenderPattern>> parse_condition(std::string_view text)
{
    if (const auto zone = find_bracketed(text, "dnslist")) return parse_dns_list(text, *zone);
    if (const auto code = find_bracketed(text, "country")) return parse_country_sender(text, *code);
    if (const auto range = find_bracketed(text, "SBRS")) return parse_reputation(text, *range);
    return std::nullopt;
}

// Forms that the reference knows and we do not, and what is no host at all.
Sentence find_unsupported(std::string_view text)
{
    const auto told = config::quote_json(text);
    if (istarts_with(text, "SBO:"))
        return say("sender_is_owner", "{sender} is a network owner: they are numbered by a service that we do not ask", {told});
    if (text.find('@') != std::string_view::npos)
        return say("sender_is_address",
                   "{sender} is a mail address: the host access table sees hosts only; use [[exception]] or an encryption rule",
                   {told});
    if (text.find_first_of(" \t,;") != std::string_view::npos)
        return say("sender_of_words", "{sender} holds more than one word: one sender an entry", {told});
    return {};
}

}  // namespace

Checked<SenderText> split_annotation(std::string_view written)
{
    const auto text = trim(written);
    if (text.size() > max_sender_bytes) return say("sender_too_long", "a sender longer than 512 octets");
    const auto open = text.find('(');
    if (open == std::string_view::npos) {
        if (text.find(')') != std::string_view::npos)
            return say("sender_unopened", "{sender} has ) without (", {config::quote_json(text)});
        return SenderText{std::string(text), {}};
    }
    const auto comment = text.substr(open + 1);
    if (comment.find_first_of("()") != comment.size() - 1 || !comment.ends_with(')'))
        return say("sender_annotation", "{sender} has an annotation that is not one pair of parentheses at the end",
                   {config::quote_json(text)});
    return SenderText{std::string(trim(text.substr(0, open))), std::string(trim(comment.substr(0, comment.size() - 1)))};
}

Checked<SenderPattern> parse_sender(std::string_view text)
{
    if (text.empty()) return say("sender_empty", "an empty sender");
    if (text.size() > max_sender_bytes) return say("sender_too_long", "a sender longer than 512 octets");
    if (iequals(text, "ALL")) return SenderPattern{};
    if (auto condition = parse_condition(text)) return std::move(*condition);
    if (auto why = find_unsupported(text); !why.empty()) return why;
    if (looks_ipv6(text)) return parse_v6(text);
    if (looks_numeric(text)) return parse_v4(text);
    return parse_name(text);
}

std::string format_sender(const SenderPattern& pattern)
{
    if (pattern.kind == SenderPattern::Kind::all) return "ALL";
    if (pattern.is_name()) return pattern.name;
    if (pattern.kind == SenderPattern::Kind::dns_list) return "dnslist[" + pattern.name + ']';
    if (pattern.kind == SenderPattern::Kind::country) return "country[" + pattern.name + ']';
    if (pattern.kind == SenderPattern::Kind::reputation && !pattern.scores) return "SBRS[none]";
    if (pattern.kind == SenderPattern::Kind::reputation)
        return "SBRS[" + format_score(pattern.scores->low) + ':' + format_score(pattern.scores->high) + ']';
    if (pattern.low == pattern.high) return format_ip(pattern.low);
    if (const auto bits = find_prefix(pattern.low, pattern.high)) return format_ip(pattern.low) + '/' + std::to_string(*bits);
    return format_ip(pattern.low) + '-' + format_ip(pattern.high);
}

std::string_view format_sender_kind(SenderPattern::Kind kind)
{
    switch (kind) {
        case SenderPattern::Kind::addresses: return "address";
        case SenderPattern::Kind::host: return "host";
        case SenderPattern::Kind::suffix: return "suffix";
        case SenderPattern::Kind::dns_list: return "dns_list";
        case SenderPattern::Kind::country: return "country";
        case SenderPattern::Kind::reputation: return "reputation";
        case SenderPattern::Kind::all: break;
    }
    return "all";
}

bool matches(const SenderPattern& pattern, const IpAddress& ip, std::string_view host, const HostFacts& facts)
{
    switch (pattern.kind) {
        case SenderPattern::Kind::all: return true;
        case SenderPattern::Kind::addresses: return ip.is_v4() == pattern.low.is_v4() && pattern.low <= ip && ip <= pattern.high;
        case SenderPattern::Kind::host: return host == pattern.name;
        case SenderPattern::Kind::dns_list:
            return std::find(facts.dns_lists.begin(), facts.dns_lists.end(), pattern.name) != facts.dns_lists.end();
        case SenderPattern::Kind::country: return facts.country == pattern.name;
        case SenderPattern::Kind::reputation:
            if (!pattern.scores || !facts.reputation) return !pattern.scores && !facts.reputation;
            return pattern.scores->low <= *facts.reputation && *facts.reputation <= pattern.scores->high;
        case SenderPattern::Kind::suffix: break;
    }
    return host.size() > pattern.name.size() && host.ends_with(pattern.name);
}

}  // namespace sealpost::policy
