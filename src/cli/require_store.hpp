#pragma once

#include "core/config/node_config.hpp"

namespace sealpost::cli {

// Whether there is a store. Fault::config when this user may not look.
[[nodiscard]] Result<bool> has_store(const config::NodeConfig& config);

// Fault::config where there is no store yet, or this user may not look: who only asks makes none.
[[nodiscard]] Result<> require_store(const config::NodeConfig& config);

}  // namespace sealpost::cli
