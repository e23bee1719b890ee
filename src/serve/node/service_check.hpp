#pragma once

#include "core/config/node_config.hpp"
#include "serve/gateway/service_check.hpp"

#include <chrono>

namespace sealpost::node {

inline constexpr std::chrono::seconds service_check_time{30};

// Asks the envelope service of [gateway] as the node would: its token, its resolver, what it trusts. Waits for the answer. An
// error: there is nothing to ask with, since a file cannot be read.
[[nodiscard]] Result<gateway::ServiceFinding> check_service(const config::NodeConfig& config);

}  // namespace sealpost::node
