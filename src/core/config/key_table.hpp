#pragma once

#include "core/config/schema.hpp"

#include <vector>

namespace sealpost::config {

// Every table and key of sealpost.toml, in the order of the example.
[[nodiscard]] const std::vector<Section>& node_sections();

}  // namespace sealpost::config
