#pragma once

#include "cli/context.hpp"

namespace sealpost::cli {

// `tls settings [NAME]`, under `tls`.
void add_tls_settings(CLI::App& group, Context& context);

}  // namespace sealpost::cli
