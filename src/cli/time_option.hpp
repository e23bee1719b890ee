#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>

namespace sealpost::cli {

// What an option such as --since was given: a time (RFC 3339), or a day, which stands for its beginning in UTC. Absent when
// it was not given; Fault::config names the option.
[[nodiscard]] Result<std::optional<WallTime>> read_time(const std::string& option, const std::string& text);

}  // namespace sealpost::cli
