#include "serve/courier/domain_limits.hpp"

#include <unordered_map>

namespace sealpost::courier {
namespace {

using Time = DomainLimits::Time;
constexpr std::chrono::milliseconds wait_when_full{60'000};
constexpr std::chrono::seconds sweep_interval{1};

struct Domain {
    unsigned connections = 0;
    std::list<async::Signal*> line;  // who waits for a connection, first come first
    std::size_t recipients = 0;      // in the period
    Time period_end{};

    [[nodiscard]] bool is_idle() const { return connections == 0 && line.empty(); }
};

}  // namespace

struct DomainTable {
    explicit DomainTable(std::size_t most) : max_domains(most) {}

    Domain* find(const std::string& name)
    {
        const auto found = domains.find(name);
        return found == domains.end() ? nullptr : &found->second;
    }

    void wake_first(const std::string& name)
    {
        if (Domain* domain = find(name); domain && !domain->line.empty()) domain->line.front()->notify();
    }

    void forget_if_unused(const std::string& name)
    {
        if (Domain* domain = find(name); domain && domain->is_idle() && domain->recipients == 0) domains.erase(name);
    }

    // Finds room for one more domain.
    bool make_room(Time now)
    {
        if (domains.size() < max_domains) return true;
        if (now < next_sweep) return false;
        next_sweep = now + sweep_interval;
        std::erase_if(domains, [&](const auto& entry) { return entry.second.is_idle() && entry.second.period_end <= now; });
        return domains.size() < max_domains;
    }

    const std::size_t max_domains;
    std::unordered_map<std::string, Domain> domains;
    Time next_sweep{};
};

Seat& Seat::operator=(Seat&& other) noexcept
{
    if (this == &other) return *this;
    leave();
    limits_ = std::exchange(other.limits_, nullptr);
    domain_ = std::move(other.domain_);
    return *this;
}

void Seat::leave()
{
    if (!limits_) return;
    const auto limits = std::exchange(limits_, nullptr);
    --limits->find(domain_)->connections;
    limits->wake_first(domain_);
    limits->forget_if_unused(domain_);
    domain_.clear();
}

Turn::Turn(DomainLimits& limits, std::string domain, Executor executor)
    : limits_(limits.table_), domain_(std::move(domain)), changed_(executor)
{
    limits_->domains[domain_].line.push_back(&changed_);
}

Turn::~Turn()
{
    limits_->find(domain_)->line.remove(&changed_);
    limits_->wake_first(domain_);
    limits_->forget_if_unused(domain_);
}

bool Turn::is_first() const { return limits_->find(domain_)->line.front() == &changed_; }

Task<bool> Turn::wait(Deadline deadline)
{
    const bool changed = co_await changed_.wait(deadline);
    co_return changed;
}

DomainLimits::DomainLimits(std::size_t max_domains) : table_(std::make_shared<DomainTable>(max_domains)) {}

DomainLimits::Grant DomainLimits::take_recipients(const std::string& domain, const Restraint& restraint, std::size_t wanted,
                                                  Time now)
{
    if (restraint.max_recipients == 0) return {wanted, {}};
    // A table that is full of domains in their periods keeps its bound, and every promise: a new domain waits.
    if (!table_->find(domain) && !table_->make_room(now)) return {0, wait_when_full};
    Domain& counted = table_->domains[domain];
    if (counted.recipients == 0 || counted.period_end <= now) {
        counted.recipients = 0;
        counted.period_end = now + restraint.recipient_period;
    }
    counted.period_end = std::min(counted.period_end, now + restraint.recipient_period);
    const std::size_t room = restraint.max_recipients - std::min<std::size_t>(counted.recipients, restraint.max_recipients);
    const std::size_t granted = std::min(room, wanted);
    counted.recipients += granted;
    return {granted, std::chrono::ceil<std::chrono::milliseconds>(counted.period_end - now)};
}

void DomainLimits::give_back_recipients(const std::string& domain, std::size_t count)
{
    Domain* counted = table_->find(domain);
    if (!counted) return;
    counted->recipients -= std::min(count, counted->recipients);
    table_->forget_if_unused(domain);
}

Seat DomainLimits::try_seat(const std::string& domain, unsigned most)
{
    Domain& counted = table_->domains[domain];
    if (counted.connections >= most) return {};
    ++counted.connections;
    return Seat(table_, domain);
}

void DomainLimits::wake_first(const std::string& domain) { table_->wake_first(domain); }

std::size_t DomainLimits::domains() const { return table_->domains.size(); }

}  // namespace sealpost::courier
