#pragma once

#include "cli/context.hpp"

namespace sealpost::cli {

// `envelope list`, `lock`, `unlock`, `expiry` and `recall`: on the store of a service.
void add_envelope_changes(CLI::App& group, Context& context);

}  // namespace sealpost::cli
