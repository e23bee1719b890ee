#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealpost::queue {

// The reference's bounce profile is the default: 60 s doubling to 1 h; after 72 h or 100 attempts,
// whichever comes first, the message bounces.
struct RetryPlan {
    std::chrono::seconds first_retry{60};
    std::chrono::seconds max_interval{3600};
    std::chrono::seconds max_age{std::chrono::hours(72)};
    int max_attempts = 100;
    // RFC 5321 §4.5.4.1: the give-up time counts; a plan of times alone has this for max_attempts.
    static constexpr int no_most = INT32_MAX;
    friend bool operator==(const RetryPlan&, const RetryPlan&) = default;
};

// What a report brings back of the message, unless the sender said RET.
enum class Original {
    headers,
    small,  // all of it below small_message_bytes, else the header fields
    full,
};

// How long delivery of one message is tried, and what its sender hears. A message keeps the one it was
// accepted with.
struct BouncePlan {
    RetryPlan retry;
    bool send_bounces = true;  // false: a recipient that fails ends without a word
    std::chrono::seconds delay_warning_after{0};
    int max_delay_warnings = 1;
    Original original = Original::small;
    // Was to be sealed: a report never brings more than the header fields, whatever RET says.
    bool is_confidential = false;
    std::string alternate_recipient;  // gets the reports instead of the sender; empty: nobody does
    friend bool operator==(const BouncePlan&, const BouncePlan&) = default;
};

// As it stands in queue_message.plan (doc/spec/queue.md).
[[nodiscard]] std::string format_bounce_plan(const BouncePlan& plan);
[[nodiscard]] Result<BouncePlan> parse_bounce_plan(std::string_view text);

}  // namespace sealpost::queue
