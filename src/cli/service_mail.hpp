#pragma once

#include "cli/service_store.hpp"
#include "serve/replies/service_outbox.hpp"

namespace sealpost::cli {

// What a command mails in the service's name, through the queue: the running service carries it.
[[nodiscard]] Result<replies::ServiceOutbox> open_outbox(const ServiceStore& store);

}  // namespace sealpost::cli
