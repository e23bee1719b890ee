#pragma once

#include "core/queue/message.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/store.hpp"
#include "wire/mail/dsn.hpp"

#include <functional>
#include <map>
#include <vector>

namespace sealpost::queue {

struct SettledRecipient {
    RecipientRow row;
    RecipientState state = RecipientState::waiting;
};

// What a settlement did, for the schedule and the log.
struct Settled {
    bool is_known = false;  // false: an operator removed the message meanwhile
    int ended = 0;          // recipients of such a message that had it, or were refused, all the same
    ContentId content;
    std::vector<MadeDue> made_due;
    int waiting = 0;                           // recipients left
    int failed = 0;                            // recipients given up now
    int delayed = 0;                           // recipients whose sender is told that they still wait
    MessageId bounce;                          // the DSN; 0: none
    bool dropped_bounce = false;               // one would be due, but the sender is null
    int silenced = 0;                          // recipients given up whose plan wants no report
    std::vector<SettledRecipient> recipients;  // that the report was about
    // Of each replacement of the report: whether something of it went in, now or when the same report was kept before.
    std::vector<bool> taken;
};

// Applies a report to its message, inside the transaction of the caller. May run twice with the same
// report (after a commit that failed), so it leaves the report as it is.
class Settler {
public:
    Settler(db::Connection& connection, const Settings& settings, WallTime now)
        : store_(connection, settings.owner.name), settings_(settings), now_(now)
    {
    }

    Result<Settled> settle(MessageId id, const Report& report);
    // What an operator gives up of a message: it has failed, and a report says so where one is due. The rest stays as it is.
    using ChosenRecipients = std::function<bool(const RecipientRow&)>;
    Result<Settled> give_up(MessageId id, const ChosenRecipients& is_chosen);

private:
    static void note_given_up(RecipientRow& recipient);
    Result<> correct_removed(MessageId id, const Report& report, const std::vector<RecipientRow>& waiting);
    void choose_plan();
    [[nodiscard]] int count_delay_notices_by_now() const;
    void plan_next_attempt(const Report& report, const std::vector<RecipientRow>& recipients);
    Result<> apply(RecipientRow recipient, const RecipientOutcome& outcome);
    [[nodiscard]] std::optional<WallTime> wait_late(std::chrono::milliseconds wait);
    [[nodiscard]] WallTime next_due() const;
    Result<> try_again(RecipientRow recipient, const RecipientOutcome& outcome);
    Result<> keep_waiting(RecipientRow recipient, RecipientState state);
    void add_report(const RecipientRow& recipient, mail::DsnAction action);
    Result<> finish(RecipientRow recipient, RecipientState state);
    void note_carried_on(const Report& report, const std::vector<RecipientRow>& recipients);
    [[nodiscard]] bool has_place(const NewRecipient& recipient) const;
    [[nodiscard]] std::vector<NewMessage> choose_messages(const Replacement& replacement) const;
    Result<bool> was_taken_before(MessageId id, const Report& report, const Replacement& replacement);
    Result<> note_taken_before(MessageId id, const Report& report);
    Result<bool> add_replacement(const Replacement& replacement);  // false: nobody of it has a place
    Result<MadeDue> hold_as_replaced(MessageId id, const NewMessage& message);
    Result<> add_bounce();
    Result<ContentId> insert_report(const std::string& to);
    [[nodiscard]] bool brings_whole_original() const;
    Result<std::string> load_original();
    Result<ContentId> insert_text(std::string_view text);

    struct Reported {  // in a DSN
        RecipientRow recipient;
        mail::DsnAction action = mail::DsnAction::failed;
    };

    Store store_;
    const Settings& settings_;
    WallTime now_;
    MessageRow message_;
    BouncePlan plan_;
    bool is_attempt_ = true;                     // false: all that would wait was only postponed
    int attempts_ = 0;                           // with this one, if it is one
    std::optional<WallTime> next_attempt_;       // absent: this was the last one …
    std::optional<WallTime> next_of_postponed_;  // … but for those whom a limit kept back …
    std::optional<WallTime> next_of_suspended_;  // … and those whom an operator keeps back
    bool tells_delay_ = false;
    bool replaces_somebody_ = false;  // the report says so of one at least
    std::map<int, bool> carried_on_;  // by replacements, of those that are still there; true: held meanwhile
    std::vector<Reported> reported_;
    Settled settled_;
};

}  // namespace sealpost::queue
