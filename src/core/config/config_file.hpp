#pragma once

#include "core/config/node_config.hpp"

namespace sealpost::config {

// The same as load_config(), for who wants the problems one by one. An error: the file cannot be read.
[[nodiscard]] Result<Loaded> read_config_file(const std::filesystem::path& file);

}  // namespace sealpost::config
