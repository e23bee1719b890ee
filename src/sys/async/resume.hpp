#pragma once

#include "sys/async/task.hpp"

#include <functional>

namespace sealpost::async {

// The bridge from callbacks to tasks: calls start(resume) and waits until `resume` has been called
// (once, from any thread). What start() uses by reference stays alive meanwhile, since the wait
// cannot be cancelled.
Task<void> resume_when(std::function<void(std::function<void()> resume)> start);

}  // namespace sealpost::async
