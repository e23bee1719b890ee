#include "sys/async/blocking_pool.hpp"
#include "sys/async/in_turn.hpp"
#include "sys/async/resume.hpp"
#include "sys/async/task_group.hpp"
#include "sys/async/within.hpp"
#include "sys/async/workers.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace sealpost::async {
namespace {

Task<Result<int>> answer_after(Deadline deadline)
{
    auto slept = co_await sleep_until(deadline);
    if (slept.has_error()) co_return slept.error();
    co_return 42;
}

Task<void> count_up(int& counter, Deadline deadline)
{
    auto slept = co_await sleep_until(deadline);
    if (slept.has_value()) ++counter;
}

TEST(Within, CancelsWorkThatOutlivesItsDeadline)
{
    run_here([]() -> Task<void> {
        auto answer = co_await within(Deadline::after(std::chrono::milliseconds(1)), answer_after(Deadline::never()));
        EXPECT_TRUE(answer.has_error());
        EXPECT_EQ(answer.error().fault, Fault::cancelled);
        auto quick = co_await within(Deadline::never(), answer_after(Deadline::after(std::chrono::milliseconds(1))));
        EXPECT_EQ(quick.value(), 42);
    });
}

Task<void> run_a_group(int& counter)
{
    Executor executor = co_await this_executor();
    TaskGroup group(executor);
    for (int i = 0; i < 5; ++i) group.spawn(count_up(counter, Deadline::after(std::chrono::milliseconds(1))));
    co_await group.join();
    EXPECT_EQ(counter, 5);
    for (int i = 0; i < 5; ++i) group.spawn(count_up(counter, Deadline::never()));
    group.cancel();
    co_await group.join();
    EXPECT_EQ(counter, 5);
}

TEST(TaskGroup, JoinsItsChildrenAndCancelsThem)
{
    int counter = 0;
    run_here([&counter] { return run_a_group(counter); });
}

Task<void> note_the_end(bool& ended)
{
    auto slept = co_await sleep_until(Deadline::never());
    ended = slept.has_error();
}

Task<Result<int>> wait_for_child(bool& ended, bool& joined)
{
    Executor executor = co_await this_executor();
    TaskGroup group(executor);
    group.spawn(note_the_end(ended));
    co_await group.join();
    joined = group.running() == 0;
    co_return 1;
}

Task<void> cancel_a_parent(bool& ended, bool& joined)
{
    auto outcome = co_await within(Deadline::after(std::chrono::milliseconds(1)), wait_for_child(ended, joined));
    EXPECT_TRUE(outcome.has_error());
}

TEST(TaskGroup, ACancelledParentCancelsItsChildrenAndWaitsForThem)
{
    bool ended = false;
    bool joined = false;
    run_here([&] { return cancel_a_parent(ended, joined); });
    EXPECT_TRUE(ended);
    EXPECT_TRUE(joined);
}

// Waits for something that cannot be cancelled, as a write of the store.
Task<void> wait_for_outside(std::function<void()>& resume)
{
    co_await resume_when([&resume](std::function<void()> go_on) { resume = std::move(go_on); });
    co_await resume_when([](const std::function<void()>& go_on) { go_on(); });
}

template <class Child>
Task<void> cancel_while_it_waits(Child child)
{
    Executor executor = co_await this_executor();
    TaskGroup group(executor);
    std::function<void()> resume;
    group.spawn(child(resume));
    while (!resume) co_await sleep_until(Deadline::after(std::chrono::milliseconds(1)));
    group.cancel();
    resume();
    co_await group.join();
}

TEST(TaskGroup, AChildThatEndsBecauseItWasAskedToIsNoFailure)
{
    EXPECT_NO_THROW(run_here([] { return cancel_while_it_waits(wait_for_outside); }));
}

Task<void> run_blocking(BlockingPool& pool)
{
    const auto here = std::this_thread::get_id();
    const auto there = co_await pool.run([] { return std::this_thread::get_id(); });
    EXPECT_NE(here, there);
    EXPECT_EQ(here, std::this_thread::get_id());
    auto failed = co_await pool.run([]() -> Result<int> { return Error{Fault::denied, "no"}; });
    EXPECT_EQ(failed.error().fault, Fault::denied);
}

struct Turns {
    int running = 0, most = 0;
    std::vector<int> ended;
};

// The first one takes longest.
Task<void> take_a_turn(Turns& turns, int item)
{
    turns.most = std::max(turns.most, ++turns.running);
    for (int i = 0; i < (item == 0 ? 20 : 1); ++i)
        [[maybe_unused]] auto slept = co_await sleep_until(Deadline::after(std::chrono::milliseconds(1)));
    --turns.running;
    turns.ended.push_back(item);
}

TEST(EachInTurn, LetsNobodyWaitForTheSlowAndRunsSoManyAtATime)
{
    Turns turns;
    const auto take = [&turns](int item) { return take_a_turn(turns, item); };
    run_here([&] { return each_in_turn(std::vector<int>{0, 1, 2, 3, 4}, 2, take); });
    EXPECT_EQ(turns.most, 2);
    EXPECT_EQ(turns.ended.size(), 5U);
    EXPECT_EQ(turns.ended.front(), 1);
    EXPECT_EQ(turns.ended.back(), 0) << "the others went on beside it";
    run_here([&] { return each_in_turn(std::vector<int>(), 2, take); });
    EXPECT_EQ(turns.ended.size(), 5U);
}

TEST(BlockingPool, WorksElsewhereAndAnswersHere)
{
    BlockingPool pool(2);
    run_here([&pool] { return run_blocking(pool); });
}

}  // namespace
}  // namespace sealpost::async
