#pragma once

#include "core/config/node_config.hpp"

namespace sealpost::config {

// What keeps the file of the log from being written: tries it. What is missing of the path is made, and taken away again.
[[nodiscard]] std::optional<Problem> check_log_file(const NodeConfig& config);

}  // namespace sealpost::config
