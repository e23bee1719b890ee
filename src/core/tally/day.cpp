#include "core/tally/day.hpp"

#include <algorithm>
#include <functional>

namespace sealpost::tally {

Day day_of(WallTime time) { return std::chrono::floor<std::chrono::days>(time); }

std::int64_t number_of(Day day) { return day.time_since_epoch().count(); }

WallTime begin_of(Day day) { return WallTime(day); }
WallTime end_of(Day day) { return WallTime(day + std::chrono::days(1)) - std::chrono::seconds(1); }

std::string format_day(Day day)
{
    std::string text = format_rfc3339(begin_of(day)).substr(0, 10);
    std::erase(text, '-');
    return text;
}

WallTime find_due_time(Day day, const std::string& domain, const Departure& departure)
{
    const auto spread = static_cast<std::size_t>(std::max<std::int64_t>(std::chrono::seconds(departure.spread).count(), 1));
    const std::chrono::seconds own(static_cast<std::int64_t>(std::hash<std::string>()(domain) % spread));
    return WallTime(day + std::chrono::days(1)) + departure.grace + own;
}

std::string_view format_state(PeriodState state)
{
    switch (state) {
        case PeriodState::open: return "open";
        case PeriodState::sent: return "sent";
        case PeriodState::unwanted: return "unwanted";
        case PeriodState::given_up: break;
    }
    return "given_up";
}

PeriodState state_from(std::int64_t stored) { return static_cast<PeriodState>(std::clamp<std::int64_t>(stored, 0, 3)); }

int bound_list(int most) { return std::clamp(most, 1, 10'000); }

}  // namespace sealpost::tally
