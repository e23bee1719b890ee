#pragma once

#include "core/config/node_config.hpp"
#include "sys/db/database.hpp"

#include <memory>

namespace sealpost::cli {

// What a command does where the node has no store yet: who only asks, or changes what cannot be there, makes none.
enum class Missing { refused, made };

// Whether there is a store. Fault::config when this user may not look.
[[nodiscard]] Result<bool> has_store(const config::NodeConfig& config);

// Fault::config where there is no store yet, or this user may not look.
[[nodiscard]] Result<> require_store(const config::NodeConfig& config);

// The store of a node, beside a running server or without one: the one way in which commands come to it. Made where
// `missing` says so, and then by the owner of data_dir only.
[[nodiscard]] Result<std::shared_ptr<db::Database>> open_store(const config::NodeConfig& config, Missing missing);

}  // namespace sealpost::cli
