#pragma once

namespace sealpost::cli {

// The whole program: parses the command line, runs the command, answers the exit status.
int run(int argc, char** argv);

}  // namespace sealpost::cli
