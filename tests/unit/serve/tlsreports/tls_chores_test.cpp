#include "core/tlsreports/tls_reports_fixture.hpp"
#include "serve/tlsreports/chores.hpp"
#include "sys/async/task_group.hpp"

namespace sealpost::tlsreports {
namespace {

class TlsChoresTest : public TlsReportsFixture {};

// Looks until `seen` sessions are written, then ends the chores.
Task<void> run_until_written(std::shared_ptr<Reports> reports, std::int64_t seen)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    ChoreParts parts;
    parts.reports = reports;
    parts.flush_interval = std::chrono::milliseconds(1);
    group.spawn(run_chores(std::move(parts)));
    const Deadline deadline = Deadline::after(std::chrono::seconds(20));
    std::int64_t sessions = 0;
    while (sessions < seen && !deadline.has_passed()) {
        Filter all;
        auto periods = co_await reports->list_periods(std::move(all));
        sessions = periods->empty() ? 0 : periods->front().succeeded;
    }
    EXPECT_EQ(sessions, seen);
    group.cancel();
    co_await group.join();  // also in the middle of a write, which ends all the same
}

TEST_F(TlsChoresTest, WriteWhatWasCountedAndEndWhenTheyAreCancelled)
{
    for (int i = 0; i < 5; ++i) tls_->record(make_success(clock_.now()));
    async::run_here([&] { return run_until_written(tls_, 5); });
}

}  // namespace
}  // namespace sealpost::tlsreports
