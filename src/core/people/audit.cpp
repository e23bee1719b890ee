#include "core/people/audit.hpp"

#include "core/people/clock_watch.hpp"
#include "sys/db/database.hpp"
#include "sys/db/rows.hpp"

#include <algorithm>

namespace sealpost::people {
namespace {

constexpr int records_per_commit = 500;

// The last of those that go in one job, from the old end of the trail. 0: none. What a clock that stood wrong left with too early
// a time further on waits for those before it, and one with too late a time holds up those behind it: that loses nothing.
Result<std::int64_t> find_last_old(db::Connection& connection, WallTime older_than)
{
    auto rows = connection.prepare("select number, at from people_audit order by number limit ?1");
    rows.bind(1, records_per_commit);
    std::int64_t last = 0;
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more || rows.column_time(1) >= older_than) return last;
        last = rows.column_int(0);
    }
}

Result<int> remove_some(db::Connection& connection, WallTime older_than)
{
    SEALPOST_TRY(const auto last, find_last_old(connection, older_than));
    if (last == 0) return 0;
    SEALPOST_CHECK(
        connection.prepare("delete from people_audit where number <= ?1 and at < ?2").bind(1, last).bind(2, older_than).run());
    return connection.changes();
}

}  // namespace

Result<> append_audit(db::Connection& connection, WallTime time, const AuditEntry& entry)
{
    return connection
        .prepare("insert into people_audit (at, who, network, what, subject, details) values (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind(1, time)
        .bind(2, entry.who)
        .bind(3, entry.network)
        .bind(4, entry.what)
        .bind(5, entry.subject)
        .bind(6, entry.details.empty() ? std::string("{}") : entry.details)
        .run();
}

Task<Result<>> AuditTrail::append(AuditEntry entry)
{
    auto work = [entry = std::move(entry), now = store_.clock->now()](db::Connection& connection) -> Result<> {
        return append_audit(connection, now, entry);
    };
    return store_.database->write(std::move(work));
}

Task<Result<std::vector<AuditRecord>>> AuditTrail::list(AuditFilter filter)
{
    auto work = [filter = std::move(filter)](db::Connection& connection) -> Result<std::vector<AuditRecord>> {
        auto rows = connection.prepare(
            "select number, at, who, network, what, subject, details from people_audit"
            " where (?1 = '' or who = ?1) and (?2 = '' or what = ?2 or substr(what, 1, length(?2) + 1) = ?2 || '.')"
            " and (?3 = '' or subject = ?3) and (cast(?4 as bigint) is null or at >= ?4) and (cast(?5 as bigint) is null or at < "
            "?5)"
            " and (?6 = 0 or number < ?6) order by number desc limit ?7");
        rows.bind(1, filter.who).bind(2, filter.what).bind(3, filter.subject).bind(4, filter.since).bind(5, filter.until);
        rows.bind(6, filter.before).bind(7, std::clamp(filter.most, 1, 1000));
        return db::read_rows(rows, [](const db::Statement& row) -> AuditRecord {
            return {row.column_int(0),
                    row.column_time(1),
                    {row.column_text(2), row.column_text(3), row.column_text(4), row.column_text(5), row.column_text(6)}};
        });
    };
    return store_.database->read(std::move(work));
}

Task<Result<std::int64_t>> AuditTrail::shorten(KeptFor period)
{
    const WallTime now = store_.clock->now();
    auto looking = [now](db::Connection& connection) {
        return look_at_clock(connection, "people_clock", now, FirstLook::doubted);
    };
    SEALPOST_CO_TRY(const auto look, co_await store_.database->write(std::move(looking)));
    if (!look.is_believed) co_return std::int64_t{0};
    Forgetting forgetting;
    forgetting.what = "audit.shortened";
    forgetting.older_than = find_oldest_kept(now, period);
    forgetting.remove_some = [older_than = forgetting.older_than](db::Connection& connection) {
        return remove_some(connection, older_than);
    };
    auto removed = co_await forget(store_, std::move(forgetting));
    co_return removed;
}

}  // namespace sealpost::people
