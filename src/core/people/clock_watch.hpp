#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sys/db/connection.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace sealpost::people {

// Whether the clock may be believed where something is destroyed by it for good: set ahead, it would destroy what has time
// left. A step of the clock looks like a time in which the program did not run, so both are doubted, for as long as the
// step was and a day at most; a clock that is put right is doubted anew.
struct ClockLook {
    bool is_believed = true;
    WallTime believed_at;                                // again, when it is not
    std::optional<std::chrono::milliseconds> step = {};  // since the last look, where doubt begins with this one
};

inline constexpr std::chrono::minutes longest_calm_step{10};  // looks come every minute
inline constexpr std::chrono::hours longest_doubt{24};

// What the very first look says, of which nobody knows whether there was a step before it. Doubted, it is so for the longest
// time.
enum class FirstLook { believed, doubted };

// `table` keeps what was seen last: "people_clock", or "key_clock" of core/keys.
[[nodiscard]] Result<ClockLook> look_at_clock(db::Connection& connection, const std::string& table, WallTime now,
                                              FirstLook first = FirstLook::believed);

}  // namespace sealpost::people
