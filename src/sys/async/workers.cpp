#include "sys/async/workers.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <thread>

namespace sealpost::async {

struct Workers::Loop {
    Loop() : guard(boost::asio::make_work_guard(context)), thread([this] { context.run(); }) {}
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<Executor> guard;
    std::thread thread;
};

Workers::Workers(unsigned count)
{
    for (unsigned i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>());
}

Workers::~Workers() { stop(); }

Executor Workers::executor(std::size_t index) const { return loops_[index % loops_.size()]->context.get_executor(); }

void Workers::spawn(std::size_t index, Task<void> root, std::function<void(std::exception_ptr)> on_failure)
{
    boost::asio::co_spawn(executor(index), std::move(root), [on_failure = std::move(on_failure)](std::exception_ptr failure) {
        if (!failure) return;
        if (!on_failure) std::terminate();
        on_failure(failure);
    });
}

void Workers::stop()
{
    for (auto& loop : loops_) loop->context.stop();
    for (auto& loop : loops_)
        if (loop->thread.joinable()) loop->thread.join();
}

void run_here(std::function<Task<void>()> root)
{
    boost::asio::io_context context{1};
    std::exception_ptr thrown;
    boost::asio::co_spawn(context.get_executor(), root(), [&thrown](std::exception_ptr failure) { thrown = failure; });
    context.run();
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace sealpost::async
