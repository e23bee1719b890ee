// What the sender's side and time do to an envelope: lock, expiry, recall, sweep, rewrap.
#include "core/keys/key_store.hpp"

#include "core/keys/forget.hpp"
#include "core/keys/records.hpp"
#include "core/people/clock_watch.hpp"
#include "sys/async/in_turn.hpp"
#include "sys/db/database.hpp"
#include "sys/db/rows.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <functional>
#include <optional>

namespace sealpost::keys {
namespace {

namespace json = boost::json;

// One job's worth: the writer is everybody's. A larger ciphertext goes in a job of its own.
constexpr int sweep_batch = 100;
constexpr std::int64_t sweep_batch_bytes = 4 * 1024 * 1024;
constexpr int rewrap_batch = 200;
constexpr int most_tries = 5;  // while others change the same envelope

struct Change {
    EnvelopeId id;
    Holder holder;
    Actor actor;
    std::string what;     // for the audit trail
    std::string details;  // JSON
    WallTime now;
    // Makes the change, on a record that is open or locked.
    std::function<Result<>(db::Connection&, const Record&)> apply;
    std::optional<WallTime> expires_at = {};  // where it moves the expiry
};

// What a sender does not decide: anything about what the account has locked, and a longer life. A forward ends with the envelope
// that it passes on, a reply after as long (doc/spec/keys.md).
ChangeVerdict judge_sender(const Change& change, const EnvelopeFacts& facts)
{
    if (facts.state == State::locked && facts.locked_by == LockedBy::account) return ChangeVerdict::locked_by_account;
    const bool prolongs = change.expires_at && *change.expires_at > facts.policy.expires_at;
    return prolongs ? ChangeVerdict::may_not_prolong : ChangeVerdict::done;
}

Result<ChangeVerdict> make_change(db::Connection& connection, const Change& change)
{
    SEALPOST_TRY(const auto record, load_record(connection, change.id, change.now));
    if (!record || !change.holder.holds(record->facts.policy)) return ChangeVerdict::unknown;
    if (record->facts.state == State::expired) return ChangeVerdict::expired;
    if (record->facts.state == State::erased) return ChangeVerdict::erased;
    if (change.holder.side() == LockedBy::sender) {
        const auto judged = judge_sender(change, record->facts);
        if (judged != ChangeVerdict::done) return judged;
    }
    SEALPOST_CHECK(change.apply(connection, *record));
    const auto& [who, network] = change.actor;
    SEALPOST_CHECK(people::append_audit(connection, change.now, {who, network, change.what, change.id.value(), change.details}));
    return ChangeVerdict::done;
}

struct Lock {
    State state;
    std::string reason;
    LockedBy by;
};

Result<> set_lock(db::Connection& connection, const EnvelopeId& id, const Lock& lock)
{
    auto update = connection.prepare("update key_envelope set state = ?2, lock_reason = ?3, locked_by = ?4 where id = ?1");
    update.bind(1, id.value()).bind(2, static_cast<int>(lock.state)).bind(3, lock.reason);
    return update.bind(4, static_cast<int>(lock.by)).run();
}

Result<Wrapped> rebind(KeyWrapper& kek, const Sealed& sealed, const Policy& policy)
{
    SEALPOST_TRY(const auto opened, kek.unwrap(sealed.policy, sealed.wrapped));
    return kek.wrap(policy, opened.identity, opened.subject);
}

// A key that was bound anew before the transaction that changes its record.
struct Rebound {
    Sealed seen;
    Wrapped anew;
};

// Absent: there is nothing to change.
Result<std::optional<Sealed>> find_sealed(db::Connection& connection, const EnvelopeId& id, const Holder& holder, WallTime now)
{
    SEALPOST_TRY(const auto record, load_record(connection, id, now));
    if (!record || !holder.holds(record->facts.policy) || record->facts.state >= State::expired) return std::optional<Sealed>();
    SEALPOST_TRY(auto sealed, load_sealed(connection, record->facts.policy));
    return std::optional(std::move(sealed));
}

// The expiry is part of what the key is bound to. One that is over needs no key any more.
Result<> move_expiry(db::Connection& connection, const Record& record, WallTime expires_at, WallTime now,
                     const std::optional<Rebound>& rebound, bool& is_stale)
{
    const auto& policy = record.facts.policy;
    if (expires_at > now) {
        is_stale = !rebound;
        if (rebound) {
            SEALPOST_TRY(const bool is_same, is_still(connection, policy, rebound->seen));
            is_stale = !is_same;
        }
        if (is_stale) return Error{Fault::retry_later, "the envelope is being changed"};
        SEALPOST_CHECK(save_wrapped(connection, policy.id, rebound->anew));
    }
    auto update = connection.prepare("update key_envelope set expires_at = ?2 where id = ?1");
    SEALPOST_CHECK(update.bind(1, policy.id.value()).bind(2, expires_at).run());
    return expires_at <= now ? destroy_key(connection, policy.id, State::expired, now) : Result<>();
}

Result<std::vector<std::string>> list_ids(db::Statement rows)
{
    return db::read_rows(rows, [](const db::Statement& row) { return row.column_text(0); });
}

// What goes in one job of a sweep.
template <class Id>
struct Batch {
    std::vector<Id> ids;
    std::int64_t bytes = 0;

