#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string_view>

namespace sealpost::mail {

// RFC 5322 §3.3, date-time, without comments and folding: "Sun, 22 Nov 2026 09:15:30 +0100". Day of the week and seconds may be
// missing; of the obsolete zones (§4.3) GMT, UT and Z are known, since the others mean different things to different people.
// Absent: anything else, also a day that does not exist, or is another day of the week than it says.
[[nodiscard]] std::optional<WallTime> parse_date(std::string_view text);

}  // namespace sealpost::mail
