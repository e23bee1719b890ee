#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace sealpost {

// Names for what this run of the program makes one after the other, for the log: "public-1795521600-3". The second in which it
// began keeps them apart from those of other runs. Any thread.
class RunIds {
public:
    explicit RunIds(std::string name)
        : head_(
              std::move(name) + '-' +
              std::to_string(
                  std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count()) +
              '-')
    {
    }

    [[nodiscard]] std::string next() { return head_ + std::to_string(++serial_); }

private:
    const std::string head_;
    std::atomic<std::uint64_t> serial_{0};
};

}  // namespace sealpost
