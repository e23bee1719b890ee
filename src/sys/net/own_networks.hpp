#pragma once

#include "base/ip_address.hpp"

#include <vector>

namespace sealpost::net {

// An address and how many of its leading bits its network shares.
struct Network {
    IpAddress address;
    int bits = 0;
};
[[nodiscard]] bool contains(const Network& network, const IpAddress& address);

// Of the interfaces of this machine that are up, loopback left out; empty when the system does not tell.
[[nodiscard]] std::vector<Network> find_own_networks();

}  // namespace sealpost::net
