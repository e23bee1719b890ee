#pragma once

#include "cli/context.hpp"

namespace sealpost::cli {

// Each adds its command to the group "spf".
void add_spf_check(CLI::App& group, Context& context);

}  // namespace sealpost::cli
