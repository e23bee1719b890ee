// What operators do to queued messages: hold, release, remove, bounce, deliver now.
#include "core/queue/answering.hpp"
#include "core/queue/choice.hpp"
#include "core/queue/queue.hpp"
#include "core/queue/retry.hpp"
#include "core/queue/settle.hpp"
#include "core/queue/state.hpp"
#include "core/queue/store.hpp"
#include "sys/db/rows.hpp"

#include <algorithm>

namespace sealpost::queue {
namespace {

// Absent: there is no such message, or nothing of it to be changed.
using Change = std::optional<std::vector<MadeDue>>;

Result<Change> set_held(db::Connection& connection, MessageId id, bool is_held, WallTime now)
{
    Store store(connection);
    SEALPOST_TRY(auto message, store.find_message(id));
    if (!message) return Change();
    SEALPOST_TRY(const auto recipients, store.load_recipients(id));
    const bool has_held = std::ranges::any_of(recipients, &RecipientRow::is_held);
    // A release is no way to have another attempt: they are counted.
    if (!is_held && !has_held) return Change();
    SEALPOST_CHECK(store.set_held(id, is_held));
    if (!is_held) {
        SEALPOST_CHECK(store.leave_if_forgotten(id));
        message->late_since.reset();
    }
    SEALPOST_TRY(auto made_due, store.reschedule(*message, message->attempts, now));
    return Change({std::move(made_due)});
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
    return Change({std::move(made_due)});
}

Result<Change> bounce_message(db::Connection& connection, const Settings& settings, MessageId id, WallTime now)
{
    SEALPOST_TRY(auto settled, Settler(connection, settings, now).give_up(id, [](const RecipientRow&) { return true; }));
    return settled.is_known ? Change(std::move(settled.made_due)) : Change();
}

Result<Change> make_due(db::Connection& connection, MessageId id, WallTime now)
{
    Store store(connection);
    SEALPOST_TRY(const auto message, store.find_message(id));
    if (!message || !message->due_at) return Change();
    SEALPOST_TRY(auto made_due, store.reschedule(*message, message->attempts, now));
    return Change({std::move(made_due)});
}

// What one commit changes.
struct Part {
    int messages = 0;
    MessageId last = {};  // of them, in the order of ids; 0: there is no more
};

// Of a message to several domains, of whom one that waits is at this one.
std::string waits_for_domain(const std::string& domain)
{
    const std::string tail = "substr(lower(address), length(address) - length(" + domain + "))";
    return "exists (select 1 from queue_recipient where message = queue_message.id and is_held = 0 and " + tail + " = '@' || " +
           domain + ")";
}

// Those of the domain, behind `after`; "": of all.
Result<Part> make_part_due(db::Connection& connection, const std::string& domain, MessageId after, WallTime now)
{
    const std::string those = domain.empty() ? "due_at > ?1 and id > ?2"
                                             : "due_at > ?1 and id > ?2 and (domain = ?3 or substr(domain, 1, 1) = '+' and " +
                                                   waits_for_domain("?3") +
                                                   ") and owner in "
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

// Messages behind `after` that wait for the end of a suspension, in the order of ids.
Result<std::vector<MessageId>> find_suspended(db::Connection& connection, MessageId after)
{
    auto rows = connection.prepare(
        "select distinct message from queue_recipient where message > ?1 and is_held = 0 and code = ?2 and reply = ?3"
        " order by message limit ?4");
    rows.bind(1, after.value()).bind(2, suspended_code).bind(3, suspended_words).bind(4, messages_per_commit);
    return db::read_rows(rows, [](const db::Statement& row) { return MessageId(row.column_int(0)); });
}

Result<> make_all_due(db::Connection& connection, const std::string& owner, const std::vector<MessageId>& ids, WallTime now)
{
    auto update = connection.prepare("update queue_message set due_at = ?1 where id = ?2 and owner = ?3 and due_at > ?1");
    for (const auto id : ids) {
        update.rewind();
        SEALPOST_CHECK(update.bind(1, now).bind(2, id.value()).bind(3, owner).run());
    }
    return {};
}

// What of the messages that a look has found one commit changes.
constexpr int messages_per_look = 200;
constexpr std::size_t recipients_per_commit = 1000;
constexpr int bounces_per_commit = 20;  // each may bring its message back

Touches touches_of(Deed deed)
{
    switch (deed) {
        case Deed::hold: return Touches::waiting;
        case Deed::release: return Touches::held;
        case Deed::remove:
        case Deed::bounce:
        case Deed::deliver: break;
    }
    return Touches::both;
}

Result<> apply(Store& store, Deed deed, const MessageRow& message, const RecipientRow& recipient, WallTime now)
{
    if (deed == Deed::remove) return store.finish_recipient(message, recipient, RecipientState::removed, now, message.attempts);
    return store.set_recipient_held(message.id, recipient.number, deed == Deed::hold);
}

// How many recipients of the message were changed. What still waits keeps its time, unless it was released now.
Result<std::size_t> change_chosen(Store& store, const Choice& choice, Deed deed, MessageId id, WallTime now)
{
    SEALPOST_TRY(auto message, store.find_message(id));
    if (!message) return std::size_t(0);
    SEALPOST_TRY(const auto recipients, store.load_recipients(id));
    std::size_t changed = 0;
    for (const auto& recipient : recipients) {
        if (!is_chosen(choice, touches_of(deed), recipient)) continue;
        SEALPOST_CHECK(apply(store, deed, *message, recipient, now));
        ++changed;
    }
    if (changed == 0) return changed;
    if (deed == Deed::release) {
        SEALPOST_CHECK(store.leave_if_forgotten(id));
        message->late_since.reset();
    }
    const WallTime due_at = deed == Deed::release ? now : message->due_at.value_or(now);
    SEALPOST_CHECK(store.reschedule(*message, message->attempts, due_at));
    return changed;
}

Result<std::size_t> bounce_chosen(db::Connection& connection, const Settings& settings, const Choice& choice, MessageId id,
                                  WallTime now)
{
    const auto is_meant = [&](const RecipientRow& recipient) { return is_chosen(choice, touches_of(Deed::bounce), recipient); };
    SEALPOST_TRY(const auto settled, Settler(connection, settings, now).give_up(id, is_meant));
    return static_cast<std::size_t>(settled.failed);
}

Result<Part> change_part(db::Connection& connection, const Settings& settings, const Choice& choice, Deed deed,
                         const std::vector<MessageId>& ids, WallTime now)
{
    Store store(connection);
    Part part;
    std::size_t recipients = 0;
    for (const auto id : ids) {
        SEALPOST_TRY(const auto changed, deed == Deed::bounce ? bounce_chosen(connection, settings, choice, id, now)
                                                              : change_chosen(store, choice, deed, id, now));
        part.last = id;
        if (changed > 0) ++part.messages;
        recipients += changed;
        if (recipients >= recipients_per_commit) break;
        if (deed == Deed::bounce && part.messages >= bounces_per_commit) break;
    }
    return part;
}

}  // namespace

// Runs one of the changes above, tells a running owner beside us, and notes what became due.
Task<Result<bool>> Queue::change(MessageId message, Deed deed)
{
    auto state = state_;
    const WallTime now = state->clock.now();
    auto work = [message, deed, now, is_beside = state->is_beside(),
                 settings = state->settings](db::Connection& connection) -> Result<Change> {
        if (is_beside) SEALPOST_CHECK(Store(connection).nudge());
        switch (deed) {
            case Deed::hold: return set_held(connection, message, true, now);
            case Deed::release: return set_held(connection, message, false, now);
            case Deed::remove: return remove_message(connection, message, now);
            case Deed::bounce: return bounce_message(connection, settings, message, now);
            case Deed::deliver: break;
        }
        return make_due(connection, message, now);
    };
    auto changed = co_await state->database->write(std::move(work));
    if (changed.has_error()) co_return changed.error().in("cannot change the queue");
    if (!*changed) co_return false;
    state->note(**changed);
    co_return true;
}

Task<Result<bool>> Queue::hold(MessageId message) { return change(message, Deed::hold); }
Task<Result<bool>> Queue::release(MessageId message) { return change(message, Deed::release); }
Task<Result<bool>> Queue::remove(MessageId message) { return change(message, Deed::remove); }
Task<Result<bool>> Queue::bounce(MessageId message) { return change(message, Deed::bounce); }
Task<Result<bool>> Queue::deliver_now(MessageId message) { return change(message, Deed::deliver); }

// What comes meanwhile has higher ids, and is not meant. Looking is a reader's work, which keeps no writer waiting.
Task<Result<int>> Queue::change_all(Choice choice, Deed deed)
{
    auto state = state_;
    const WallTime now = state->clock.now();
    auto find_last = [](db::Connection& connection) -> Result<MessageId> {
        auto row = connection.prepare("select coalesce(max(id), 0) from queue_message");
        SEALPOST_CHECK(row.step());
        return MessageId(row.column_int(0));
    };
    auto last = co_await state->database->read(std::move(find_last));
    if (last.has_error()) co_return last.error();
    int messages = 0;
    for (MessageId after;;) {
        auto look = [choice, deed, after, until = *last](db::Connection& connection) {
            return find_chosen(connection, choice, touches_of(deed), after, until, messages_per_look);
        };
        auto ids = co_await state->database->read(std::move(look));
        if (ids.has_error()) co_return ids.error();
        if (ids->empty()) break;
        auto work = [choice, deed, ids = *ids, now, settings = state->settings](db::Connection& connection) -> Result<Part> {
            SEALPOST_CHECK(Store(connection).nudge());  // the owner, too, finds the domains anew by it
            return change_part(connection, settings, choice, deed, ids, now);
        };
        auto changed = co_await state->database->write(std::move(work));
        if (changed.has_error())
            co_return changed.error().in("cannot change more than " + std::to_string(messages) + " messages");
        messages += changed->messages;
        after = changed->last;
    }
    auto noticed = co_await notice_changes();
    if (noticed.has_error()) co_return noticed.error();
    state->wake();
    co_return messages;
}

Task<Result<int>> Queue::hold_all(Choice choice) { return change_all(std::move(choice), Deed::hold); }
Task<Result<int>> Queue::release_all(Choice choice) { return change_all(std::move(choice), Deed::release); }
Task<Result<int>> Queue::remove_all(Choice choice) { return change_all(std::move(choice), Deed::remove); }
Task<Result<int>> Queue::bounce_all(Choice choice) { return change_all(std::move(choice), Deed::bounce); }

Task<Result<int>> Queue::count_all(Choice choice)
{
    auto state = state_;
    auto work = [choice](db::Connection& connection) { return count_chosen(connection, choice, Touches::both); };
    auto count = co_await state->database->read(std::move(work));
    co_return std::move(count);
}

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

// Reads every recipient once: that is for the start, and the rare moment in which a policy ends a suspension.
Task<Result<>> Queue::ask_suspended()
{
    auto state = state_;
    const WallTime now = state->clock.now();
    for (MessageId after;;) {
        auto look = [after](db::Connection& connection) { return find_suspended(connection, after); };
        auto ids = co_await state->database->read(std::move(look));
        if (ids.has_error()) co_return ids.error();
        if (ids->empty()) break;
        after = ids->back();
        auto work = [ids = std::move(*ids), now, owner = state->settings.owner.name](db::Connection& connection) {
            return make_all_due(connection, owner, ids, now);
        };
        auto changed = co_await state->database->write(std::move(work));
        if (changed.has_error()) co_return changed.error().in("cannot ask anew about what was suspended");
    }
    state->look_for_more();
    co_return Result<>();
}

}  // namespace sealpost::queue
