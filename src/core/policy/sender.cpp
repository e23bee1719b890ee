#include "core/policy/sender.hpp"

#include "base/text.hpp"
#include "core/config/schema.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <vector>

namespace sealpost::policy {
namespace {

Error refuse(std::string_view text, std::string_view why)
{
    return {Fault::config, config::quote_json(text) + ' ' + std::string(why)};
}

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

Result<SenderPattern> make_cidr(std::string_view text, const IpAddress& address, std::string_view bits_text)
{
    const auto bits = parse_decimal(bits_text);
    if (!bits || *bits > static_cast<unsigned>(address.bits())) return refuse(text, "has a prefix length out of range");
    const int prefix = static_cast<int>(*bits);
    auto pattern = make_range(set_host_bits(address, prefix, false), set_host_bits(address, prefix, true));
    // ::/0 and its like would turn into IPv4 at their low end.
    if (pattern.low.is_v4() != address.is_v4() || pattern.high.is_v4() != address.is_v4())
        return refuse(text, "covers addresses of both families");
    pattern.ignored_host_bits = pattern.low != address;
    return pattern;
}

// 10.1.1.10-20, 10.1.1-5, 10-12: the range is in the last octet that is given. Also 10.1.1.10-10.1.2.3.
Result<SenderPattern> parse_v4_range(std::string_view text)
{
    const auto dash = text.find('-');
    const auto from = parse_ip(text.substr(0, dash));
    const auto to = parse_ip(text.substr(dash + 1));
    if (from && to && *to < *from) return refuse(text, "is a range that ends before it begins");
    if (from && to) return make_range(*from, *to);
    const auto octets = parse_octets(text.substr(0, dash));
    const auto last = parse_octet(text.substr(dash + 1));
    if (!octets || !last) return refuse(text, "is not a range such as 10.1.1.10-20 or 10.1.1-5");
    auto upper = *octets;
    upper.back() = *last;
    if (*last < octets->back()) return refuse(text, "is a range that ends before it begins");
    return make_range(fill_v4(*octets, 0), fill_v4(upper, 255));
}

Result<SenderPattern> parse_v4(std::string_view text)
{
    if (text.find('-') != std::string_view::npos) return parse_v4_range(text);
    const auto slash = text.find('/');
    auto address = text.substr(0, slash);
    const bool is_partial = address.ends_with('.');
    if (is_partial) address.remove_suffix(1);
    const auto octets = parse_octets(address);
    if (!octets || (is_partial && (octets->size() == 4 || slash != std::string_view::npos)))
        return refuse(text, "is not an IPv4 address, partial address (10.1.), range (10.1.1.10-20) or CIDR range (10.1.0.0/16)");
    if (slash != std::string_view::npos) return make_cidr(text, fill_v4(*octets, 0), text.substr(slash + 1));
    return make_range(fill_v4(*octets, 0), fill_v4(*octets, 255));
}

Result<SenderPattern> parse_v6(std::string_view text)
{
    const auto dash = text.find('-');
    const auto slash = text.find('/');
    if (dash != std::string_view::npos) {
        const auto low = parse_ip(text.substr(0, dash));
        const auto high = parse_ip(text.substr(dash + 1));
        if (!low || !high || low->is_v4() != high->is_v4())
            return refuse(text, "is not an IPv6 range such as 2001:db8::1-2001:db8::ff");
        if (*high < *low) return refuse(text, "is a range that ends before it begins");
        return make_range(*low, *high);
    }
    const auto address = parse_ip(text.substr(0, slash));
    if (!address) return refuse(text, "is not an IPv6 address, range or CIDR range (2001:db8::/32)");
    if (slash != std::string_view::npos && address->is_v4())
        return refuse(text, "mixes IPv4 and IPv6: write the IPv4 range itself");
    if (slash != std::string_view::npos) return make_cidr(text, *address, text.substr(slash + 1));
    return make_range(*address, *address);
}

Result<SenderPattern> parse_name(std::string_view text)
{
    SenderPattern pattern;
    pattern.kind = text.front() == '.' ? SenderPattern::Kind::suffix : SenderPattern::Kind::host;
    auto name = text;
    if (pattern.kind == SenderPattern::Kind::suffix) name.remove_prefix(1);
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.starts_with("*."))
        return refuse(text, "has a wildcard: write " + std::string(name.substr(1)) + " for every name below the domain");
    const bool has_letter =
        std::any_of(name.begin(), name.end(), [](char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; });
    const bool is_all = iequals(name, "ALL") && pattern.kind == SenderPattern::Kind::host;  // "ALL." is neither
    if (!config::is_domain(name) || !has_letter || is_all)
        return refuse(text, "is not a sender: write an address, a range, a host name, .suffix or ALL");
    pattern.name = (pattern.kind == SenderPattern::Kind::suffix ? "." : "") + ascii_lower(name);
    return pattern;
}

// Forms that the reference knows and this version does not.
std::string_view find_unsupported(std::string_view text)
{
    if (istarts_with(text, "SBRS[") || istarts_with(text, "SBO:"))
        return "is a reputation score, which this version does not know";
    if (istarts_with(text, "dnslist[")) return "is a DNS list, which this version does not know";
    if (text.find('@') != std::string_view::npos)
        return "is a mail address: the host access table sees hosts only; use [[exception]] or an encryption rule";
    if (text.find_first_of(" \t,;") != std::string_view::npos) return "holds more than one word: one sender an entry";
    return {};
}

}  // namespace

