// What the sender's side and time do to an envelope: lock, expiry, recall, sweep, rewrap.
#include "core/keys/key_store.hpp"

#include "core/keys/records.hpp"
#include "sys/db/database.hpp"

#include <boost/json.hpp>

#include <functional>

namespace sealpost::keys {
namespace {

namespace json = boost::json;

// One job's worth: the writer is everybody's. A larger ciphertext goes in a job of its own.
constexpr int sweep_batch = 100;
constexpr std::int64_t sweep_batch_bytes = 4 * 1024 * 1024;
constexpr int rewrap_batch = 200;

struct Change {
    EnvelopeId id;
    AccountId account;
    std::string who;
    std::string what;     // for the audit trail
    std::string details;  // JSON
    WallTime now;
    // Makes the change, on a record that is open or locked.
    std::function<Result<>(db::Connection&, const Record&)> apply;
};

Result<ChangeVerdict> make_change(db::Connection& connection, const Change& change)
{
    SEALPOST_TRY(const auto record, load_record(connection, change.id, change.now));
    if (!record || record->facts.policy.account != change.account) return ChangeVerdict::unknown;
    if (record->facts.state == State::expired) return ChangeVerdict::expired;
    if (record->facts.state == State::erased) return ChangeVerdict::erased;
    SEALPOST_CHECK(change.apply(connection, *record));
    SEALPOST_CHECK(
        people::append_audit(connection, change.now, {change.who, "", change.what, change.id.value(), change.details}));
    return ChangeVerdict::done;
}

Result<> set_state(db::Connection& connection, const EnvelopeId& id, State state, const std::string& reason)
{
    auto update = connection.prepare("update key_envelope set state = ?2, lock_reason = ?3 where id = ?1");
    return update.bind(1, id.value()).bind(2, static_cast<int>(state)).bind(3, reason).run();
}

// The expiry is part of what the key is bound to, so the key is opened and bound anew.
Result<> rebind(db::Connection& connection, const Record& record, const Policy& policy, KekFile& kek)
{
    SEALPOST_TRY(const auto wrapped, load_wrapped(connection, policy.id));
    if (!wrapped) return Error{Fault::config, "envelope " + policy.id.value() + ": its key is not in the store"};
    SEALPOST_TRY(const auto ring, kek.with_version(wrapped->kek_version));
    SEALPOST_TRY(const auto opened, unwrap(*ring, record.facts.policy, *wrapped));
    return save_wrapped(connection, policy.id, wrap(*kek.current(), policy, opened.identity, opened.subject));
}

Result<> move_expiry(db::Connection& connection, const Record& record, WallTime expires_at, WallTime now, KekFile& kek)
{
    Policy policy = record.facts.policy;
    policy.expires_at = expires_at;
    SEALPOST_CHECK(rebind(connection, record, policy, kek));
    auto update = connection.prepare("update key_envelope set expires_at = ?2 where id = ?1");
    SEALPOST_CHECK(update.bind(1, policy.id.value()).bind(2, expires_at).run());
    return expires_at <= now ? destroy_key(connection, policy.id, State::expired) : Result<>();
}

Result<std::vector<std::string>> list_ids(db::Statement rows)
{
    std::vector<std::string> ids;
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more) return ids;
        ids.push_back(rows.column_text(0));
    }
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
        "select e.id, coalesce(s.size, 0) from key_envelope e left join key_slot s on s.id = e.hosted_slot"
        " where e.state < 2 and e.expires_at <= ?1 limit ?2");
    rows.bind(1, now).bind(2, sweep_batch);
    Batch<std::string> batch;
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more || !batch.take(rows.column_text(0), rows.column_int(1))) break;
    }
    for (const auto& id : batch.ids) {
        SEALPOST_CHECK(destroy_key(connection, EnvelopeId(id), State::expired));
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

Result<int> rewrap_some(db::Connection& connection, KekFile& kek, WallTime now)
{
    const auto newest = kek.current();
    auto rows = connection.prepare("select envelope_id from key_wrapped where sealed is not null and kek_version <> ?1 limit ?2");
    rows.bind(1, newest->newest().number).bind(2, rewrap_batch);
    SEALPOST_TRY(const auto ids, list_ids(std::move(rows)));
    for (const auto& id : ids) {
        SEALPOST_TRY(const auto record, load_record(connection, EnvelopeId(id), now));
        if (!record) return Error{Fault::config, "envelope " + id + ": a key without its record; the store is damaged"};
        SEALPOST_CHECK(rebind(connection, *record, record->facts.policy, kek));
    }
    return static_cast<int>(ids.size());
}

Result<> remember_newest(db::Connection& connection, const KekRing& ring)
{
    const auto value = check_value_of(ring.newest());
    auto insert =
        connection.prepare("insert into key_kek (version, check_value) values (?1, ?2) on conflict (version) do nothing");
    return insert.bind(1, ring.newest().number).bind(2, ByteView(value)).run();
}

}  // namespace

