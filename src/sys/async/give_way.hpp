#pragma once

#include "sys/async/task.hpp"

namespace sealpost::async {

// For a task that computes for long: whatever else is ready on its executor goes first.
Task<void> give_way();

}  // namespace sealpost::async
