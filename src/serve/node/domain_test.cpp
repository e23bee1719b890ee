#include "serve/node/domain_test.hpp"

#include "sys/http/client.hpp"

namespace sealpost::node {

tlstest::DomainTestOptions make_domain_test_options(const config::NodeConfig& config)
{
    tlstest::DomainTestOptions options;
    options.port = config.delivery.mx_port;
    options.mta_sts_port = config.delivery.mta_sts_port;
    options.helo_name = config.node.hostname;
    options.from = config.service.send_addresses.empty() ? config.delivery.source_address : config.service.send_addresses.front();
    return options;
}

Task<tlstest::DomainTestResult> run_domain_test(Machinery& machinery, std::string domain)
{
    auto options = make_domain_test_options(machinery.config);
    auto result = co_await tlstest::test_domain(*machinery.resolver, machinery.trust, std::move(domain), std::move(options));
    co_return result;
}

Task<doctor::Parts> find_doctor_parts(Machinery& machinery, GatewayRole* gateway)
{
    const auto& config = machinery.config;
    doctor::Parts parts;
    parts.resolver = machinery.resolver;
    parts.test = [&machinery](std::string domain) { return run_domain_test(machinery, std::move(domain)); };
    parts.include = config.service.mail_domain;
    parts.send_addresses = config.service.send_addresses;
    if (parts.include.empty()) {
        const auto service = http::parse_url(config.gateway.service_url);
        if (service) parts.include = service->host;
    }
    for (const auto& key : config.dkim) parts.selectors.push_back({key.domain, key.selector});
    if (gateway) {
        parts.snapshot = gateway->policy().current();
        parts.listeners = policy::list_listeners(config);
    }
    co_return parts;
}

}  // namespace sealpost::node
