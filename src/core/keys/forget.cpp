#include "core/keys/forget.hpp"

#include "core/keys/records.hpp"
#include "sys/db/database.hpp"
#include "sys/db/rows.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace sealpost::keys {
namespace {

// One job's worth: the writer is everybody's. An envelope may have a thousand recipients.
constexpr int envelopes_per_commit = 100;
constexpr std::int64_t recipients_per_commit = 1000;

struct Ended {
    std::string id;
    WallTime at;
};

// What the columns of list_ends say. A recall of which the trail no longer tells counts from now on. An expiry that was set to
// the past ended the envelope when it was set.
Ended judge_end(const db::Statement& row, WallTime now)
{
    const bool is_recalled = row.column_int(1) == static_cast<int>(State::erased);
    const auto told = row.column_optional_time(4);
    const WallTime expired_at = std::max(row.column_time(2), told.value_or(row.column_time(2)));
    const WallTime ended_at = is_recalled ? told.value_or(now) : expired_at;
    return {row.column_text(0), std::max(ended_at, row.column_time(3))};
}

// Of those that ended under a program that did not keep when.
Result<std::vector<Ended>> list_ends(db::Connection& connection, WallTime now)
{
    auto rows = connection.prepare(
        "select e.id, e.state, e.expires_at, e.sent_at, (select max(a.at) from people_audit a where a.subject = e.id and a.what ="
        " case when e.state = 2 then 'envelope.expiry_changed' else 'envelope.recalled' end) from key_envelope e"
        " where e.state >= 2 and e.ended_at is null limit ?1");
    rows.bind(1, envelopes_per_commit);
    return db::read_rows(rows, [now](const db::Statement& row) { return judge_end(row, now); });
}

Result<int> find_some_ends(db::Connection& connection, WallTime now)
{
    SEALPOST_TRY(const auto ends, list_ends(connection, now));
    for (const auto& [id, at] : ends)
        SEALPOST_CHECK(connection.prepare("update key_envelope set ended_at = ?2 where id = ?1").bind(1, id).bind(2, at).run());
    return static_cast<int>(ends.size());
}

Result<std::vector<std::string>> list_some(db::Connection& connection, WallTime ended_before)
{
    auto rows = connection.prepare(
        "select e.id, (select count(*) from key_recipient r where r.envelope_id = e.id) from key_envelope e"
        " where e.state >= 2 and e.ended_at < ?1 order by e.ended_at limit ?2");
    rows.bind(1, ended_before).bind(2, envelopes_per_commit);
    std::vector<std::string> ids;
    for (std::int64_t recipients = 0; recipients < recipients_per_commit;) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more) break;
        ids.push_back(rows.column_text(0));
        recipients += rows.column_int(1);
    }
    return ids;
}

Result<int> remove_some(db::Connection& connection, WallTime ended_before)
{
    constexpr std::array<std::string_view, 4> statements = {
        "delete from key_recipient where envelope_id = ?1", "delete from key_wrapped where envelope_id = ?1",
        "delete from key_receipt where envelope_id = ?1", "delete from key_envelope where id = ?1"};
    SEALPOST_TRY(const auto ids, list_some(connection, ended_before));
    for (const auto& id : ids) {
        SEALPOST_CHECK(mark_forgotten(connection, EnvelopeId(id)));
        for (const auto sql : statements) SEALPOST_CHECK(connection.prepare(sql).bind(1, id).run());
    }
    return static_cast<int>(ids.size());
}

}  // namespace

Task<Result<std::int64_t>> forget_ended(people::Store store, people::KeptFor period, WallTime now)
{
    int found = 1;
    for (int job = 0; job < people::most_forgetting_jobs && found > 0; ++job) {
        auto finding = [now](db::Connection& connection) { return find_some_ends(connection, now); };
        SEALPOST_CO_TRY(found, co_await store.database->write(std::move(finding)));
    }
    people::Forgetting forgetting;
    forgetting.what = "envelope.forgotten";
    forgetting.older_than = people::find_oldest_kept(now, period);
    forgetting.remove_some = [ended_before = forgetting.older_than](db::Connection& connection) {
        return remove_some(connection, ended_before);
    };
    auto forgotten = co_await people::forget(std::move(store), std::move(forgetting));
    co_return forgotten;
}

}  // namespace sealpost::keys
