#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

namespace sealpost::domaintests {

// So many in so long, for each name. Names whose time is over are forgotten; of more than `most_names` the one
// that was counted longest ago is. Not for several threads.
class Quota {
public:
    Quota(std::size_t most, std::chrono::seconds in, std::size_t most_names = 10'000)
        : most_(most), in_(in), most_names_(most_names)
    {
    }

    // How long to wait when it is used up; absent: there is room.
    [[nodiscard]] std::optional<std::chrono::seconds> find_wait(const std::string& name, WallTime now) const;
    void count(const std::string& name, WallTime now);
    [[nodiscard]] std::size_t names() const { return counted_.size(); }

private:
    void forget(WallTime now);

    std::size_t most_;
    std::chrono::seconds in_;
    std::size_t most_names_;
    std::unordered_map<std::string, std::deque<WallTime>> counted_;
    std::deque<std::pair<WallTime, std::string>> order_;  // of counting
};

}  // namespace sealpost::domaintests
