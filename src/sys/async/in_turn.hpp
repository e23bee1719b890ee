#pragma once

#include "base/result.hpp"
#include "sys/async/task_group.hpp"

#include <algorithm>
#include <vector>

namespace sealpost::async {

namespace detail {

template <class Item, class Work>
Task<void> take_turns(std::vector<Item>& items, std::size_t& next, const Work& work)
{
    while (next < items.size()) {
        Item& item = items[next++];
        co_await work(std::move(item));
    }
}

}  // namespace detail

// Runs work(item), a Task<void>, for each item, so many at the same time on the caller's executor: the next begins when one
// has ended, and who is slow holds up none of the others. What the work refers to outlives the call.
template <class Item, class Work>
Task<void> each_in_turn(std::vector<Item> items, std::size_t at_a_time, Work work)
{
    Executor executor = co_await this_executor();
    std::size_t next = 0;
    TaskGroup group(executor);
    for (std::size_t i = 0; i < std::min(items.size(), at_a_time); ++i) group.spawn(detail::take_turns(items, next, work));
    co_await group.join();
}

// The same where work(item) is a Task<Result<Answer>>: all answers, in the order in which they came, or the first error, behind
// which nothing more is begun.
template <class Answer, class Item, class Work>
Task<Result<std::vector<Answer>>> collect_in_turn(std::vector<Item> items, std::size_t at_a_time, Work work)
{
    Result<std::vector<Answer>> all = std::vector<Answer>();
    auto collect = [&all, &work](Item item) -> Task<void> {
        if (all.has_error()) co_return;
        Result<Answer> answer = co_await work(std::move(item));
        if (all.has_error()) co_return;
        if (answer.has_error())
            all = answer.error();
        else
            all->push_back(std::move(*answer));
    };
    co_await each_in_turn(std::move(items), at_a_time, collect);
    co_return all;
}

}  // namespace sealpost::async
