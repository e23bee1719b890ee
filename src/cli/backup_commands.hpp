#pragma once

#include "cli/context.hpp"

namespace sealpost::cli {

void add_backup_commands(CLI::App& app, Context& context);  // backup, restore

}  // namespace sealpost::cli
