#include "serve/dmarcreports/chores.hpp"

#include "core/dmarcreports/reports_fixture.hpp"
#include "sys/async/task_group.hpp"

namespace sealpost::dmarcreports {
namespace {

class ChoresTest : public ReportsFixture {};

// Looks until `seen` messages are written, then ends the chores.
Task<void> run_until_written(std::shared_ptr<Reports> reports, std::int64_t seen)
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
        Filter all;
        auto periods = co_await reports->list_periods(std::move(all));
        messages = periods->empty() ? 0 : periods->front().messages;
    }
    EXPECT_EQ(messages, seen);
    group.cancel();
    co_await group.join();  // also in the middle of a write, which ends all the same
}

// Never answers.
class SilentResolver final : public dns::Resolver {
public:
    Task<dns::Answer> query(std::string, dns::Type, Deadline) override
    {
        was_asked = true;
        [[maybe_unused]] auto slept = co_await async::sleep_until(Deadline::never());
        co_return dns::Answer();
    }
    bool was_asked = false;
};

Task<void> count_while_sending(std::shared_ptr<Reports> reports, std::shared_ptr<SilentResolver> resolver, WallTime now)
{
    ManualClock clock(now + std::chrono::hours(26));
    Sender::Parts sending;
    sending.reports = reports;
    sending.resolver = resolver;
    sending.clock = &clock;
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    ChoreParts parts;
    parts.reports = reports;
    parts.flush_interval = std::chrono::milliseconds(1);
    group.spawn(run_chores(std::move(parts)));
    SendingParts others;
    others.is_ours = [] { return false; };  // without a sender: it must not be asked
    group.spawn(send_reports(std::move(others)));
    SendingParts ours;
    ours.sender = std::make_shared<Sender>(std::move(sending));
    group.spawn(send_reports(std::move(ours)));
    const Deadline deadline = Deadline::after(std::chrono::seconds(5));
    std::int64_t messages = 0;
    bool has_counted = false;
    while (messages < 2 && !deadline.has_passed()) {
        if (resolver->was_asked && !std::exchange(has_counted, true)) reports->record(make_judged(now));
        Filter all;
        auto periods = co_await reports->list_periods(std::move(all));
        messages = periods->empty() ? 0 : periods->front().messages;
    }
    EXPECT_TRUE(resolver->was_asked);
    EXPECT_EQ(messages, 2);
    group.cancel();
    co_await group.join();
}

TEST_F(ChoresTest, WriteWhatIsCountedWhileAReportWaitsForAnAnswer)
{
    const WallTime now = clock_.now();
    auto judged = make_judged(now);
    judged.record.aggregate_reports = {{"d@elsewhere.test", 0}};
    reports_->record(judged);
    ASSERT_TRUE(reports_->flush_now().has_value());
    clock_.advance(std::chrono::hours(26));
    const auto resolver = std::make_shared<SilentResolver>();
    async::run_here([&] { return count_while_sending(reports_, resolver, now); });
}

TEST_F(ChoresTest, WriteWhatWasCountedAndEndWhenTheyAreCancelled)
{
    for (int i = 0; i < 5; ++i) reports_->record(make_judged(clock_.now()));
    async::run_here([&] { return run_until_written(reports_, 5); });
}

}  // namespace
}  // namespace sealpost::dmarcreports
