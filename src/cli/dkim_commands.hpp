// Inside cli: the dkim group stands in two files, one for keys and one for messages.
#pragma once

#include "cli/own_config.hpp"

#include <memory>
#include <string>

namespace sealpost::cli {

void add_dkim_message_commands(CLI::App& group, Context& context);  // sign, verify

struct LookupFlags {
    std::string resolver;  // empty: the configuration's or the system's
    unsigned timeout_seconds = 10;
};
void add_lookup_options(CLI::App& command, LookupFlags& flags);

}  // namespace sealpost::cli
