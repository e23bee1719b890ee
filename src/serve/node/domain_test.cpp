#include "serve/node/domain_test.hpp"

#include "core/config/helo.hpp"

#include <boost/asio/ip/host_name.hpp>

namespace sealpost::node {

net::SourceAddresses make_sources(const config::NodeConfig& config)
{
    if (config.delivery.source_address) return config.delivery.source_address;
    return net::SourceAddresses::preferring(config.service.send_addresses);
}

tlstest::DomainTestOptions make_domain_test_options(const config::NodeConfig& config)
{
    tlstest::DomainTestOptions options;
    options.port = config.delivery.mx_port;
    options.mta_sts_port = config.delivery.mta_sts_port;
    options.helo_name = config::find_helo(config);
    options.from = make_sources(config);
    return options;
}

tlstest::DomainTestOptions make_domain_test_options()
{
    tlstest::DomainTestOptions options;
    boost::system::error_code error;
    const std::string name = boost::asio::ip::host_name(error);
    if (!error && !name.empty()) options.helo_name = name;
    return options;
}

}  // namespace sealpost::node
