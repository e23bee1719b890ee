#pragma once

#include "cli/context.hpp"

namespace sealpost::cli {

// `spf advise` and `spf zone`, hung under the group `spf`.
void add_spf_advise(CLI::App& group, Context& context);
void add_spf_zone(CLI::App& group, Context& context);

}  // namespace sealpost::cli
