#include "core/policy/condition_table.hpp"

#include <algorithm>

namespace sealpost::policy {
namespace {

std::uint32_t key_of(int score) { return static_cast<std::uint32_t>(score - lowest_score); }

}  // namespace

ConditionTable::ConditionTable(const std::vector<Condition>& conditions)
{
    std::vector<RangeTable<std::uint32_t>::Range> ranges;
    for (const auto& [pattern, entry] : conditions) {
        if (pattern.kind == SenderPattern::Kind::dns_list)
            zones_.emplace(pattern.name, entry);  // the first one stays
        else if (pattern.kind == SenderPattern::Kind::country)
            countries_.emplace(pattern.name, entry);
        else if (pattern.scores)
            ranges.push_back({key_of(pattern.scores->low), key_of(pattern.scores->high), entry});
        else
            no_score_ = std::min(no_score_, entry);
    }
    scores_ = RangeTable<std::uint32_t>(std::move(ranges));
}

std::uint32_t ConditionTable::find(const HostFacts& facts) const
{
    auto first = facts.reputation ? scores_.find(key_of(*facts.reputation)) : no_score_;
    const auto look = [&first](const Names& names, std::string_view name) {
        if (const auto at = names.find(name); at != names.end()) first = std::min(first, at->second);
    };
    look(countries_, facts.country);
    for (const auto& zone : facts.dns_lists) look(zones_, zone);
    return first;
}

std::uint32_t ConditionTable::find_cover(const SenderPattern& condition) const
{
    if (condition.kind == SenderPattern::Kind::reputation)
        return condition.scores ? scores_.find_latest(key_of(condition.scores->low), key_of(condition.scores->high)) : no_score_;
    const auto& names = condition.kind == SenderPattern::Kind::country ? countries_ : zones_;
    const auto at = names.find(condition.name);
    return at == names.end() ? none : at->second;
}

std::uint32_t ConditionTable::find_cover_of_all() const
{
    return std::max(no_score_, scores_.find_latest(key_of(lowest_score), key_of(highest_score)));
}

}  // namespace sealpost::policy