Task<Result<ChangeVerdict>> KeyStore::lock(EnvelopeId id, AccountId account, std::string reason, std::string who)
{
    Change change{
        id, account, std::move(who), "envelope.locked", json::serialize(json::object{{"reason", reason}}), parts_.clock->now(),
        {}};
    change.apply = [reason](db::Connection& connection, const Record& record) {
        return set_state(connection, record.facts.policy.id, State::locked, reason);
    };
    auto work = [change = std::move(change)](db::Connection& connection) { return make_change(connection, change); };
    return parts_.database->write(std::move(work));
}

Task<Result<ChangeVerdict>> KeyStore::unlock(EnvelopeId id, AccountId account, std::string who)
{
    Change change{id, account, std::move(who), "envelope.unlocked", "{}", parts_.clock->now(), {}};
    change.apply = [](db::Connection& connection, const Record& record) {
        return set_state(connection, record.facts.policy.id, State::open, "");
    };
    auto work = [change = std::move(change)](db::Connection& connection) { return make_change(connection, change); };
    return parts_.database->write(std::move(work));
}

Task<Result<ChangeVerdict>> KeyStore::change_expiry(EnvelopeId id, AccountId account, WallTime expires_at, std::string who)
{
    const WallTime now = parts_.clock->now();
    Change change{id,
                  account,
                  std::move(who),
                  "envelope.expiry_changed",
                  json::serialize(json::object{{"expires_at", format_rfc3339(expires_at)}}),
                  now,
                  {}};
    change.apply = [expires_at, now, kek = parts_.kek](db::Connection& connection, const Record& record) {
        return move_expiry(connection, record, expires_at, now, *kek);
    };
    auto work = [change = std::move(change)](db::Connection& connection) { return make_change(connection, change); };
    return parts_.database->write(std::move(work));
}

Task<Result<ChangeVerdict>> KeyStore::recall(EnvelopeId id, AccountId account, std::string who)
{
    Change change{id, account, std::move(who), "envelope.recalled", "{}", parts_.clock->now(), {}};
    change.apply = [](db::Connection& connection, const Record& record) {
        return destroy_key(connection, record.facts.policy.id, State::erased);
    };
    auto work = [change = std::move(change)](db::Connection& connection) { return make_change(connection, change); };
    return parts_.database->write(std::move(work));
}

Task<Result<SweepReport>> KeyStore::sweep()
{
    SweepReport report;
    const WallTime now = parts_.clock->now();
    SEALPOST_CO_TRY(report.expired, co_await repeat(parts_.database, expire_some, now));
    SEALPOST_CO_TRY(report.slots_removed, co_await repeat(parts_.database, remove_some_slots, now));
    co_return report;
}

Task<Result<int>> KeyStore::rewrap_all()
{
    auto remember = [ring = parts_.kek->current()](db::Connection& connection) { return remember_newest(connection, *ring); };
    auto remembered = co_await parts_.database->write(std::move(remember));
    if (!remembered) co_return remembered.error();
    int total = 0;
    while (true) {
        auto work = [kek = parts_.kek, now = parts_.clock->now()](db::Connection& connection) {
            return rewrap_some(connection, *kek, now);
        };
        auto count = co_await parts_.database->write(std::move(work));
        if (!count) co_return count.error();
        total += *count;
        if (*count < rewrap_batch) break;
    }
    parts_.log.info("kek.rewrapped", {{"keys", total}, {"version", parts_.kek->current()->newest().number}});
    co_return total;
}

}  // namespace sealpost::keys
