#pragma once

#include "sys/async/workers.hpp"

#include <future>

namespace sealpost::demo {

// Runs a task on a worker and waits for its answer. From threads that are no workers.
template <class T>
T run_on(async::Workers& workers, Task<T> task)
{
    std::promise<T> promise;
    const auto run = [](Task<T> inner, std::promise<T>& answer) -> Task<void> {
        auto result = co_await std::move(inner);
        answer.set_value(std::move(result));
    };
    workers.spawn(0, run(std::move(task), promise));
    return promise.get_future().get();
}

}  // namespace sealpost::demo
