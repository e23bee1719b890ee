#pragma once

#include "core/queue/queue.hpp"

#include <string>

namespace sealpost::cli {

// The header fields of a message that waits, for people to look at: a line each, controls made visible, never the body. Of a
// confidential message the fields that tell what it is about are not shown. Fault::denied: nothing of it waits.
[[nodiscard]] Result<std::string> load_head(queue::Queue& queue, const queue::MessageView& message);

}  // namespace sealpost::cli
