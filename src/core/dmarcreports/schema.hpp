#pragma once

#include <string_view>
#include <vector>

namespace sealpost::dmarcreports {

// The room's tables, one step a version.
[[nodiscard]] const std::vector<std::string_view>& schema_steps();

}  // namespace sealpost::dmarcreports
