#pragma once

#include "base/ip_address.hpp"
#include "base/result.hpp"
#include "core/policy/range_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::hostfacts {

// What a source tells about addresses.
enum class Subject { country, reputation };
[[nodiscard]] std::string_view format_subject(Subject subject);  // country | reputation

// A value in its one spelling: "FR", "-3.0". Absent when it is none.
[[nodiscard]] std::optional<std::string> normalise_value(Subject subject, std::string_view text);

inline constexpr std::size_t max_source_bytes = 256 * 1024 * 1024;
inline constexpr std::size_t max_source_line_bytes = 256;

// A file of `prefix,value` lines (doc/spec/host-facts.md), compiled. Immutable; lookups from any thread.
class PrefixTable {
public:
    PrefixTable() = default;

    // The whole file or nothing: a line that is not understood is Fault::config with its number.
    static Result<PrefixTable> parse(std::string_view text, Subject subject);

    // The value of the longest prefix that holds the address; empty: none does.
    [[nodiscard]] std::string_view find(const IpAddress& address) const;
    [[nodiscard]] std::size_t size() const { return v4_values_.size() + v6_values_.size(); }

private:
    class Reader;
    std::vector<std::string> values_;
    std::vector<std::uint16_t> v4_values_;  // of each entry, as places in values_
    std::vector<std::uint16_t> v6_values_;
    policy::RangeTable<std::uint32_t> v4_;
    policy::RangeTable<policy::WideKey> v6_;
};

}  // namespace sealpost::hostfacts
