#include "core/queue/schedule.hpp"

#include <algorithm>

namespace sealpost::queue {
namespace {

constexpr std::chrono::milliseconds step{1};  // between two messages of one sender in the line
constexpr std::size_t max_senders = 200'000;  // who wait in all lines
constexpr std::size_t max_lines = 200'000;
constexpr std::size_t max_prompt_domains = 100'000;
constexpr std::chrono::seconds prompt{30};
constexpr std::chrono::seconds suspended_look{3};  // until a suspended domain is asked about again
constexpr int least_places_to_keep_some = 40;

// Kept for domains that deliver promptly, of so many places in all.
int find_reserve(int places) { return places < least_places_to_keep_some ? 0 : places / 4; }

}  // namespace

bool Schedule::note(const std::string& domain, WallTime due_at)
{
    const std::lock_guard lock(mutex_);
    return note_locked(domain, due_at);
}

bool Schedule::note_locked(const std::string& domain, WallTime due_at)
{
    if (in_ring_.contains(domain) || full_.contains(domain) || in_park_.contains(domain)) return false;
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

// Start-time fair queueing: a sender who has nothing in the line comes in where the line has got to, and each further message
// of his a step behind his last one, but none later than now. Whoever comes in ahead moves that point on, so that senders
// without number do not hold up those who wait already. After a restart all goes by age until the line is known again.
WallTime Schedule::take_turn(const std::string& domain, const std::string& sender, WallTime now)
{
    const std::lock_guard lock(mutex_);
    Line& line = find_line(domain, now);
    const auto known = line.last_of.find(sender);
    const bool is_first = known == line.last_of.end();
    const WallTime behind_himself = is_first ? line.reached : known->second + step;
    const bool comes_in_ahead = is_first ? line.reached < now : behind_himself < line.reached;
    const WallTime turn = std::min(now, std::max(line.reached, behind_himself));
    if (is_first)
        remember(domain, line, sender, turn);
    else
        known->second = turn;
    if (comes_in_ahead) line.reached += step;
    return turn;
}

// Beyond the most lines any of them goes: its domain alone waits by age from then on.
Schedule::Line& Schedule::find_line(const std::string& domain, WallTime reached)
{
    if (const auto known = lines_.find(domain); known != lines_.end()) return known->second;
    if (lines_.size() >= max_lines) forget_line(std::string(lines_.begin()->first));
    return lines_.try_emplace(domain, Line{reached, {}}).first->second;
}

// The longest line gives way, so that a flood of one domain leaves all others their order.
void Schedule::remember(const std::string& domain, Line& line, const std::string& sender, WallTime turn)
{
    if (senders_ >= max_senders) {
        const std::string longest(by_senders_.rbegin()->second);
        forget_senders(longest, lines_.at(longest));
    }
    line.last_of.emplace(sender, turn);
    note_senders(domain, line.last_of.size() - 1);
}

// First those whom the line has passed: they come in as new ones do anyway. Half of them at least, which pays for looking at all;
// where the line has got to stays known.
void Schedule::forget_senders(const std::string& domain, Line& line)
{
    const std::size_t before = line.last_of.size();
    std::erase_if(line.last_of, [&](const auto& each) { return each.second + step <= line.reached; });
    if (line.last_of.size() > before / 2) line.last_of.clear();
    line.last_of.rehash(0);  // gives the table's memory back
    note_senders(domain, before);
}

void Schedule::note_senders(const std::string& domain, std::size_t before)
{
    const auto line = lines_.find(domain);
    const std::size_t count = line->second.last_of.size();
    if (before > 0) by_senders_.erase({before, line->first});
    if (count > 0) by_senders_.emplace(count, line->first);
    senders_ = senders_ - before + count;
}

void Schedule::forget_line(const std::string& domain)
{
    const auto line = lines_.find(domain);
    if (line == lines_.end()) return;
    const std::size_t before = line->second.last_of.size();
    line->second.last_of.clear();
    note_senders(domain, before);
    lines_.erase(line);
}

void Schedule::follow_line(const Found& turn)
{
    if (!turn.has_more) return forget_line(turn.domain);
    if (!turn.reached) return;
    Line& line = find_line(turn.domain, *turn.reached);
    line.reached = std::max(line.reached, *turn.reached);
}

// Back into the ring, before those that have become due since.
void Schedule::unpark(int most)
{
    for (; most > 0 && !parked_.empty(); --most) {
        in_park_.erase(parked_.front());
        in_ring_.insert(parked_.front());
        ring_.push_back(std::move(parked_.front()));
        parked_.pop_front();
    }
}

// One that was prompt once and hangs now must not keep the places that are there for the others.
void Schedule::doubt_slow_domains(WallTime now)
{
    for (const auto& [message, lease] : leases_)
        if (now - lease.since > prompt) prompt_.erase(lease.domain);
}

int Schedule::count_unproven_leases() const
{
    int count = 0;
    for (const auto& [domain, leases] : leases_of_)
        if (!prompt_.contains(domain)) count += leases;
    return count;
}

std::optional<Schedule::Claim> Schedule::begin_claim(WallTime now, int most, const MostToDomain& most_to_domain)
{
    const std::lock_guard lock(mutex_);
    if (is_claiming_) return std::nullopt;
    is_claiming_ = true;
    doubt_slow_domains(now);
    const int places = most + static_cast<int>(leases_.size());
    int unproven_room = std::max(0, places - find_reserve(places) - count_unproven_leases());
    unpark(unproven_room);
    collect_due(now);
    Claim claim;
    const int share = std::max<int>(1, most / std::max<int>(1, static_cast<int>(ring_.size())));
    while (most > 0 && !ring_.empty()) {
        std::string domain = std::move(ring_.front());
        ring_.pop_front();
        in_ring_.erase(domain);
        const int granted = most_to_domain(domain);
        if (granted == 0) {
            forget_line(domain);
            note_locked(domain, now + suspended_look);
            continue;
        }
        const auto held = leases_of_.find(domain);
        const int leased = held == leases_of_.end() ? 0 : held->second;
        int quota = std::min({share, most, granted - leased});
        if (quota <= 0) {
            full_.insert(std::move(domain));
            continue;
        }
        if (!prompt_.contains(domain)) {
            quota = std::min(quota, unproven_room);
            unproven_room -= quota;
        }
        if (quota == 0) {
            in_park_.insert(domain);
            parked_.push_back(std::move(domain));
            continue;
        }
        most -= quota;
        claim.turns.push_back({std::move(domain), quota, leased});
    }
    for (const auto& [message, lease] : leases_) claim.leased.insert(message);
    return claim;
}

void Schedule::end_claim(const std::vector<Found>& found, WallTime now)
{
    const std::lock_guard lock(mutex_);
    is_claiming_ = false;
    for (const auto& turn : found) {
        for (const auto message : turn.messages) {
            leases_.emplace(message, Lease{turn.domain, now});
            ++leases_of_[turn.domain];
        }
        follow_line(turn);
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

void Schedule::note_outcome(MessageId message, bool is_done, WallTime now)
{
    const std::lock_guard lock(mutex_);
    const auto lease = leases_.find(message);
    if (lease == leases_.end()) return;
    if (!is_done || now - lease->second.since > prompt) {
        prompt_.erase(lease->second.domain);
        return;
    }
    if (prompt_.size() >= max_prompt_domains) prompt_.clear();  // they prove themselves again soon
    prompt_.insert(lease->second.domain);
}

std::optional<std::string> Schedule::release(MessageId message, WallTime now)
{
    const std::lock_guard lock(mutex_);
    const auto found = leases_.find(message);
    if (found == leases_.end()) return std::nullopt;
    std::string domain = std::move(found->second.domain);
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
