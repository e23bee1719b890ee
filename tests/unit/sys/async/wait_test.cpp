#include "sys/async/wait.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace sealpost::async {
namespace {

Task<std::unique_ptr<int>> answer_later(int number)
{
    [[maybe_unused]] auto slept = co_await sleep_until(Deadline::after(std::chrono::milliseconds(1)));
    co_return std::make_unique<int>(number);
}

Task<void> note_thread(std::thread::id& place)
{
    place = std::this_thread::get_id();
    co_return;
}

Task<int> fail()
{
    throw std::logic_error("a broken promise");
    co_return 0;
}

TEST(WaitHere, RunsATaskToItsEndOnThisThread)
{
    EXPECT_EQ(*wait_here(answer_later(42)), 42);
    std::thread::id thread;
    wait_here(note_thread(thread));
    EXPECT_EQ(thread, std::this_thread::get_id());
    EXPECT_THROW(wait_here(fail()), std::logic_error);
}

TEST(StartOn, RunsATaskOnAWorkerAndGivesItsAnswer)
{
    Workers workers(2);
    auto number = start_on(workers, 1, answer_later(42));
    EXPECT_EQ(*number.get(), 42);
    std::thread::id thread;
    start_on(workers, 0, note_thread(thread)).get();
    EXPECT_NE(thread, std::this_thread::get_id());
    EXPECT_THROW(start_on(workers, 0, fail()).get(), std::logic_error);
}

}  // namespace
}  // namespace sealpost::async
