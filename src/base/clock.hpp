#pragma once

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace sealpost {

// Wall-clock time, kept and stored in milliseconds since 1970-01-01 UTC.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// The time of day comes through this seam; only main, cli and tests make one.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual WallTime now() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] WallTime now() const override;
};

// For tests: time stands still until it is moved.
class ManualClock final : public Clock {
public:
    explicit ManualClock(WallTime start) : now_(start) {}
    [[nodiscard]] WallTime now() const override { return now_; }
    void advance(std::chrono::milliseconds by) { now_ += by; }

private:
    WallTime now_;
};

[[nodiscard]] std::string format_rfc3339(WallTime time);              // 2026-11-22T08:15:30.123Z
[[nodiscard]] Result<WallTime> parse_rfc3339(std::string_view text);  // "Z", or an offset from UTC such as +01:00
[[nodiscard]] std::string format_rfc5322_date(WallTime time);         // Sun, 22 Nov 2026 08:15:30 +0000

}  // namespace sealpost
