#include "serve/domaintests/quota.hpp"

namespace sealpost::domaintests {

std::optional<std::chrono::seconds> Quota::find_wait(const std::string& name, WallTime now) const
{
    const auto found = counted_.find(name);
    if (found == counted_.end() || found->second.size() < most_) return std::nullopt;
    // Room comes when the oldest of the last `most_` is over. One that is yet to come is of a clock that was ahead.
    const WallTime oldest = found->second[found->second.size() - most_];
    if (oldest > now || oldest + in_ <= now) return std::nullopt;
    return std::chrono::ceil<std::chrono::seconds>(oldest + in_ - now);
}

void Quota::count(const std::string& name, WallTime now)
{
    forget(now);
    counted_[name].push_back(now);
    order_.emplace_back(now, name);
}

void Quota::forget(WallTime now)
{
    const auto is_over = [&](WallTime counted) { return counted > now || counted + in_ <= now; };
    while (!order_.empty() && (is_over(order_.front().first) || counted_.size() >= most_names_)) {
        const auto found = counted_.find(order_.front().second);
        if (found != counted_.end()) {
            found->second.pop_front();
            if (found->second.empty()) counted_.erase(found);
        }
        order_.pop_front();
    }
}

}  // namespace sealpost::domaintests
