#pragma once

#include "cli/context.hpp"

namespace sealpost::cli {

// Every option and command of the program, which works on `context`.
void add_everything(CLI::App& app, Context& context);

// The whole program: parses the command line, runs the command, answers the exit status.
int run(int argc, char** argv);

}  // namespace sealpost::cli
