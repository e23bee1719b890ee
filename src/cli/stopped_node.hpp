#pragma once

#include "core/config/node_config.hpp"
#include "sys/files/files.hpp"

namespace sealpost::cli {

// Keeps the node of this configuration from starting while the answer lives. retry_later: it runs, and has to be stopped.
Result<files::DirectoryLock> hold_stopped_node(const config::NodeConfig& config);

}  // namespace sealpost::cli
