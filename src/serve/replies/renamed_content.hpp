#pragma once

#include "serve/courier/by_domain.hpp"
#include "serve/identity/sender_names.hpp"

namespace sealpost::replies {

// The content of a queued message with other names in From and Reply-To; everything else is octet for
// octet what it was. Only the head stands in memory.
Task<Result<courier::Content>> rename_content(std::shared_ptr<queue::Queue> queue, queue::DueMessage message,
                                              identity::SenderNames names);

}  // namespace sealpost::replies
