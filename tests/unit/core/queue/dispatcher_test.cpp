#include "core/queue/dispatcher.hpp"

#include "core/queue/queue_fixture.hpp"
#include "deaf_database.hpp"

namespace sealpost::queue {
namespace {

using namespace std::chrono_literals;
using Kind = RecipientOutcome::Kind;

// Delivers by a rule, counts what is under way, and stops the dispatcher after the last expected one.
class ScriptedDeliverer final : public Deliverer {
public:
    explicit ScriptedDeliverer(int expected) : expected_(expected) {}

    Task<Report> deliver(DueMessage message) override
    {
        most_at_once = std::max(most_at_once, ++under_way_);
        auto paused = co_await async::sleep_until(Deadline::after(hang ? std::chrono::hours(1) : 0h));
        --under_way_;
        if (paused.has_error() && at_delivery) at_delivery();
        if (paused.has_error()) co_return std::move(when_cancelled);
        delivered.push_back(message.id);
        if (at_delivery) at_delivery();
        if (static_cast<int>(delivered.size()) == expected_) stop();
        if (breaks) throw std::logic_error("a bug");
        co_return report_of({outcome(0, kind)});
    }

    std::function<void()> stop;
    std::function<void()> at_delivery;
    Report when_cancelled;
    std::vector<MessageId> delivered;
    Kind kind = Kind::delivered;
    bool breaks = false;
    bool hang = false;
    int most_at_once = 0;

private:
    int expected_;
    int under_way_ = 0;
};

class QueueDispatcher : public QueueFixture {
protected:
    static Task<void> run(std::shared_ptr<Queue> queue, ScriptedDeliverer& deliverer, DispatcherLimits limits,
                          std::chrono::milliseconds drain)
    {
        Executor executor = co_await async::this_executor();
        Dispatcher dispatcher(std::move(queue), deliverer, executor, log::Log::silent(), limits);
        deliverer.stop = [&] { dispatcher.stop(drain); };
        co_await dispatcher.run();
    }
    void dispatch(ScriptedDeliverer& deliverer, DispatcherLimits limits = {})
    {
        async::run_here([&] { return run(queue_, deliverer, limits, 10s); });
    }
};

TEST_F(QueueDispatcher, DeliversEverythingOnceWithBoundedConcurrency)
{
    for (int number = 0; number < 100; ++number) accept(make_message({"user@d" + std::to_string(number % 5) + ".test"}));
    ScriptedDeliverer deliverer(100);
    DispatcherLimits limits;
    limits.max_deliveries = 8;
    dispatch(deliverer, limits);
    EXPECT_EQ(std::set(deliverer.delivered.begin(), deliverer.delivered.end()).size(), 100U);
    EXPECT_LE(deliverer.most_at_once, 8);
    EXPECT_GT(deliverer.most_at_once, 1);
    EXPECT_EQ(wait_for(queue_->count()).value().messages, 0);
}

// After days without us that is much.
TEST_F(QueueDispatcher, DeliversWhileOldHistoryIsErased)
{
    constexpr int rows = 40'000;
    ASSERT_TRUE(database_
                    ->write_now([&](db::Connection& connection) -> Result<> {
                        return connection
                            .prepare(
                                "with recursive n (i) as (select 1 union all select i + 1 from n where i < ?1) "
                                "insert into queue_history (message, number, parent, bytes, lane, sender, address, accepted_at, "
                                "finished_at, attempts, state, code, reply, remote_host, facts, message_facts) "
                                "select i, 0, 0, 0, 'relay', '', '', 0, 0, 1, 'delivered', '', '', '', '', '' from n")
                            .bind(1, rows)
                            .run();
                    })
                    .has_value());
    accept(make_message({"bob@partner.test"}));
    ScriptedDeliverer deliverer(1);
    std::int64_t left = 0;
    deliverer.at_delivery = [&] { left = ask("select count(*) from queue_history where message <= " + std::to_string(rows)); };
    dispatch(deliverer);
    EXPECT_GT(left, 0);
}

TEST_F(QueueDispatcher, FollowsUpWithTheReportOfAFailure)
{
    accept(make_message({"bob@partner.test"}));
    ScriptedDeliverer deliverer(2);  // the message, then its DSN, whose failure is dropped
    deliverer.kind = Kind::failed;
    dispatch(deliverer);
    EXPECT_EQ(wait_for(queue_->count()).value().messages, 0);
}

TEST_F(QueueDispatcher, KeepsTheMessageOfADelivererThatThrows)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    ScriptedDeliverer deliverer(1);
    deliverer.breaks = true;
    dispatch(deliverer);
    const auto view = wait_for(queue_->show(id)).value();
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->attempts, 1);
    EXPECT_GT(view->due_at, clock_.now());
}

NewMessage make_message_to_bob() { return make_message({"bob@partner.test"}); }

// Accepts while the dispatcher sleeps without a poll that could find the message by chance.
class AcceptingDeliverer final : public Deliverer {
public:
    Task<Report> deliver(DueMessage message) override
    {
        delivered.push_back(message.id);
        stop();
        co_return report_of({outcome(0, Kind::delivered)});
    }
    std::function<void()> stop;
    std::vector<MessageId> delivered;
};

