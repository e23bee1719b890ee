#pragma once

#include "core/config/node_config.hpp"

namespace sealpost::config {

// What this node calls itself to hosts that it sends to: [delivery] helo, or its hostname.
[[nodiscard]] inline const std::string& find_helo(const NodeConfig& config)
{
    return config.delivery.helo.empty() ? config.node.hostname : config.delivery.helo;
}

}  // namespace sealpost::config
