#include "serve/dmarcreports/chores.hpp"

#include "core/reports/reports_fixture.hpp"
#include "sys/async/task_group.hpp"

namespace sealpost::dmarcreports {
namespace {

class ChoresTest : public reports::ReportsFixture {};

// Looks until `seen` messages are written, then ends the chores.
Task<void> run_until_written(std::shared_ptr<reports::Reports> reports, std::int64_t seen)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    ChoreParts parts;
    parts.reports = reports;
    parts.flush_interval = std::chrono::milliseconds(1);
    group.spawn(run_chores(std::move(parts)));
    const Deadline deadline = Deadline::after(std::chrono::seconds(20));
    std::int64_t messages = 0;
    while (messages < seen && !deadline.has_passed()) {
        reports::Filter all;
        auto periods = co_await reports->list_periods(std::move(all));
        messages = periods->empty() ? 0 : periods->front().messages;
    }
    EXPECT_EQ(messages, seen);
    group.cancel();
    co_await group.join();  // also in the middle of a write, which ends all the same
}

TEST_F(ChoresTest, WriteWhatWasCountedAndEndWhenTheyAreCancelled)
{
    for (int i = 0; i < 5; ++i) reports_->record(reports::make_judged(clock_.now()));
    async::run_here([&] { return run_until_written(reports_, 5); });
}

}  // namespace
}  // namespace sealpost::dmarcreports
