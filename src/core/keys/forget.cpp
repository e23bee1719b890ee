#include "core/keys/forget.hpp"

#include "sys/db/database.hpp"
#include "sys/db/rows.hpp"

#include <array>
#include <vector>

namespace sealpost::keys {
namespace {

// One job's worth: the writer is everybody's. An envelope may have a thousand recipients.
constexpr int envelopes_per_commit = 100;
constexpr std::int64_t recipients_per_commit = 1000;

// Of those that were recalled by a program that did not keep when. Where the trail no longer tells, from now on.
Result<int> find_some_ends(db::Connection& connection, WallTime now)
{
    auto find = connection.prepare(
        "update key_envelope set ended_at = coalesce((select max(at) from people_audit where subject = key_envelope.id and"
        " what = 'envelope.recalled'), ?1) where id in (select id from key_envelope where state >= 2 and ended_at is null limit "
        "?2)");
    SEALPOST_CHECK(find.bind(1, now).bind(2, envelopes_per_commit).run());
    return connection.changes();
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
    for (const auto& id : ids)
        for (const auto sql : statements) SEALPOST_CHECK(connection.prepare(sql).bind(1, id).run());
    return static_cast<int>(ids.size());
}

}  // namespace

Task<Result<std::int64_t>> forget_ended(people::Store store, people::KeptFor period)
{
    const WallTime now = store.clock->now();
    for (int found = 1; found > 0;) {
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
