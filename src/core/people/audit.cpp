#include "core/people/audit.hpp"

#include "sys/db/database.hpp"
#include "sys/db/rows.hpp"

#include <algorithm>

namespace sealpost::people {

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

}  // namespace sealpost::people