    // False: this one has to wait for the next job.
    bool take(Id id, std::int64_t size)
    {
        if (!ids.empty() && size > sweep_batch_bytes - bytes) return false;
        ids.push_back(std::move(id));
        bytes += size;
        return true;
    }
};

Result<int> expire_some(db::Connection& connection, WallTime now)
{
    auto rows = connection.prepare(
        "select e.id, coalesce(s.size, 0), e.expires_at from key_envelope e left join key_slot s on s.id = e.hosted_slot"
        " where e.state < 2 and e.expires_at <= ?1 limit ?2");
    rows.bind(1, now).bind(2, sweep_batch);
    Batch<std::pair<std::string, WallTime>> batch;
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more || !batch.take({rows.column_text(0), rows.column_time(2)}, rows.column_int(1))) break;
    }
    for (const auto& [id, expired_at] : batch.ids) {
        SEALPOST_CHECK(destroy_key(connection, EnvelopeId(id), State::expired, expired_at));
        SEALPOST_CHECK(people::append_audit(connection, now, {"service", "", "key.expired", id, "{}"}));
    }
    return static_cast<int>(batch.ids.size());
}

Result<int> remove_some_slots(db::Connection& connection, WallTime now)
{
    auto rows = connection.prepare("select id, size from key_slot where expires_at <= ?1 limit ?2");
    rows.bind(1, now).bind(2, sweep_batch);
    Batch<std::int64_t> batch;
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more || !batch.take(rows.column_int(0), rows.column_int(1))) break;
    }
    for (const auto slot : batch.ids) SEALPOST_CHECK(delete_slot(connection, slot));
    return static_cast<int>(batch.ids.size());
}

// Job after job, until there is nothing left to do; answers how much was done.
using SomeWork = Result<int> (*)(db::Connection&, WallTime);
Task<Result<int>> repeat(std::shared_ptr<db::Database> database, SomeWork some, WallTime now)
{
    int total = 0;
    while (true) {
        auto work = [some, now](db::Connection& connection) { return some(connection, now); };
        SEALPOST_CO_TRY(const int count, co_await database->write(std::move(work)));
        if (count == 0) co_return total;
        total += count;
    }
}

Result<std::vector<Sealed>> list_old(db::Connection& connection, int newest, WallTime now)
{
    auto rows = connection.prepare("select envelope_id from key_wrapped where sealed is not null and kek_version <> ?1 limit ?2");
    rows.bind(1, newest).bind(2, rewrap_batch);
    SEALPOST_TRY(const auto ids, list_ids(std::move(rows)));
    std::vector<Sealed> batch;
    for (const auto& id : ids) {
        SEALPOST_TRY(const auto record, load_record(connection, EnvelopeId(id), now));
        if (!record) return Error{Fault::config, "envelope " + id + ": a key without its record; the store is damaged"};
        SEALPOST_TRY(auto sealed, load_sealed(connection, record->facts.policy));
        batch.push_back(std::move(sealed));
    }
    return batch;
}

