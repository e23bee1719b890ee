#include "serve/gateway/suspension_watch.hpp"

#include <algorithm>

namespace sealpost::gateway {
namespace {

constexpr std::chrono::seconds look_interval{1};

// More than it has to: a table of its own for a subdomain takes that out of its domain's suspension, too.
bool may_end_suspension(const policy::Snapshot& before, const policy::Snapshot& now)
{
    const auto& earlier = before.document().destinations;
    if (std::ranges::none_of(earlier, &policy::Destination::is_suspended)) return false;
    return !std::ranges::equal(
        earlier, now.document().destinations, {}, [](const auto& each) { return std::pair(each.domain, each.is_suspended); },
        [](const auto& each) { return std::pair(each.domain, each.is_suspended); });
}

}  // namespace

SuspensionWatch::SuspensionWatch(std::shared_ptr<const revisions::PolicyStore> policy, std::shared_ptr<queue::Queue> queue,
                                 log::Log log)
    : policy_(std::move(policy)), queue_(std::move(queue)), log_(std::move(log))
{
}

Task<void> SuspensionWatch::look()
{
    auto current = policy_->current();
    if (current == seen_) co_return;
    if (!seen_ || may_end_suspension(*seen_, *current)) {
        auto asked = co_await queue_->ask_suspended();
        if (asked.has_error()) {  // the next look asks again
            if (!is_failing_) log_.warning("queue.suspended_not_asked", {{"problem", asked.error().text}});
            is_failing_ = true;
            co_return;
        }
    }
    is_failing_ = false;
    seen_ = std::move(current);
}

Task<void> SuspensionWatch::run()
{
    while (true) {
        auto slept = co_await async::sleep_until(Deadline::after(look_interval));
        if (slept.has_error()) co_return;
        co_await look();
    }
}

}  // namespace sealpost::gateway
