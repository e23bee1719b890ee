#pragma once

#include "sys/async/wait.hpp"

namespace sealpost::demo {

// Runs a task on a worker and waits for its answer. From threads that are no workers.
template <class T>
T run_on(async::Workers& workers, Task<T> task)
{
    return async::start_on(workers, 0, std::move(task)).get();
}

}  // namespace sealpost::demo
