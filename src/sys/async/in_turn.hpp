#pragma once

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

}  // namespace sealpost::async
