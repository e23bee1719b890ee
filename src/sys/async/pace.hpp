#pragma once

#include "sys/async/task.hpp"

#include <algorithm>
#include <cstdint>

namespace sealpost::async {

// The least rate at which somebody has to move octets: after `grace`, and one second more for each `least_per_second`
// octets that he moved, his time is over. Drop by drop one stays within the time for each drop, but not within this.
class Pace {
public:
    Pace() = default;  // any rate will do
    Pace(std::chrono::milliseconds grace, std::uint64_t least_per_second)
        : begun_(Deadline::Clock::now()), grace_(grace), least_per_second_(least_per_second)
    {
    }

    [[nodiscard]] Deadline::Clock::time_point end(std::uint64_t moved) const
    {
        if (least_per_second_ == 0) return Deadline::Clock::time_point::max();
        return begun_ + grace_ + time_for(moved);
    }
    // Whoever was quicker than that has gained no time to stand still: from now on there is `grace`, and no more.
    void forget_lead(std::uint64_t moved)
    {
        if (least_per_second_ != 0) begun_ = std::min(begun_, Deadline::Clock::now() - time_for(moved));
    }
    [[nodiscard]] Deadline deadline(std::uint64_t moved) const
    {
        return least_per_second_ == 0 ? Deadline::never() : Deadline::after(end(moved) - Deadline::Clock::now());
    }

private:
    [[nodiscard]] std::chrono::milliseconds time_for(std::uint64_t moved) const
    {
        return std::chrono::milliseconds(moved * 1000 / least_per_second_);
    }

    Deadline::Clock::time_point begun_{};
    std::chrono::milliseconds grace_{};
    std::uint64_t least_per_second_ = 0;
};

}  // namespace sealpost::async
