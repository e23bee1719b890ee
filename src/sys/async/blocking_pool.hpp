#pragma once

#include "sys/async/task.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace sealpost::async {

// Threads for work that blocks: SQLite, fsync, password hashing. A worker thread never does.
class BlockingPool {
public:
    explicit BlockingPool(unsigned threads);
    ~BlockingPool();  // waits for the work under way
    BlockingPool(const BlockingPool&) = delete;
    BlockingPool& operator=(const BlockingPool&) = delete;

    // Runs `work` on a pool thread and answers on the caller's executor. The work always runs to
    // its end; cancelling the caller does not interrupt it.
    template <class Work>
    auto run(Work work) -> Task<std::invoke_result_t<Work&>>
    {
        std::optional<std::invoke_result_t<Work&>> answer;
        co_await run_erased([&] { answer.emplace(work()); });
        co_return std::move(*answer);
    }

private:
    Task<void> run_erased(std::function<void()> work);
    struct Threads;
    std::unique_ptr<Threads> threads_;
};

}  // namespace sealpost::async
