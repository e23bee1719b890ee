// Inside cli: the dkim group stands in two files, one for keys and one for messages.
#pragma once

#include "cli/own_config.hpp"

namespace sealpost::cli {

void add_dkim_message_commands(CLI::App& group, Context& context);  // sign, verify

}  // namespace sealpost::cli
