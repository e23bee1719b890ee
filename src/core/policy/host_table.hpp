#pragma once

#include "core/policy/condition_table.hpp"
#include "core/policy/name_table.hpp"
#include "core/policy/range_table.hpp"
#include "core/policy/sender.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::policy {

// The host access table of one listener, compiled: for an address, a verified name and what others say
// about the host, the first entry that matches. Entries are numbered in the order of evaluation. Immutable; lookups from any
// thread.
class HostTable {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    // Takes the senders in the order of evaluation and makes the table of them.
    class Builder {
    public:
        std::uint32_t add(SenderPattern pattern);  // answers the entry's number
        std::uint32_t skip() { return next_++; }   // a number for what is not a sender (a group's host check)
        [[nodiscard]] HostTable build();           // leaves the builder empty

    private:
        struct Name {
            std::string text;
            std::uint32_t entry;
        };
        std::vector<RangeTable<std::uint32_t>::Range> v4_;
        std::vector<RangeTable<WideKey>::Range> v6_;
        std::vector<Name> names_;
        std::vector<ConditionTable::Condition> conditions_;
        std::uint32_t all_ = none;
        std::uint32_t next_ = 0;
    };

    HostTable() = default;

    // The first entry that matches; `host` in lower case, empty when there is no verified name. Without
    // the entries that ask others.
    [[nodiscard]] std::uint32_t find(const IpAddress& ip, std::string_view host) const;
    // The same, with what others say about the host.
    [[nodiscard]] std::uint32_t find(const IpAddress& ip, std::string_view host, const HostFacts& facts) const;
    // The first entry that has the host's name or a suffix of it.
    [[nodiscard]] std::uint32_t find_name(std::string_view host) const { return names_.find(host); }
    // The latest of the entries that the hosts of the pattern meet: each of them meets it or an earlier
    // one. None when some host of the pattern meets no entry.
    [[nodiscard]] std::uint32_t find_cover(const SenderPattern& pattern) const;
    // The first entry with a host name; what could match if the name were known.
    [[nodiscard]] std::uint32_t first_name() const { return first_name_; }
    [[nodiscard]] std::uint32_t size() const { return size_; }

private:
    RangeTable<std::uint32_t> v4_;
    RangeTable<WideKey> v6_;
    NameTable names_;
    ConditionTable conditions_;
    std::uint32_t all_ = none;
    std::uint32_t first_name_ = none;
    std::uint32_t size_ = 0;
};

}  // namespace sealpost::policy
