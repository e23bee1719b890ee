#include "sys/async/resume.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <memory>

namespace sealpost::async {

Task<void> resume_when(std::function<void(std::function<void()> resume)> start)
{
    co_await boost::asio::async_initiate<const UseTask, void()>(
        [&start](auto handler) {
            auto executor = boost::asio::get_associated_executor(handler);
            auto guard = boost::asio::make_work_guard(executor);
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            // The guard goes along: once the task goes on it may end everything, and whoever resumed it, on a thread of
            // its own, must not touch the executor any more.
            start([shared, executor, guard]() mutable {
                boost::asio::post(executor, [shared, guard = std::move(guard)]() mutable { std::move (*shared)(); });
            });
        },
        use_task);
}

}  // namespace sealpost::async
