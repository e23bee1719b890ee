#include "core/people/forgetting.hpp"

#include "core/people/audit.hpp"
#include "sys/db/database.hpp"

#include <boost/json.hpp>

#include <memory>

namespace sealpost::people {
namespace {

namespace json = boost::json;

Result<> count(db::Connection& connection, const Forgetting& forgetting, int removed)
{
    // Never back to an earlier time: what was allowed to go may be gone already.
    auto keep = connection.prepare(
        "insert into people_forgetting (what, older_than, removed) values (?1, ?2, ?3) on conflict (what) do update set"
        " older_than = case when excluded.older_than > people_forgetting.older_than then excluded.older_than"
        " else people_forgetting.older_than end, removed = people_forgetting.removed + excluded.removed");
    return keep.bind(1, forgetting.what).bind(2, forgetting.older_than).bind(3, removed).run();
}

Result<> tell(db::Connection& connection, const Forgetting& forgetting, WallTime now)
{
    auto row = connection.prepare("select removed, older_than from people_forgetting where what = ?1 and removed > 0");
    row.bind(1, forgetting.what);
    SEALPOST_TRY(const bool is_any, row.step());
    if (!is_any) return {};
    const json::object details{{"count", row.column_int(0)}, {"older_than", format_rfc3339(row.column_time(1))}};
    SEALPOST_CHECK(append_audit(connection, now, {"service", "", forgetting.what, "", json::serialize(details)}));
    return connection.prepare("update people_forgetting set removed = 0 where what = ?1").bind(1, forgetting.what).run();
}

Result<int> remove_and_count(db::Connection& connection, const Forgetting& forgetting, WallTime now)
{
    SEALPOST_CHECK(count(connection, forgetting, 0));  // the store lets go of what is older, and of nothing else
    SEALPOST_TRY(const int removed, forgetting.remove_some(connection));
    SEALPOST_CHECK(removed == 0 ? tell(connection, forgetting, now) : count(connection, forgetting, removed));
    return removed;
}

}  // namespace

WallTime find_oldest_kept(WallTime now, KeptFor period) { return std::chrono::floor<std::chrono::days>(now - period); }

Task<Result<std::int64_t>> forget(Store store, Forgetting forgetting)
{
    const auto shared = std::make_shared<const Forgetting>(std::move(forgetting));
    std::int64_t total = 0;
    while (true) {
        auto work = [shared, now = store.clock->now()](db::Connection& connection) {
            return remove_and_count(connection, *shared, now);
        };
        SEALPOST_CO_TRY(const int removed, co_await store.database->write(std::move(work)));
        if (removed == 0) co_return total;
        total += removed;
    }
}

}  // namespace sealpost::people
