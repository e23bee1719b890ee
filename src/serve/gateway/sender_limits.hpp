#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace sealpost::gateway {

// How many recipients an envelope sender had in an interval, counted over all hosts and listeners of the node; how
// many it may have, and how long the interval is, says the mail flow policy, call by call. Intervals begin at multiples
// of their length since 1970, and senders compare without case. Any thread.
class SenderLimits {
public:
    // Beyond so many senders, the one that was quiet for longest is forgotten.
    explicit SenderLimits(const Clock& clock, std::size_t max_senders = 100'000) : clock_(clock), max_senders_(max_senders) {}

    // One more recipient, unless there were `most` in this interval.
    [[nodiscard]] bool take_recipient(std::string_view sender, std::chrono::minutes interval, unsigned most);
    // The one taken last was refused for another reason.
    void give_back(std::string_view sender, std::chrono::minutes interval);

    [[nodiscard]] std::size_t known_senders() const;

private:
    using Key = std::pair<std::string, std::chrono::minutes>;
    struct Count {
        Key key;
        WallTime since{};
        unsigned recipients = 0;
    };

    const Clock& clock_;
    const std::size_t max_senders_;
    mutable std::mutex lock_;
    std::list<Count> counts_;  // all under lock_; the quietest first
    std::map<Key, std::list<Count>::iterator> by_key_;
};

}  // namespace sealpost::gateway
