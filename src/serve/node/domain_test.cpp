#include "serve/node/domain_test.hpp"

#include <boost/asio/ip/host_name.hpp>

namespace sealpost::node {

tlstest::DomainTestOptions make_domain_test_options(const config::NodeConfig& config)
{
    tlstest::DomainTestOptions options;
    options.port = config.delivery.mx_port;
    options.mta_sts_port = config.delivery.mta_sts_port;
    options.helo_name = config.delivery.helo.empty() ? config.node.hostname : config.delivery.helo;
    options.from = config.service.send_addresses.empty() ? config.delivery.source_address : config.service.send_addresses.front();
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
