// For threads that may wait: those of commands and tests, and whoever starts and stops a node. Never on a worker.
#pragma once

#include "sys/async/workers.hpp"

#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <type_traits>

namespace sealpost::async {
namespace detail {

template <class T>
Task<void> keep_answer(Task<T> task, std::optional<T>& place)
{
    auto answer = co_await std::move(task);
    place.emplace(std::move(answer));
}

template <class T>
Task<void> tell_answer(Task<T> task, std::shared_ptr<std::promise<T>> promise)
{
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(task);
            promise->set_value();
        } else {
            auto answer = co_await std::move(task);
            promise->set_value(std::move(answer));
        }
    } catch (...) {
        promise->set_exception(std::current_exception());
    }
}

}  // namespace detail

// Runs a task to its end on this thread and gives its answer, or throws what left it.
template <class T>
T wait_here(Task<T> task)
{
    std::optional<T> place;
    run_here([&] { return detail::keep_answer(std::move(task), place); });
    return std::move(*place);
}

inline void wait_here(Task<void> task)
{
    run_here([&] { return std::move(task); });
}

// Runs a task on a worker; its answer, or what left it, is in the future.
template <class T>
[[nodiscard]] std::future<T> start_on(Workers& workers, std::size_t index, Task<T> task)
{
    auto promise = std::make_shared<std::promise<T>>();
    auto answer = promise->get_future();
    workers.spawn(index, detail::tell_answer(std::move(task), std::move(promise)));
    return answer;
}

}  // namespace sealpost::async
