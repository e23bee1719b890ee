#pragma once

#include "base/ip_address.hpp"
#include "base/result.hpp"

namespace sealpost::net {

// Fault::config when somebody listens there already. Of a port that listeners share (`reuse_port`) the kernel does not say so
// by itself: another process of the same user has its share. True of this moment only; port 0 is always free.
[[nodiscard]] Result<> check_free(Endpoint at);

}  // namespace sealpost::net
