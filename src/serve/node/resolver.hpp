#pragma once

#include "core/config/node_config.hpp"
#include "sys/dns/unbound_resolver.hpp"

namespace sealpost::node {

// As [dns] says: whom to ask, and what answers are validated against.
[[nodiscard]] Result<std::shared_ptr<dns::UnboundResolver>> make_resolver(const config::NodeConfig::Dns& dns,
                                                                          const log::Log& log = log::Log::silent());

}  // namespace sealpost::node
