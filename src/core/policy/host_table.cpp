#include "core/policy/host_table.hpp"

#include "core/policy/address_key.hpp"

#include <algorithm>

namespace sealpost::policy {
std::uint32_t HostTable::Builder::add(SenderPattern pattern)
{
    const auto entry = next_++;
    if (pattern.kind == SenderPattern::Kind::all)
        all_ = std::min(all_, entry);
    else if (pattern.is_name())
        names_.push_back({std::move(pattern.name), entry});
    else if (pattern.is_condition())
        conditions_.push_back({std::move(pattern), entry});
    else if (pattern.low.is_v4())
        v4_.push_back({narrow_key(pattern.low), narrow_key(pattern.high), entry});
    else
        v6_.push_back({wide_key(pattern.low), wide_key(pattern.high), entry});
    return entry;
}

HostTable HostTable::Builder::build()
{
    HostTable table;
    table.v4_ = RangeTable<std::uint32_t>(std::move(v4_));
    table.v6_ = RangeTable<WideKey>(std::move(v6_));
    std::vector<NameTable::Name> names;
    names.reserve(names_.size());
    for (const auto& name : names_) names.push_back({name.text, name.entry});
    table.names_ = NameTable(names);
    table.conditions_ = ConditionTable(conditions_);
    table.all_ = all_;
    if (!names_.empty()) table.first_name_ = names_.front().entry;
    table.size_ = next_;
    *this = {};
    return table;
}

std::uint32_t HostTable::find(const IpAddress& ip, std::string_view host) const
{
    NameTable::Search search(host);
    names_.begin(search);
    const auto by_address = ip.is_v4() ? v4_.find(narrow_key(ip)) : v6_.find(wide_key(ip));
    return std::min({all_, by_address, names_.finish(search)});
}

std::uint32_t HostTable::find(const IpAddress& ip, std::string_view host, const HostFacts& facts) const
{
    return std::min(find(ip, host), conditions_.find(facts));
}

std::uint32_t HostTable::find_cover(const SenderPattern& pattern) const
{
    const auto all = std::min(all_, conditions_.find_cover_of_all());
    switch (pattern.kind) {
        case SenderPattern::Kind::all: return all;
        case SenderPattern::Kind::host: return std::min(all, names_.find(pattern.name));
        case SenderPattern::Kind::suffix: return std::min(all, names_.find_cover(pattern.name));
        case SenderPattern::Kind::dns_list:
        case SenderPattern::Kind::country:
        case SenderPattern::Kind::reputation: return std::min(all, conditions_.find_cover(pattern));
        case SenderPattern::Kind::addresses: break;
    }
    const auto latest = pattern.low.is_v4() ? v4_.find_latest(narrow_key(pattern.low), narrow_key(pattern.high))
                                            : v6_.find_latest(wide_key(pattern.low), wide_key(pattern.high));
    return std::min(all, latest);
}

}  // namespace sealpost::policy
