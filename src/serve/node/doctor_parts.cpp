#include "serve/node/doctor_parts.hpp"

#include "serve/node/domain_chores.hpp"
#include "serve/node/machinery.hpp"
#include "sys/http/client.hpp"
#include "sys/net/own_networks.hpp"

#include <algorithm>

namespace sealpost::node {
namespace {

using admin::Area;

bool has(const std::vector<Area>& areas, Area area) { return std::ranges::find(areas, area) != areas.end(); }

}  // namespace

doctor::Parts doctor_parts_of(const config::NodeConfig& config)
{
    doctor::Parts parts;
    parts.include = config.service.mail_domain;
    parts.send_addresses = config.service.send_addresses;
    if (parts.include.empty()) {
        const auto service = http::parse_url(config.gateway.service_url);
        // A host of one label, or an address, is no domain that sends mail.
        if (service && service->host.find('.') != std::string::npos && !parse_ip(service->host)) parts.include = service->host;
    }
    parts.hostname = config.node.hostname;
    for (const auto& network : net::find_own_networks()) parts.own_addresses.push_back(network.address);
    for (const auto& listener : config.listeners)
        for (const auto& endpoint : listener.addresses) parts.own_addresses.push_back(endpoint.address);
    for (const auto& key : config.dkim) parts.selectors.push_back({key.domain, key.selector});
    return parts;
}

domaintests::TestOrder make_doctor_order(const config::NodeConfig& config, const std::vector<Area>& areas)
{
    domaintests::TestOrder order;
    if (has(areas, Area::node)) {
        order.max_addresses = tlstest::DomainTestOptions().max_addresses;
        return order;
    }
    order.max_addresses = domaintests::DomainTests::Limits().addresses;
    order.may_test = domaintests::make_address_rule(domaintests::Standing::administrator, is_local(config.service.url));
    return order;
}

doctor::Parts find_doctor_parts(Machinery& machinery, std::shared_ptr<const policy::Snapshot> snapshot,
                                const std::vector<Area>& areas)
{
    doctor::Parts parts = doctor_parts_of(machinery.config);
    parts.resolver = machinery.resolver;
    parts.test = [test = make_tester(machinery), order = make_doctor_order(machinery.config, areas)](std::string domain) {
        auto own = order;
        own.domain = std::move(domain);
        return test(std::move(own));
    };
    if (!snapshot || !has(areas, Area::mail_policies)) return parts;
    parts.snapshot = std::move(snapshot);
    parts.listeners = policy::list_listeners(machinery.config);
    return parts;
}

}  // namespace sealpost::node
