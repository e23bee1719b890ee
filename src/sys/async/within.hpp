#pragma once

#include "sys/async/task.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <variant>

namespace sealpost::async {

// Runs `task` until it ends or the deadline passes; then it is cancelled and the answer is
// Fault::cancelled. Streams and the resolver take a Deadline themselves and are cheaper;
// this is for a whole piece of work.
template <class T>
Task<Result<T>> within(Deadline deadline, Task<Result<T>> task)
{
    using namespace boost::asio::experimental::awaitable_operators;
    auto outcome = co_await (std::move(task) || sleep_until(deadline));
    if (outcome.index() == 0) co_return std::get<0>(std::move(outcome));
    co_return Error{Fault::cancelled, "the time allowed for it ran out"};
}

}  // namespace sealpost::async
