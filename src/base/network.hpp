#pragma once

#include "base/ip_address.hpp"

namespace sealpost {

// All addresses that share the leading `bits` of `address`, whose other bits may be anything.
struct Network {
    IpAddress address;
    int bits = 32;  // from 0; more than address.bits() counts as all
};

[[nodiscard]] bool contains(const Network& network, const IpAddress& address);  // none of the other family
[[nodiscard]] std::string format_network(const Network& network);               // 192.0.2.0/24; of one address, that alone
// The same; not where bits are set behind the prefix: whether 192.0.2.1/24 means one address or all is not known.
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);

// Its ends. An end that is an IPv4-mapped address is IPv4, as everywhere: the last of ::/80.
[[nodiscard]] IpAddress first_of(const Network& network);
[[nodiscard]] IpAddress last_of(const Network& network);

// Do the first `bits` agree, counted as those of `a`'s family? An IPv4 address stands for its mapped form here.
[[nodiscard]] bool share_leading_bits(const IpAddress& a, const IpAddress& b, int bits);

}  // namespace sealpost
