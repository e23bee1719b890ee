#include "core/policy/address_table.hpp"

#include "base/ip_address.hpp"
#include "base/text.hpp"
#include "core/config/schema.hpp"

#include <algorithm>

namespace sealpost::policy {
namespace {

using config::say;

constexpr std::size_t max_pattern_bytes = 64 + 1 + 255;

// An address literal in the one spelling that addresses have behind RCPT: "[192.0.2.1]", "[ipv6:2001:db8::1]".
std::optional<std::string> parse_address_literal(std::string_view text)
{
    if (text.size() < 3 || text.front() != '[' || text.back() != ']') return std::nullopt;
    auto inner = text.substr(1, text.size() - 2);
    if (istarts_with(inner, "IPv6:")) inner.remove_prefix(5);
    const auto address = parse_ip(inner);
    if (!address) return std::nullopt;
    return (address->is_v4() ? "[" : "[ipv6:") + format_ip(*address) + ']';
}

// In the spelling in which it is compared.
std::optional<std::string> parse_bare_domain(std::string_view text)
{
    if (config::is_domain(text)) return ascii_lower(text);
    return parse_address_literal(text);
}

std::optional<std::string> parse_domain_part(std::string_view text)
{
    if (!text.starts_with('.')) return parse_bare_domain(text);
    auto domain = parse_bare_domain(text.substr(1));
    if (domain) domain->insert(0, 1, '.');
    return domain;
}

bool is_local_part(std::string_view text)
{
    return !text.empty() && text.size() <= 64 && std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '@' || c == '<' || c == '>' || c == 0x7f;
    });
}

}  // namespace

config::Checked<std::string> parse_address_pattern(std::string_view text)
{
    if (text.empty() || text.size() > max_pattern_bytes) return say("address_length", "an empty or too long address");
    if (iequals(text, "ALL")) return std::string("ALL");
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0) {
        const auto domain = at == 0 ? text.substr(1) : text;
        if (auto parsed = parse_domain_part(domain)) return *std::move(parsed);
        return say("address_unknown_form", "{address} is not user@domain, user@, domain, .domain or ALL",
                   {config::quote_json(text)});
    }
    const auto local = text.substr(0, at);
    const auto domain = text.substr(at + 1);
    if (!is_local_part(local))
        return say("address_local_part", "{address} has a local part that no address can have", {config::quote_json(text)});
    if (domain.empty()) return ascii_lower(text);
    const auto parsed = parse_bare_domain(domain);
    if (!parsed) return say("address_no_domain", "{address} is not user@domain or user@", {config::quote_json(text)});
    return ascii_lower(local) + '@' + *parsed;
}

config::Checked<std::string> parse_domain_pattern(std::string_view text)
{
    if (iequals(text, "ALL")) return std::string("ALL");
    if (auto parsed = parse_domain_part(text)) return *std::move(parsed);
    return say("domain_unknown_form", "{address} is not a domain, .domain or ALL", {config::quote_json(text)});
}

SplitAddress split_address(std::string_view address)
{
    const auto at = address.rfind('@');
    if (at == std::string_view::npos) return {ascii_lower(address), {}};
    auto domain = address.substr(at + 1);
    if (domain.ends_with('.')) domain.remove_suffix(1);
    return {ascii_lower(address.substr(0, at)), ascii_lower(domain)};
}

std::uint32_t AddressTable::row_of(const std::string& pattern) const
{
    const auto at = rows_.find(pattern);
    return at == rows_.end() ? none : at->second;
}

AddressMatch AddressTable::find_first(std::string_view address, bool asks_user) const
{
    const auto [local, domain] = split_address(address);
    AddressMatch best;
    const auto consider = [&](std::string pattern) {
        const auto row = row_of(pattern);
        if (row < best.row) best = {row, std::move(pattern)};
    };
    consider(local + '@' + domain);
    if (asks_user) consider(local + '@');
    if (!domain.empty()) consider(domain);
    for (auto dot = domain.find('.', 1); dot != std::string::npos; dot = domain.find('.', dot + 1)) consider(domain.substr(dot));
    consider("ALL");
    return best;
}

AddressMatch AddressTable::find_closest_address(std::string_view address, bool asks_user) const
{
    const auto [local, domain] = split_address(address);
    AddressMatch match;
    const auto take = [&](std::string pattern) {
        match.row = row_of(pattern);
        match.pattern = match.row == none ? "" : std::move(pattern);
        return match.row != none;
    };
    if (!local.empty() && (take(local + '@' + domain) || (asks_user && take(local + '@')))) return match;
    if (domain.empty() || take(domain)) return match;
    for (auto dot = domain.find('.', 1); dot != std::string::npos; dot = domain.find('.', dot + 1))
        if (take(domain.substr(dot))) return match;
    return match;
}

std::uint32_t AddressTable::find_closest(std::string_view domain) const
{
    const auto name = split_address("@" + std::string(domain)).domain;
    if (const auto row = row_of(name); row != none) return row;
    for (auto dot = name.find('.', 1); dot != std::string::npos; dot = name.find('.', dot + 1))
        if (const auto row = row_of(name.substr(dot)); row != none) return row;
    return row_of("ALL");
}

AddressTable make_address_table(const std::vector<std::string>& patterns)
{
    AddressTable table;
    for (const auto& pattern : patterns) table.add(pattern, 0);
    return table;
}

}  // namespace sealpost::policy
