#include "sys/async/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <list>

namespace sealpost::async {
namespace {

using Timer =
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

// How Asio ends a task that waits for something that cannot be cancelled, once it has that.
bool says_cancelled(const std::exception_ptr& failure)
{
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
        return error.code() == boost::asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

}  // namespace

struct TaskGroup::State {
    explicit State(Executor e) : executor(e), all_done(e, std::chrono::steady_clock::time_point::max()) {}
    Executor executor;
    Timer all_done;
    std::list<boost::asio::cancellation_signal> signals;
    bool cancelled = false;
    std::exception_ptr first_failure;

    void cancel_all();
};

TaskGroup::TaskGroup(Executor executor) : state_(std::make_shared<State>(executor)) {}
TaskGroup::~TaskGroup() { cancel(); }

void TaskGroup::spawn(Task<void> child)
{
    auto state = state_;
    const auto signal = state->signals.emplace(state->signals.end());
    boost::asio::co_spawn(state->executor, std::move(child),
                          boost::asio::bind_cancellation_slot(signal->slot(), [state, signal](std::exception_ptr failure) {
                              const bool is_asked_for = failure && state->cancelled && says_cancelled(failure);
                              if (failure && !is_asked_for && !state->first_failure) state->first_failure = failure;
                              state->signals.erase(signal);
                              if (state->signals.empty()) state->all_done.cancel();
                          }));
}

void TaskGroup::State::cancel_all()
{
    cancelled = true;
    for (auto at = signals.begin(); at != signals.end();) {
        auto& signal = *at++;  // the child may end, and leave the list, while it is told
        signal.emit(boost::asio::cancellation_type::terminal);
    }
}

void TaskGroup::cancel() { state_->cancel_all(); }

std::size_t TaskGroup::running() const { return state_->signals.size(); }

Task<void> TaskGroup::join()
{
    auto state = state_;
    // A cancelled parent must not leave by exception while children may still use its frame: it
    // passes the word on, and waits for them.
    const bool throws = co_await boost::asio::this_coro::throw_if_cancelled();
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    bool told = false;
    while (!state->signals.empty()) {
        [[maybe_unused]] auto [error] = co_await state->all_done.async_wait(boost::asio::as_tuple(use_task));
        auto cancellation = co_await boost::asio::this_coro::cancellation_state;
        if (told || cancellation.cancelled() == boost::asio::cancellation_type::none) continue;
        told = true;
        state->cancel_all();
    }
    co_await boost::asio::this_coro::throw_if_cancelled(throws);
    if (state->first_failure) std::rethrow_exception(std::exchange(state->first_failure, nullptr));
}

struct Signal::State {
    explicit State(Executor e) : executor(e), timer(e) {}
    Executor executor;
    Timer timer;
    bool notified = false;
};

Signal::Signal(Executor executor) : state_(std::make_shared<State>(executor)) {}
Signal::~Signal() = default;

void Signal::notify()
{
    state_->notified = true;
    state_->timer.cancel();
}

void Signal::notify_from_outside()
{
    boost::asio::post(state_->executor, [state = state_] {
        state->notified = true;
        state->timer.cancel();
    });
}

Task<bool> Signal::wait(Deadline deadline)
{
    auto state = state_;
    if (!state->notified) {
        state->timer.expires_at(deadline.at());
        [[maybe_unused]] auto [error] = co_await state->timer.async_wait(boost::asio::as_tuple(use_task));
    }
    co_return std::exchange(state->notified, false);
}

}  // namespace sealpost::async
