#pragma once

#include "core/queue/queue.hpp"
#include "sys/async/task_group.hpp"

#include <chrono>
#include <memory>

namespace sealpost::queue {

// The seam between keeping and sending. An exception counts as "try again later" for every recipient.
class Deliverer {
public:
    virtual ~Deliverer() = default;
    virtual Task<Report> deliver(DueMessage message) = 0;
};

struct DispatcherLimits {
    int max_deliveries = 100;                       // at the same time
    MostToDomain most_to_domain = usual_most;       // of them, to one destination domain
    std::chrono::milliseconds poll_interval{1000};  // for changes made by another process
};

// Claims what is due, delivers with bounded concurrency, settles. Wakes when the queue accepts or
// releases something, and when the next message becomes due. Lives on one executor.
class Dispatcher {
public:
    Dispatcher(std::shared_ptr<Queue> queue, Deliverer& deliverer, Executor executor, log::Log log, DispatcherLimits limits = {});
    ~Dispatcher();
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    Task<void> run();  // until stop(); then waits for the deliveries under way
    // From any thread. Nothing new is begun; deliveries still under way after `drain` are cancelled,
    // and their messages are due again.
    void stop(std::chrono::milliseconds drain);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace sealpost::queue
