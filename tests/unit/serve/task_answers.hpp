#pragma once

#include "core/queue/queue_fixture.hpp"

namespace sealpost::test {

inline Task<void> run_through(Task<void> task, bool& ended)
{
    co_await std::move(task);
    ended = true;
}

// Runs a task without an answer to its end on this thread.
inline void run(Task<void> task)
{
    bool ended = false;
    async::run_here([&] { return run_through(std::move(task), ended); });
    EXPECT_TRUE(ended);
}

}  // namespace sealpost::test
