#pragma once

#include "core/config/node_config.hpp"

namespace sealpost::config {

// What check_files tells of one certificate, for who looks at what stands in its files.
[[nodiscard]] std::vector<Problem> check_files_of(const NodeConfig& config, const NodeConfig::Certificate& certificate);

}  // namespace sealpost::config
