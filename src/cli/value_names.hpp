#pragma once

#include "cli/context.hpp"

namespace sealpost::cli {

// Gives every option of all commands that has none a name for its value, which --help shows: "--account NAME".
void name_values(CLI::App& app);

}  // namespace sealpost::cli
