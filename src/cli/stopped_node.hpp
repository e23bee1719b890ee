#pragma once

#include "core/config/node_config.hpp"
#include "sys/files/files.hpp"

#include <optional>

namespace sealpost::cli {

struct StoppedNode {
    files::DirectoryLock data;
    std::optional<files::DirectoryLock> store;  // of a store that is a file
};

// Keeps the node of this configuration from starting, and any other with its store, while the answer lives. retry_later: one
// runs, and has to be stopped.
Result<StoppedNode> hold_stopped_node(const config::NodeConfig& config);

}  // namespace sealpost::cli
