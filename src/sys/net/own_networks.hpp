#pragma once

#include "base/network.hpp"

#include <vector>

namespace sealpost::net {

// Of the interfaces of this machine that are up, loopback left out; empty when the system does not tell.
[[nodiscard]] std::vector<Network> find_own_networks();

}  // namespace sealpost::net
