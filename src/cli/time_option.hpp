#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>

namespace sealpost::cli {

// What an option such as --since was given: a time (RFC 3339), or a day, which stands for its beginning in UTC. Absent when
// it was not given; Fault::config names the option.
[[nodiscard]] Result<std::optional<WallTime>> read_time(const std::string& option, const std::string& text);

// The same for what lies behind us: such an option also takes how long ago that was, as 90s, 15m, 2h or 3d.
[[nodiscard]] Result<std::optional<WallTime>> read_past_time(const std::string& option, const std::string& text, WallTime now);

}  // namespace sealpost::cli
