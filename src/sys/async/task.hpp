// async: coroutines, deadlines, groups of tasks and the blocking pool. Asio stays inside sys.
// A coroutine returns Task<Result<T>>; every one that waits takes a Deadline; every task has a
// parent that joins it. A task lives on one executor, and an executor on one thread.
#pragma once

#include "base/result.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace sealpost::async {

using Executor = boost::asio::io_context::executor_type;

template <class T = void>
using Task = boost::asio::awaitable<T, Executor>;

using UseTask = boost::asio::use_awaitable_t<Executor>;
inline constexpr UseTask use_task{};

// The latest moment at which a wait may end. Passing it is Fault::cancelled or retry_later,
// as the function that takes it says.
class Deadline {
public:
    using Clock = std::chrono::steady_clock;

    static Deadline after(Clock::duration delay) { return Deadline(Clock::now() + delay); }
    static Deadline never() { return Deadline(Clock::time_point::max()); }

    [[nodiscard]] Clock::time_point at() const { return at_; }
    [[nodiscard]] bool is_never() const { return at_ == Clock::time_point::max(); }
    [[nodiscard]] bool has_passed() const { return !is_never() && Clock::now() >= at_; }
    [[nodiscard]] Deadline or_sooner(Deadline other) const { return other.at_ < at_ ? other : *this; }

private:
    explicit Deadline(Clock::time_point at) : at_(at) {}
    Clock::time_point at_;
};

// The executor of the running task.
Task<Executor> this_executor();

// Sleeps until the deadline; answers Fault::cancelled at once when the task is cancelled.
Task<Result<>> sleep_until(Deadline deadline);

}  // namespace sealpost::async

namespace sealpost {
using async::Deadline;
using async::Executor;
using async::Task;
}  // namespace sealpost
