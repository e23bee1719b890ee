#pragma once

#include "core/config/node_config.hpp"
#include "serve/tlstest/domain_test.hpp"

namespace sealpost::node {

// Where the service's mail and tests leave from: delivery.source_address, or those of service.send_addresses that are ours.
[[nodiscard]] net::SourceAddresses make_sources(const config::NodeConfig& config);

// How this node tests a domain: by its own names and ports, from the address that it sends from.
[[nodiscard]] tlstest::DomainTestOptions make_domain_test_options(const config::NodeConfig& config);
// Where there is no configuration: by the machine's name.
[[nodiscard]] tlstest::DomainTestOptions make_domain_test_options();

}  // namespace sealpost::node
