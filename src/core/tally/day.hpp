#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealpost::tally {

using Day = std::chrono::sys_days;  // UTC
[[nodiscard]] Day day_of(WallTime time);
[[nodiscard]] std::int64_t number_of(Day day);  // days since 1970-01-01
[[nodiscard]] WallTime begin_of(Day day);
[[nodiscard]] WallTime end_of(Day day);         // its last second
[[nodiscard]] std::string format_day(Day day);  // "20261122"

// When reports about a day leave.
struct Departure {
    std::chrono::minutes grace{5};    // after midnight, before a day is reported on …
    std::chrono::minutes spread{60};  // … and within which its reports leave, each domain at its time
};
// A domain's reports leave at the same time every day, and those of many domains one after the other.
[[nodiscard]] WallTime find_due_time(Day day, const std::string& domain, const Departure& departure);

// What became of a report of ours.
enum class PeriodState { open, sent, unwanted, given_up };
[[nodiscard]] std::string_view format_state(PeriodState state);
[[nodiscard]] PeriodState state_from(std::int64_t stored);

[[nodiscard]] int bound_list(int most);  // 1 … 10,000

}  // namespace sealpost::tally
