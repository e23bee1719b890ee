#pragma once

#include "core/config/node_config.hpp"
#include "serve/tlstest/domain_test.hpp"

namespace sealpost::node {

// How this node tests a domain: by its own names and ports, from the address that it sends from.
[[nodiscard]] tlstest::DomainTestOptions make_domain_test_options(const config::NodeConfig& config);
// Where there is no configuration: by the machine's name.
[[nodiscard]] tlstest::DomainTestOptions make_domain_test_options();

}  // namespace sealpost::node
