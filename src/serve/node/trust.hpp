#pragma once

#include "core/config/node_config.hpp"
#include "sys/tls/context.hpp"

namespace sealpost::node {

// What this node believes as a client: [tls] trust and the authorities in `more`; `settings` by name, as [tls] outbound.
[[nodiscard]] Result<std::shared_ptr<const tls::ClientContext>> load_trust(const config::NodeConfig& config,
                                                                           const std::string& settings,
                                                                           const std::vector<std::filesystem::path>& more = {});

}  // namespace sealpost::node
