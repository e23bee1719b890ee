// What fills the queue. One look of a reader, which keeps no writer waiting.
#include "core/queue/queue.hpp"
#include "core/queue/state.hpp"
#include "sys/db/rows.hpp"

namespace sealpost::queue {
namespace {

constexpr std::string_view share_columns =
    "count(*), coalesce(sum(bytes), 0),"
    " count(case when id in (select message from queue_recipient where is_held <> 0) then 1 end),"
    " count(case when due_at is not null and attempts > 0 then 1 end), min(accepted_at)";

std::string column_of(SummaryBy by) { return by == SummaryBy::sender ? "lower(sender)" : "ltrim(domain, '+')"; }

// `first`: the column that share_columns begin at.
Share read_share(const db::Statement& row, int first)
{
    Share share;
    share.messages = row.column_int(first);
    share.bytes = row.column_int(first + 1);
    share.held = row.column_int(first + 2);
    share.deferred = row.column_int(first + 3);
    share.oldest = row.column_optional_time(first + 4);
    return share;
}

Result<Summary> load_summary(db::Connection& connection, SummaryBy by, int most)
{
    Summary summary;
    {
        auto row = connection.prepare("select " + std::string(share_columns) + " from queue_message");
        SEALPOST_CHECK(row.step());
        summary.whole = read_share(row, 0);
    }
    const std::string name = column_of(by);
    auto rows = connection.prepare("select " + name + ", " + std::string(share_columns) + " from queue_message group by " + name +
                                   " order by 2 desc, 1 limit ?1");
    rows.bind(1, most);
    SEALPOST_TRY(summary.shares, db::read_rows(rows, [](const db::Statement& row) {
                     Share share = read_share(row, 1);
                     share.name = row.column_text(0);
                     return share;
                 }));
    return summary;
}

}  // namespace

Task<Result<Summary>> Queue::summarize(SummaryBy by, int most)
{
    auto state = state_;
    auto work = [by, most](db::Connection& connection) { return load_summary(connection, by, most); };
    auto summary = co_await state->database->read(std::move(work));
    co_return std::move(summary);
}

}  // namespace sealpost::queue
