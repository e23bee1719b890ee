#pragma once

#include "core/policy/range_table.hpp"
#include "core/policy/sender.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sealpost::policy {

// The senders that ask somebody else about the host (DNS lists, countries, reputation scores), each with
// the lowest entry that names it. They stand beside the tables of addresses and names. Built once.
class ConditionTable {
public:
    static constexpr std::uint32_t none = UINT32_MAX;
    struct Condition {
        SenderPattern pattern;  // pattern.is_condition()
        std::uint32_t entry;
    };

    ConditionTable() = default;
    explicit ConditionTable(const std::vector<Condition>& conditions);

    // The lowest entry that holds.
    [[nodiscard]] std::uint32_t find(const HostFacts& facts) const;
    // The latest of the entries that the hosts of this condition meet by conditions of its kind.
    [[nodiscard]] std::uint32_t find_cover(const SenderPattern& condition) const;
    // The same for every host there is: each has a score or none.
    [[nodiscard]] std::uint32_t find_cover_of_all() const;

private:
    using Names = std::map<std::string, std::uint32_t, std::less<>>;
    Names zones_;
    Names countries_;
    RangeTable<std::uint32_t> scores_;
    std::uint32_t no_score_ = none;
};

}  // namespace sealpost::policy
