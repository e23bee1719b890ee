#pragma once

#include "sys/async/task.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace sealpost::async {

// Worker threads, one executor each; a connection stays on the one that accepted it.
class Workers {
public:
    explicit Workers(unsigned count);
    ~Workers();  // stops
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    [[nodiscard]] std::size_t size() const { return loops_.size(); }
    [[nodiscard]] Executor executor(std::size_t index) const;

    // Starts a root task on a worker. An exception that leaves it is reported to on_failure.
    void spawn(std::size_t index, Task<void> root, std::function<void(std::exception_ptr)> on_failure = {});

    void stop();  // ends the loops at once and joins the threads

private:
    struct Loop;
    std::vector<std::unique_ptr<Loop>> loops_;
};

// For the command line and tests: runs one task to its end on the calling thread.
void run_here(std::function<Task<void>()> root);

}  // namespace sealpost::async
