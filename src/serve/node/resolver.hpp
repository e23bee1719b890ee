#pragma once

#include "core/config/node_config.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/log/log.hpp"

namespace sealpost::node {

// As [dns] says: whom to ask, and what answers are validated against. The library keeps answers, too, but in a thread
// of its own: the way there and back is a good part of what a connection costs.
[[nodiscard]] Result<std::shared_ptr<dns::Resolver>> make_resolver(const config::NodeConfig::Dns& dns,
                                                                   const log::Log& log = log::Log::silent());

}  // namespace sealpost::node
