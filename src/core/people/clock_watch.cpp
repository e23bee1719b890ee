#include "core/people/clock_watch.hpp"

#include <algorithm>

namespace sealpost::people {
namespace {

using std::chrono::milliseconds;

// Until when this step is doubted. Absent: it is calm.
std::optional<WallTime> doubt(milliseconds step, WallTime now)
{
    const milliseconds size = std::chrono::abs(step);
    if (size <= longest_calm_step) return std::nullopt;
    return now + std::min<milliseconds>(size, longest_doubt);
}

}  // namespace

Result<ClockLook> look_at_clock(db::Connection& connection, const std::string& table, WallTime now, FirstLook first)
{
    ClockLook look{true, now};
    auto row = connection.prepare("select seen_at, believed_at from " + table);
    SEALPOST_TRY(const bool was_seen, row.step());
    if (was_seen) {
        const auto step = std::chrono::duration_cast<milliseconds>(now - row.column_time(0));
        const auto until = doubt(step, now);
        look.believed_at = until.value_or(row.column_time(1));
        look.is_believed = look.believed_at <= now;
        if (until) look.step = step;
    } else if (first == FirstLook::doubted) {
        look = {false, now + longest_doubt};
    }
    auto keep = connection.prepare("insert into " + table +
                                   " (number, seen_at, believed_at) values (1, ?1, ?2) on conflict (number)"
                                   " do update set seen_at = excluded.seen_at, believed_at = excluded.believed_at");
    SEALPOST_CHECK(keep.bind(1, now).bind(2, look.believed_at).run());
    return look;
}

}  // namespace sealpost::people
