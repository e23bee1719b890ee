#include "sys/async/blocking_pool.hpp"

#include "sys/async/resume.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace sealpost::async {

struct BlockingPool::Threads {
    explicit Threads(unsigned count) : pool(count) {}
    boost::asio::thread_pool pool;
};

BlockingPool::BlockingPool(unsigned threads) : threads_(std::make_unique<Threads>(threads)) {}
BlockingPool::~BlockingPool() { threads_->pool.join(); }

Task<void> BlockingPool::run_erased(std::function<void()> work)
{
    std::exception_ptr failure;
    co_await resume_when([&](std::function<void()> resume) {
        boost::asio::post(threads_->pool, [&work, &failure, resume = std::move(resume)] {
            try {
                work();
            } catch (...) {
                failure = std::current_exception();
            }
            resume();
        });
    });
    if (failure) std::rethrow_exception(failure);
}

}  // namespace sealpost::async
