#pragma once

#include "base/ip_address.hpp"
#include "core/policy/range_table.hpp"

namespace sealpost::policy {

// Addresses as the numbers that a RangeTable is made of.
[[nodiscard]] inline std::uint64_t number_of(const std::uint8_t* octets, std::size_t count)
{
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < count; ++i) number = number << 8 | octets[i];
    return number;
}

[[nodiscard]] inline std::uint32_t narrow_key(const IpAddress& v4)
{
    return static_cast<std::uint32_t>(number_of(v4.octets().data() + 12, 4));
}

[[nodiscard]] inline WideKey wide_key(const IpAddress& address)
{
    return {number_of(address.octets().data(), 8), number_of(address.octets().data() + 8, 8)};
}

}  // namespace sealpost::policy
