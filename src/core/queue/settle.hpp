#pragma once

#include "core/queue/message.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/store.hpp"

#include <vector>

namespace sealpost::queue {

// What a settlement did, for the schedule and the log.
struct Settled {
    bool is_known = false;  // false: an operator removed the message meanwhile
    std::vector<MadeDue> made_due;
    int waiting = 0;              // recipients left
    int failed = 0;               // recipients given up now
    MessageId bounce;             // the DSN; 0: none
    bool dropped_bounce = false;  // one would be due, but the sender is null
};

// Applies a report to its message, inside the transaction of the caller. May run twice with the same
// report (after a commit that failed), so it leaves the report as it is.
class Settler {
public:
    Settler(db::Connection& connection, const Settings& settings, WallTime now)
        : store_(connection), settings_(settings), now_(now)
    {
    }

    Result<Settled> settle(MessageId id, const Report& report);

private:
    void plan_next_attempt(const Report& report, const std::vector<RecipientRow>& recipients);
    Result<> apply(RecipientRow recipient, const RecipientOutcome& outcome);
    Result<> try_again(RecipientRow recipient);
    Result<> finish(const RecipientRow& recipient, RecipientState state);
    Result<> add_replacement(const Replacement& replacement);
    Result<> add_bounce();
    Result<ContentId> insert_text(std::string_view text);

    struct Reported {  // in a DSN
        RecipientRow recipient;
        bool is_failure = false;
    };

    Store store_;
    const Settings& settings_;
    WallTime now_;
    MessageRow message_;
    bool is_attempt_ = true;                // false: all that would wait was only postponed
    int attempts_ = 0;                      // with this one, if it is one
    std::optional<WallTime> next_attempt_;  // absent: this was the last one
    std::vector<Reported> reported_;
    Settled settled_;
};

}  // namespace sealpost::queue
