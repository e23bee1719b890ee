// What operators do to queued messages: hold, release, remove, deliver now.
#include "core/queue/queue.hpp"
#include "core/queue/retry.hpp"
#include "core/queue/state.hpp"
#include "core/queue/store.hpp"

namespace sealpost::queue {
namespace {

// Absent: there is no such message.
using Change = std::optional<MadeDue>;

Result<Change> set_held(db::Connection& connection, MessageId id, bool is_held, WallTime now)
{
    Store store(connection);
    SEALPOST_TRY(const auto message, store.find_message(id));
    if (!message) return Change();
    SEALPOST_CHECK(store.set_held(id, is_held));
    if (!is_held) SEALPOST_CHECK(store.leave_if_forgotten(id));
    SEALPOST_TRY(auto made_due, store.reschedule(*message, message->attempts, now));
    return Change(std::move(made_due));
}

Result<Change> remove_message(db::Connection& connection, MessageId id, WallTime now)
{
    Store store(connection);
    SEALPOST_TRY(const auto message, store.find_message(id));
    if (!message) return Change();
    SEALPOST_TRY(const auto recipients, store.load_recipients(id));
    for (const auto& recipient : recipients) {
        SEALPOST_CHECK(store.finish_recipient(*message, recipient, RecipientState::removed, now, message->attempts));
    }
    SEALPOST_TRY(auto made_due, store.reschedule(*message, message->attempts, now));
    return Change(std::move(made_due));
}

Result<Change> make_due(db::Connection& connection, MessageId id, WallTime now)
{
    Store store(connection);
    SEALPOST_TRY(const auto message, store.find_message(id));
    if (!message || !message->due_at) return Change();
    SEALPOST_TRY(auto made_due, store.reschedule(*message, message->attempts, now));
    return Change(std::move(made_due));
}

// What one commit makes due.
struct Part {
    int messages = 0;
    MessageId last = {};  // of them, in the order of ids; 0: there is no more
};

// Those of the domain, behind `after`; "": of all.
Result<Part> make_part_due(db::Connection& connection, const std::string& domain, MessageId after, WallTime now)
{
    const std::string those = domain.empty() ? "due_at > ?1 and id > ?2"
                                             : "due_at > ?1 and id > ?2 and domain = ?3 and owner in "
                                               "(select '' union all select name from queue_owner)";
    const auto bind = [&](db::Statement& statement) {
        statement.bind(1, now).bind(2, after.value());
        if (!domain.empty()) statement.bind(3, domain_of("@" + domain));
    };
    auto find_last = connection.prepare("select max(id) from (select id from queue_message where " + those +
                                        " order by id limit " + std::to_string(messages_per_commit) + ") as part");
    bind(find_last);
    SEALPOST_TRY(const bool is_row, find_last.step());
    if (!is_row || find_last.column_is_null(0)) return Part();
    const MessageId last(find_last.column_int(0));
    auto update =
        connection.prepare("update queue_message set due_at = ?1 where " + those + " and id <= " + std::to_string(last.value()));
    bind(update);
    SEALPOST_CHECK(update.run());
    return Part{connection.changes(), last};
}

}  // namespace

// Runs one of the changes above, tells a running owner beside us, and notes what became due.
Task<Result<bool>> Queue::change(MessageId message, Operation operation)
{
    auto state = state_;
    const WallTime now = state->clock.now();
    auto work = [message, operation, now, is_beside = state->is_beside()](db::Connection& connection) -> Result<Change> {
        if (is_beside) SEALPOST_CHECK(Store(connection).nudge());
        switch (operation) {
            case Operation::hold: return set_held(connection, message, true, now);
            case Operation::release: return set_held(connection, message, false, now);
            case Operation::remove: return remove_message(connection, message, now);
            case Operation::deliver: break;
        }
        return make_due(connection, message, now);
    };
    auto changed = co_await state->database->write(std::move(work));
    if (changed.has_error()) co_return changed.error().in("cannot change the queue");
    if (!*changed) co_return false;
    std::vector<MadeDue> made_due;
    made_due.push_back(std::move(**changed));
    state->note(made_due);
    co_return true;
}

Task<Result<bool>> Queue::hold(MessageId message) { return change(message, Operation::hold); }
Task<Result<bool>> Queue::release(MessageId message) { return change(message, Operation::release); }
Task<Result<bool>> Queue::remove(MessageId message) { return change(message, Operation::remove); }
Task<Result<bool>> Queue::deliver_now(MessageId message) { return change(message, Operation::deliver); }

Task<Result<int>> Queue::deliver_all_now(std::string domain)
{
    auto state = state_;
    const WallTime now = state->clock.now();
    int messages = 0;
    for (MessageId after;;) {
        auto work = [domain, after, now](db::Connection& connection) -> Result<Part> {
            SEALPOST_CHECK(Store(connection).nudge());  // the owner, too, finds the domains anew by it
            return make_part_due(connection, domain, after, now);
        };
        auto changed = co_await state->database->write(std::move(work));
        if (changed.has_error()) co_return changed.error().in("cannot change the queue");
        messages += changed->messages;
        if (changed->last == MessageId()) break;
        after = changed->last;
    }
    auto noticed = co_await notice_changes();
    if (noticed.has_error()) co_return noticed.error();
    state->wake();
    co_return messages;
}

}  // namespace sealpost::queue