Task<void> accept_later(std::shared_ptr<Queue> queue, Dispatcher& dispatcher)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    group.spawn(dispatcher.run());
    auto slept = co_await async::sleep_until(Deadline::after(20ms));  // the dispatcher comes to rest
    EXPECT_TRUE(slept.has_value());
    auto writer = queue->begin();
    std::string text = "text";
    auto written = co_await writer->write(std::move(text));
    EXPECT_TRUE(written.has_value());
    NewMessage message = make_message_to_bob();
    auto accepted = co_await queue->accept(std::move(message), std::move(writer));
    EXPECT_TRUE(accepted.has_value());
    co_await group.join();
}

Task<void> run_accepting(std::shared_ptr<Queue> queue, AcceptingDeliverer& deliverer)
{
    Executor executor = co_await async::this_executor();
    DispatcherLimits limits;
    limits.poll_interval = 1h;
    Dispatcher dispatcher(queue, deliverer, executor, log::Log::silent(), limits);
    deliverer.stop = [&] { dispatcher.stop(10s); };
    co_await accept_later(queue, dispatcher);
}

TEST_F(QueueDispatcher, WakesWhenAMessageIsAccepted)
{
    AcceptingDeliverer deliverer;
    async::run_here([&] { return run_accepting(queue_, deliverer); });
    EXPECT_EQ(deliverer.delivered.size(), 1U);
    EXPECT_EQ(wait_for(queue_->count()).value().messages, 0);
}

// Ends each delivery without waiting for anything, so that its settlement has begun before it is over.
class HastyDeliverer final : public Deliverer {
public:
    explicit HastyDeliverer(int expected) : left_(expected) {}
    Task<Report> deliver(DueMessage) override
    {
        if (--left_ == 0) stop();
        co_return report_of({outcome(0, Kind::delivered)});
    }
    std::function<void()> stop;

private:
    int left_;
};

Task<void> run_hasty(std::shared_ptr<Queue> queue, HastyDeliverer& deliverer, DispatcherLimits limits)
{
    Executor executor = co_await async::this_executor();
    Dispatcher dispatcher(std::move(queue), deliverer, executor, log::Log::silent(), limits);
    deliverer.stop = [&] { dispatcher.stop(10s); };
    co_await dispatcher.run();
}

TEST_F(QueueDispatcher, LeavesItsThreadToOthersWhileMoreIsUnderWayThanThereArePlaces)
{
    for (int number = 0; number < 4; ++number) accept(make_message_to_bob());
    HastyDeliverer deliverer(4);
    DispatcherLimits limits;
    limits.max_deliveries = 1;
    limits.poll_interval = 10s;  // which would end it
    const auto begun = Deadline::Clock::now();
    async::run_here([&] { return run_hasty(queue_, deliverer, limits); });
    EXPECT_LT(Deadline::Clock::now() - begun, limits.poll_interval);
    EXPECT_EQ(wait_for(queue_->count()).value().messages, 0);
}

// Stops while a delivery hangs: it is cancelled after the drain, and the message is due as before.
Task<void> run_hanging(std::shared_ptr<Queue> queue, ScriptedDeliverer& deliverer)
{
    Executor executor = co_await async::this_executor();
    Dispatcher dispatcher(queue, deliverer, executor, log::Log::silent());
    async::TaskGroup group(executor);
    group.spawn(dispatcher.run());
    while (deliverer.most_at_once == 0) {
        auto slept = co_await async::sleep_until(Deadline::after(1ms));
        EXPECT_TRUE(slept.has_value());
    }
    dispatcher.stop(1ms);
    co_await group.join();
}

TEST_F(QueueDispatcher, GivesBackWhatHangsWhenTheProgramStops)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    ScriptedDeliverer deliverer(1);
    deliverer.hang = true;
    async::run_here([&] { return run_hanging(queue_, deliverer); });
    EXPECT_TRUE(deliverer.delivered.empty());
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].id, id);
    EXPECT_EQ(due[0].attempt, 1);
}

TEST_F(QueueDispatcher, KeepsWhatWasDeliveredAtTheEndOfTheDrainThoughTheStoreIsBusy)
{
    const auto busy = std::make_shared<test::DeafDatabase>(database_);
    queue_ = Queue::open(busy, clock_, log::Log::silent(), settings_).value();
    const auto id = accept(make_message({"bob@partner.test"}));
    ScriptedDeliverer deliverer(1);
    deliverer.hang = true;
    deliverer.when_cancelled = report_of({outcome(0, Kind::delivered)});
    deliverer.at_delivery = [&] { busy->refuses = 2; };
    async::run_here([&] { return run_hanging(queue_, deliverer); });
    EXPECT_EQ(busy->refuses, 0);
    EXPECT_FALSE(wait_for(queue_->show(id)).value().has_value());
}

}  // namespace
}  // namespace sealpost::queue