// As many at a time as there are threads: with a token in a network most of the time is waiting.
Task<Result<std::vector<Rebound>>> rebind_all(KekThreads& threads, std::shared_ptr<KeyWrapper> kek, std::vector<Sealed> batch)
{
    auto rebind_one = [&threads, kek](Sealed sealed) -> Task<Result<Rebound>> {
        auto binding = [kek, sealed] { return rebind(*kek, sealed, sealed.policy); };
        SEALPOST_CO_TRY(auto anew, co_await threads.run(std::move(binding)));
        co_return Rebound{std::move(sealed), std::move(anew)};
    };
    auto all = co_await async::collect_in_turn<Rebound>(std::move(batch), KekThreads::threads, rebind_one);
    co_return all;
}

// What was changed or destroyed since is left as it is; the next batch sees it.
Result<int> save_rebound(db::Connection& connection, const std::vector<Rebound>& batch, WallTime now)
{
    int count = 0;
    for (const auto& each : batch) {
        const auto& id = each.seen.policy.id;
        SEALPOST_TRY(const auto record, load_record(connection, id, now));
        SEALPOST_TRY(const auto wrapped, load_wrapped(connection, id));
        if (!record || !wrapped) continue;
        SEALPOST_TRY(const bool is_same, is_still(connection, record->facts.policy, each.seen));
        if (!is_same) continue;
        SEALPOST_CHECK(save_wrapped(connection, id, each.anew));
        ++count;
    }
    return count;
}

}  // namespace

bool Holder::holds(const Policy& policy) const
{
    return account_ ? policy.account == *account_ : std::ranges::find(addresses_, policy.sender.address) != addresses_.end();
}

Task<Result<ChangeVerdict>> KeyStore::lock(EnvelopeId id, Holder holder, std::string reason, Actor who)
{
    const Lock lock{State::locked, reason, holder.side()};
    std::string details = json::serialize(json::object{{"reason", reason}});
    Change change{id, holder, std::move(who), "envelope.locked", std::move(details), parts_.clock->now(), {}};
    change.apply = [lock](db::Connection& connection, const Record& record) {
        return set_lock(connection, record.facts.policy.id, lock);
    };
    auto work = [change = std::move(change)](db::Connection& connection) { return make_change(connection, change); };
    return parts_.database->write(std::move(work));
}

Task<Result<ChangeVerdict>> KeyStore::unlock(EnvelopeId id, Holder holder, Actor who)
{
    Change change{id, holder, std::move(who), "envelope.unlocked", "{}", parts_.clock->now(), {}};
    change.apply = [](db::Connection& connection, const Record& record) {
        return set_lock(connection, record.facts.policy.id, {State::open, "", LockedBy::account});
    };
    auto work = [change = std::move(change)](db::Connection& connection) { return make_change(connection, change); };
    return parts_.database->write(std::move(work));
}

Task<Result<ChangeVerdict>> KeyStore::change_expiry(EnvelopeId id, Holder holder, WallTime expires_at, Actor who)
{
    const WallTime now = parts_.clock->now();
    const std::string details = json::serialize(json::object{{"expires_at", format_rfc3339(expires_at)}});
    for (int left = most_tries; true; --left) {
        auto look = [id, holder, now](db::Connection& connection) { return find_sealed(connection, id, holder, now); };
        SEALPOST_CO_TRY(const auto sealed, co_await parts_.database->read(std::move(look)));
        std::optional<Rebound> rebound;
        if (sealed && expires_at > now) {
            Policy policy = sealed->policy;
            policy.expires_at = expires_at;
            auto binding = [kek = parts_.kek, seen = *sealed, policy] { return rebind(*kek, seen, policy); };
            SEALPOST_CO_TRY(auto anew, co_await threads_.run(std::move(binding)));
            rebound = Rebound{*sealed, std::move(anew)};
        }
        const auto is_stale = std::make_shared<bool>(false);
        Change change{id, holder, who, "envelope.expiry_changed", details, now, {}, expires_at};
        change.apply = [expires_at, now, rebound, is_stale](db::Connection& connection, const Record& record) {
            return move_expiry(connection, record, expires_at, now, rebound, *is_stale);
        };
        auto work = [change = std::move(change)](db::Connection& connection) { return make_change(connection, change); };
        auto verdict = co_await parts_.database->write(std::move(work));
        if (!*is_stale || left == 1) co_return verdict;
    }
}

