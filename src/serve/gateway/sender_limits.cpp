#include "serve/gateway/sender_limits.hpp"

#include "base/text.hpp"

namespace sealpost::gateway {

bool SenderLimits::take_recipient(std::string_view sender, std::chrono::minutes interval, unsigned most)
{
    Key key(ascii_lower(sender), interval);
    const auto now = clock_.now().time_since_epoch();
    const WallTime since(now - now % interval);
    const std::lock_guard guard(lock_);
    auto [at, is_new] = by_key_.try_emplace(key);
    if (is_new) at->second = counts_.insert(counts_.end(), Count{std::move(key), since, 0});
    Count& count = *at->second;
    counts_.splice(counts_.end(), counts_, at->second);
    if (std::exchange(count.since, since) != since) count.recipients = 0;
    if (counts_.size() > max_senders_) {
        by_key_.erase(counts_.front().key);
        counts_.pop_front();
    }
    if (count.recipients >= most) return false;
    ++count.recipients;
    return true;
}

void SenderLimits::give_back(std::string_view sender, std::chrono::minutes interval)
{
    const std::lock_guard guard(lock_);
    const auto found = by_key_.find(Key(ascii_lower(sender), interval));
    if (found != by_key_.end() && found->second->recipients > 0) --found->second->recipients;
}

std::size_t SenderLimits::known_senders() const
{
    const std::lock_guard guard(lock_);
    return counts_.size();
}

}  // namespace sealpost::gateway
