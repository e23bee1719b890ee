#include "sys/async/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace sealpost::async {

Task<Executor> this_executor()
{
    Executor executor = co_await boost::asio::this_coro::executor;
    co_return executor;
}

Task<Result<>> sleep_until(Deadline deadline)
{
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
    Executor executor = co_await boost::asio::this_coro::executor;
    Timer timer(executor, deadline.at());
    auto [error] = co_await timer.async_wait(boost::asio::as_tuple(use_task));
    if (error) co_return Error{Fault::cancelled, "the wait was cancelled"};
    co_return Result<>();
}

}  // namespace sealpost::async