Result<SenderText> split_annotation(std::string_view written)
{
    const auto text = trim(written);
    if (text.size() > max_sender_bytes) return Error{Fault::config, "a sender longer than 512 octets"};
    const auto open = text.find('(');
    if (open == std::string_view::npos) {
        if (text.find(')') != std::string_view::npos) return refuse(text, "has ) without (");
        return SenderText{std::string(text), {}};
    }
    const auto comment = text.substr(open + 1);
    if (comment.find_first_of("()") != comment.size() - 1 || !comment.ends_with(')'))
        return refuse(text, "has an annotation that is not one pair of parentheses at the end");
    return SenderText{std::string(trim(text.substr(0, open))), std::string(trim(comment.substr(0, comment.size() - 1)))};
}

Result<SenderPattern> parse_sender(std::string_view text)
{
    if (text.empty()) return Error{Fault::config, "an empty sender"};
    if (text.size() > max_sender_bytes) return Error{Fault::config, "a sender longer than 512 octets"};
    if (iequals(text, "ALL")) return SenderPattern{};
    if (const auto why = find_unsupported(text); !why.empty()) return refuse(text, why);
    if (looks_ipv6(text)) return parse_v6(text);
    if (looks_numeric(text)) return parse_v4(text);
    return parse_name(text);
}

std::string format_sender(const SenderPattern& pattern)
{
    if (pattern.kind == SenderPattern::Kind::all) return "ALL";
    if (pattern.is_name()) return pattern.name;
    if (pattern.low == pattern.high) return format_ip(pattern.low);
    if (const auto bits = find_prefix(pattern.low, pattern.high)) return format_ip(pattern.low) + '/' + std::to_string(*bits);
    return format_ip(pattern.low) + '-' + format_ip(pattern.high);
}

bool matches(const SenderPattern& pattern, const IpAddress& ip, std::string_view host)
{
    switch (pattern.kind) {
        case SenderPattern::Kind::all: return true;
        case SenderPattern::Kind::addresses: return ip.is_v4() == pattern.low.is_v4() && pattern.low <= ip && ip <= pattern.high;
        case SenderPattern::Kind::host: return host == pattern.name;
        case SenderPattern::Kind::suffix: break;
    }
    return host.size() > pattern.name.size() && host.ends_with(pattern.name);
}

}  // namespace sealpost::policy
