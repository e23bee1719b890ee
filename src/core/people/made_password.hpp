#pragma once

#include "base/secret.hpp"

namespace sealpost::people {

// 20 characters that are easily typed, about 100 bits.
[[nodiscard]] Secret make_password();

}  // namespace sealpost::people
