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
    // Back to an earlier time only when all that went is told: by a clock that was put right, what is to be told went by the
    // later one.
    auto keep = connection.prepare(
        "insert into people_forgetting (what, older_than, removed) values (?1, ?2, ?3) on conflict (what) do update set"
        " older_than = case when people_forgetting.removed > 0 and people_forgetting.older_than > excluded.older_than"
        " then people_forgetting.older_than else excluded.older_than end, removed = people_forgetting.removed + "
        "excluded.removed");
    return keep.bind(1, forgetting.what).bind(2, forgetting.older_than).bind(3, removed).run();
}

// And the store lets nothing go any more.
Result<> close(db::Connection& connection, const Forgetting& forgetting)
{
    auto update = connection.prepare("update people_forgetting set removed = 0, older_than = 0 where what = ?1");
    return update.bind(1, forgetting.what).run();
}

Result<> tell(db::Connection& connection, const Forgetting& forgetting, WallTime now)
{
    auto row = connection.prepare("select removed, older_than from people_forgetting where what = ?1 and removed > 0");
    row.bind(1, forgetting.what);
    SEALPOST_TRY(const bool is_any, row.step());
    if (!is_any) return close(connection, forgetting);
    const json::object details{{"count", row.column_int(0)}, {"older_than", format_rfc3339(row.column_time(1))}};
    SEALPOST_CHECK(append_audit(connection, now, {"service", "", forgetting.what, "", json::serialize(details)}));
    return close(connection, forgetting);
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
    for (int job = 0; job < most_forgetting_jobs; ++job) {
        auto work = [shared, now = store.clock->now()](db::Connection& connection) {
            return remove_and_count(connection, *shared, now);
        };
        SEALPOST_CO_TRY(const int removed, co_await store.database->write(std::move(work)));
        if (removed == 0) break;
        total += removed;
    }
    co_return total;
}

}  // namespace sealpost::people
