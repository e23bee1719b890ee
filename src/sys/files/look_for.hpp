#pragma once

#include "sys/files/files.hpp"

namespace sealpost::files {

// Whether it is there. Fault::config, which names a way out, when this user may not look there.
[[nodiscard]] Result<bool> look_for(const Path& path);

}  // namespace sealpost::files
