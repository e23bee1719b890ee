#pragma once
#include "options.hpp"

namespace mail_load {

// Each prints what it found as a line of JSON and answers the exit status.
int run_load(const Options& options);
int run_idle(const Options& options);
int run_sink(const Options& options);

}  // namespace mail_load
