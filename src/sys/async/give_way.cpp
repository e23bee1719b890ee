#include "sys/async/give_way.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace sealpost::async {

Task<void> give_way()
{
    Executor executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::post(executor, use_task);
}

}  // namespace sealpost::async
