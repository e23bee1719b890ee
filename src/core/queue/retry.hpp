#pragma once

#include "base/clock.hpp"
#include "core/queue/queue.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sealpost::queue {

// When to try again after `attempts` failed ones; absent: give up (too old, or too many attempts).
[[nodiscard]] std::optional<WallTime> find_next_attempt(const RetryPlan& plan, MessageId message, int attempts,
                                                        WallTime accepted_at, WallTime now);

// When the last attempt is that the plan allows, if all fail: `next` is the one behind `attempts`.
[[nodiscard]] WallTime find_last_attempt(const RetryPlan& plan, MessageId message, int attempts, WallTime accepted_at,
                                         WallTime next);

// What may be said about a recipient, from its NOTIFY parameter. RFC 3461 §4.1: its absence "may be interpreted as
// either NOTIFY=FAILURE or NOTIFY=FAILURE,DELAY"; whether there are notices of delay at all is the plan's business.
struct NotifyChoice {
    bool on_success = false;
    bool on_failure = true;
    bool on_delay = true;
};
[[nodiscard]] NotifyChoice parse_notify(std::string_view notify);

// The address's domain in lower case.
[[nodiscard]] std::string domain_of(std::string_view address);

// The line in which a message to these waits for its turn: that of their domain. Where they are of several it is a line beside
// the first one's, "+" and its name: no domain that takes nothing for now keeps back what is for others.
class LineChoice {
public:
    void add(std::string_view address);
    [[nodiscard]] const std::string& line() const { return line_; }  // empty: nobody was added

private:
    std::string line_;
};
[[nodiscard]] std::string line_of(const NewMessage& message);

// Whether it is one of several domains, and whose place in it counts.
struct Line {
    std::string_view domain;  // of the first recipient
    bool is_of_several = false;
};
[[nodiscard]] Line parse_line(std::string_view line);

}  // namespace sealpost::queue
