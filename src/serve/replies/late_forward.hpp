#pragma once

#include "core/keys/key_store.hpp"
#include "core/queue/message.hpp"

#include <memory>
#include <optional>

namespace sealpost::replies {

// A forward passes on what an envelope holds, and may have waited in the queue since it was written: what was recalled or has
// expired meanwhile is passed on to nobody, and what is locked waits. Absent: it may leave now. What is no forward always may.
Task<std::optional<queue::Report>> check_forward(std::shared_ptr<keys::KeyStore> keys, queue::DueMessage message, log::Log log);

}  // namespace sealpost::replies
