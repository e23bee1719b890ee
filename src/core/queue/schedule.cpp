#include "core/queue/schedule.hpp"

namespace sealpost::queue {

bool Schedule::note(const std::string& domain, WallTime due_at)
{
    const std::lock_guard lock(mutex_);
    return note_locked(domain, due_at);
}

bool Schedule::note_locked(const std::string& domain, WallTime due_at)
{
    if (in_ring_.contains(domain) || full_.contains(domain)) return false;
    const auto [known, is_new] = due_.try_emplace(domain, due_at);
    if (!is_new) {
        if (known->second <= due_at) return false;
        in_order_.erase({known->second, domain});
        known->second = due_at;
    }
    in_order_.emplace(due_at, domain);
    return true;
}

void Schedule::collect_due(WallTime now)
{
    while (!in_order_.empty() && in_order_.begin()->first <= now) {
        const std::string domain = in_order_.begin()->second;
        in_order_.erase(in_order_.begin());
        due_.erase(domain);
        in_ring_.insert(domain);
        ring_.push_back(domain);
    }
}

std::optional<Schedule::Claim> Schedule::begin_claim(WallTime now, int most, int most_per_domain)
{
    const std::lock_guard lock(mutex_);
    if (is_claiming_) return std::nullopt;
    is_claiming_ = true;
    collect_due(now);
    Claim claim;
    const int share = std::max<int>(1, most / std::max<int>(1, static_cast<int>(ring_.size())));
    while (most > 0 && !ring_.empty()) {
        std::string domain = std::move(ring_.front());
        ring_.pop_front();
        in_ring_.erase(domain);
        const auto held = leases_of_.find(domain);
        const int leased = held == leases_of_.end() ? 0 : held->second;
        const int quota = std::min({share, most, most_per_domain - leased});
        if (quota <= 0) {
            full_.insert(std::move(domain));
            continue;
        }
        most -= quota;
        claim.turns.push_back({std::move(domain), quota, leased});
    }
    for (const auto& [message, domain] : leases_) claim.leased.insert(message);
    return claim;
}

void Schedule::end_claim(const std::vector<Found>& found, WallTime now)
{
    const std::lock_guard lock(mutex_);
    is_claiming_ = false;
    for (const auto& turn : found) {
        for (const auto message : turn.messages) {
            leases_.emplace(message, turn.domain);
            ++leases_of_[turn.domain];
        }
        if (turn.has_more) {
            note_locked(turn.domain, now);
        } else if (turn.next_due) {
            note_locked(turn.domain, *turn.next_due);
        }
    }
}

void Schedule::abandon_claim(const Claim& claim, WallTime now)
{
    const std::lock_guard lock(mutex_);
    is_claiming_ = false;
    for (const auto& turn : claim.turns) note_locked(turn.domain, now);
}

std::optional<std::string> Schedule::release(MessageId message, WallTime now)
{
    const std::lock_guard lock(mutex_);
    const auto found = leases_.find(message);
    if (found == leases_.end()) return std::nullopt;
    std::string domain = std::move(found->second);
    leases_.erase(found);
    if (const auto count = leases_of_.find(domain); --count->second == 0) leases_of_.erase(count);
    if (full_.erase(domain) > 0) note_locked(domain, now);
    return domain;
}

bool Schedule::is_leased(MessageId message) const
{
    const std::lock_guard lock(mutex_);
    return leases_.contains(message);
}

std::optional<WallTime> Schedule::next_due() const
{
    const std::lock_guard lock(mutex_);
    if (!ring_.empty()) return WallTime{};
    if (in_order_.empty()) return std::nullopt;
    return in_order_.begin()->first;
}

}  // namespace sealpost::queue
