#include "serve/courier/plan.hpp"

#include "base/ip_address.hpp"
#include "wire/route/mail_hosts.hpp"

#include <algorithm>
#include <span>

namespace sealpost::courier {
namespace {

using Kind = RecipientResult::Kind;

void sort_by_priority(std::vector<Hop>& hops) { std::ranges::stable_sort(hops, {}, &Hop::priority); }

std::string name_group(std::span<const Hop> group)
{
    std::string name;
    for (const Hop& hop : group) name += hop.host + ':' + std::to_string(hop.port) + ' ';
    return name;
}

// "[192.0.2.1]" and "[IPv6:2001:db8::1]": RFC 5321 §4.1.3.
std::optional<IpAddress> parse_literal(std::string_view domain)
{
    if (domain.size() < 3 || domain.front() != '[' || domain.back() != ']') return std::nullopt;
    domain = domain.substr(1, domain.size() - 2);
    if (domain.starts_with("IPv6:") || domain.starts_with("ipv6:")) domain.remove_prefix(5);
    return parse_ip(domain);
}

Plan refuse(const route::MailHosts& found)
{
    using Status = route::MailHosts::Status;
    switch (found.status) {
        case Status::null_mx: return {{}, Kind::refused, {556, "5.1.10", found.problem}};  // RFC 7505 §4.2
        case Status::no_mail_host: return {{}, Kind::refused, {550, "5.1.2", found.problem}};
        default: return {{}, Kind::deferred, {451, "4.4.3", found.problem}};
    }
}

Task<Plan> find_mx_hops(dns::Resolver& resolver, std::string domain, std::uint16_t mx_port, std::mt19937& chance,
                        Deadline deadline)
{
    const route::MailHosts found = co_await route::find_mail_hosts(resolver, domain, deadline);
    if (!found.has_hosts()) co_return refuse(found);
    Plan plan;
    for (const route::MailHost& host : found.hosts)
        plan.hops.push_back({host.name, mx_port, host.preference, nullptr, false, domain, found.secure, found.unvalidated});
    std::shuffle(plan.hops.begin(), plan.hops.end(), chance);
    sort_by_priority(plan.hops);
    co_return plan;
}

}  // namespace

void Turns::put_in_turn(std::vector<Hop>& hops)
{
    for (auto at = hops.begin(); at != hops.end();) {
        const auto end = std::find_if(at, hops.end(), [&](const Hop& hop) { return hop.priority != at->priority; });
        if (end - at > 1) {
            if (next_.size() >= max_groups) next_.clear();
            std::size_t& next = next_[name_group(std::span(at, end))];
            const auto first = static_cast<std::ptrdiff_t>(next++ % static_cast<std::size_t>(end - at));
            std::rotate(at, at + first, end);
        }
        at = end;
    }
}

Task<Plan> make_plan(dns::Resolver& resolver, std::string domain, std::vector<Hop> route, std::uint16_t mx_port,
                     std::mt19937& chance, Turns& turns, Deadline deadline)
{
    Plan plan;
    plan.hops = std::move(route);
    if (plan.hops.empty()) {
        if (const auto literal = parse_literal(domain)) plan.hops.push_back({format_ip(*literal), mx_port});
    }
    if (plan.hops.empty()) {
        plan = co_await find_mx_hops(resolver, std::move(domain), mx_port, chance, deadline);
        co_return plan;
    }
    sort_by_priority(plan.hops);
    turns.put_in_turn(plan.hops);
    co_return plan;
}

Task<Plan> expand_hop(dns::Resolver& resolver, Hop hop, std::uint16_t mx_port, std::mt19937& chance, Deadline deadline)
{
    Plan plan = co_await find_mx_hops(resolver, hop.host, mx_port, chance, deadline);
    for (Hop& host : plan.hops) host.login = hop.login;
    co_return plan;
}

void choose_family(std::vector<IpAddress>& addresses, AddressFamily family)
{
    const bool first_v6 = family == AddressFamily::prefer_v6 || family == AddressFamily::require_v6;
    if (family == AddressFamily::require_v6 || family == AddressFamily::require_v4)
        std::erase_if(addresses, [&](const IpAddress& address) { return address.is_v6() != first_v6; });
    std::stable_partition(addresses.begin(), addresses.end(),
                          [&](const IpAddress& address) { return address.is_v6() == first_v6; });
}

}  // namespace sealpost::courier