Task<Result<ChangeVerdict>> KeyStore::recall(EnvelopeId id, Holder holder, Actor who)
{
    Change change{id, std::move(holder), std::move(who), "envelope.recalled", "{}", parts_.clock->now(), {}};
    change.apply = [now = change.now](db::Connection& connection, const Record& record) {
        return destroy_key(connection, record.facts.policy.id, State::erased, now);
    };
    auto work = [change = std::move(change)](db::Connection& connection) { return make_change(connection, change); };
    return parts_.database->write(std::move(work));
}

Task<Result<SweepReport>> KeyStore::sweep()
{
    SweepReport report;
    const WallTime now = parts_.clock->now();
    auto looking = [now](db::Connection& connection) { return people::look_at_clock(connection, "key_clock", now); };
    SEALPOST_CO_TRY(const auto look, co_await parts_.database->write(std::move(looking)));
    if (look.step) {
        parts_.log.warning("key.expiry_waits",
                           {{"seconds", look.step->count() / 1000}, {"until", format_rfc3339(look.believed_at)}});
    }
    if (look.is_believed) {
        SEALPOST_CO_TRY(report.expired, co_await repeat(parts_.database, expire_some, now));
    }
    SEALPOST_CO_TRY(report.slots_removed, co_await repeat(parts_.database, remove_some_slots, now));
    if (look.is_believed && parts_.keep_ended) {  // the last, as the least urgent: its failure stops nothing
        const people::Store store{parts_.database, parts_.clock};
        SEALPOST_CO_TRY(report.forgotten, co_await forget_ended(store, *parts_.keep_ended, now));
    }
    co_return report;
}

Task<Result<>> KeyStore::remember_versions()
{
    auto look = [](db::Connection& connection) { return load_versions(connection); };
    SEALPOST_CO_TRY(auto known, co_await parts_.database->read(std::move(look)));
    auto recognising = [kek = parts_.kek, known = std::move(known), may = parts_.may_introduce] {
        return kek->recognise(known, may);
    };
    SEALPOST_CO_TRY(auto fresh, co_await threads_.run(std::move(recognising)));
    auto work = [fresh = std::move(fresh)](db::Connection& connection) { return save_versions(connection, fresh); };
    auto saved = co_await parts_.database->write(std::move(work));
    co_return saved;
}

Task<Result<int>> KeyStore::rewrap_all()
{
    SEALPOST_CO_CHECK(co_await remember_versions());
    const int newest = parts_.kek->newest();
    int total = 0;
    while (true) {
        auto look = [newest, now = parts_.clock->now()](db::Connection& connection) { return list_old(connection, newest, now); };
        SEALPOST_CO_TRY(auto batch, co_await parts_.database->read(std::move(look)));
        if (batch.empty()) break;
        SEALPOST_CO_TRY(auto rebound, co_await rebind_all(threads_, parts_.kek, std::move(batch)));
        auto work = [rebound = std::move(rebound), now = parts_.clock->now()](db::Connection& connection) {
            return save_rebound(connection, rebound, now);
        };
        SEALPOST_CO_TRY(const int count, co_await parts_.database->write(std::move(work)));
        total += count;
    }
    co_return total;
}

}  // namespace sealpost::keys
