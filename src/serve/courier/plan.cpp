#include "serve/courier/plan.hpp"

#include "base/ip_address.hpp"
#include "wire/route/mail_hosts.hpp"

#include <algorithm>

namespace sealpost::courier {
namespace {

using Kind = RecipientResult::Kind;

void put_in_order(std::vector<Hop>& hops, std::mt19937& chance)
{
    std::shuffle(hops.begin(), hops.end(), chance);
    std::stable_sort(hops.begin(), hops.end(), [](const Hop& a, const Hop& b) { return a.priority < b.priority; });
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

}  // namespace

Task<Plan> make_plan(dns::Resolver& resolver, std::string domain, std::vector<Hop> route, std::uint16_t mx_port,
                     std::mt19937& chance, Deadline deadline)
{
    Plan plan;
    plan.hops = std::move(route);
    if (plan.hops.empty()) {
        if (const auto literal = parse_literal(domain)) plan.hops.push_back({format_ip(*literal), mx_port});
    }
    if (plan.hops.empty()) {
        const route::MailHosts found = co_await route::find_mail_hosts(resolver, domain, deadline);
        if (!found.has_hosts()) co_return refuse(found);
        for (const route::MailHost& host : found.hosts) plan.hops.push_back({host.name, mx_port, host.preference});
    }
    put_in_order(plan.hops, chance);
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
