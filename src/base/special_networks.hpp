#pragma once

#include "base/ip_address.hpp"

namespace sealpost {

// An address of the public Internet: none of the special-purpose registries of IANA (RFC 6890), neither
// private, loopback, link-local, shared, documentation, translated nor multicast.
[[nodiscard]] bool is_public_address(const IpAddress& address);

// Inside somebody's network, wherever that is: private, shared with a provider, link-local or loopback.
[[nodiscard]] bool is_inside_address(const IpAddress& address);

}  // namespace sealpost
