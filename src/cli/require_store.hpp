#pragma once

#include "core/config/node_config.hpp"

namespace sealpost::cli {

// Fault::config where there is no store yet, or this user may not look: who only asks makes none.
[[nodiscard]] Result<> require_store(const config::NodeConfig& config);

}  // namespace sealpost::cli
