#pragma once

#include "core/people/people.hpp"
#include "serve/node/machinery.hpp"

namespace sealpost::node {

// What ends and is forgotten of administrators and the audit trail on a node without the service role, whose own sweep does it.
Task<void> sweep_people(Machinery& machinery, std::shared_ptr<people::People> people);

// For a gateway without pages: what its commands leave in the audit trail is kept for as long as the configuration says. Null:
// for ever, so there is nothing to sweep.
[[nodiscard]] Result<std::shared_ptr<people::People>> open_trail_of_commands(const Machinery& machinery);

}  // namespace sealpost::node
