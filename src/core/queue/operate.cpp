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

Result<int> make_all_due(db::Connection& connection, const std::string& domain, WallTime now)
{
    const bool is_one = !domain.empty();
    auto update = connection.prepare(is_one ? "update queue_message set due_at = ? where due_at > ? and domain = ? and owner in "
                                              "(select '' union all select name from queue_owner)"
                                            : "update queue_message set due_at = ? where due_at > ?");
    update.bind(1, now).bind(2, now);
    if (is_one) update.bind(3, domain_of("@" + domain));
    SEALPOST_CHECK(update.run());
    return connection.changes();
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
    auto work = [domain, now](db::Connection& connection) -> Result<int> {
        SEALPOST_CHECK(Store(connection).nudge());  // the owner, too, finds the domains anew by it
        return make_all_due(connection, domain, now);
    };
    auto changed = co_await state->database->write(std::move(work));
    if (changed.has_error()) co_return changed.error().in("cannot change the queue");
    auto noticed = co_await notice_changes();
    if (noticed.has_error()) co_return noticed.error();
    state->wake();
    co_return *changed;
}

}  // namespace sealpost::queue
