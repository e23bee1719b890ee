#pragma once

#include "core/policy/snapshot.hpp"
#include "core/queue/plan.hpp"

#include <string_view>

namespace sealpost::gateway {

// What the queue is to do with a message to this domain: the bounce profile of the destination, else the one that
// the connection's mail flow policy names, else "default". `node_times` ([delivery]) are those of a "default" that
// the document does not write. A message that may be sealed never comes back whole.
[[nodiscard]] queue::BouncePlan choose_bounce_plan(const policy::Snapshot& policy, std::string_view of_connection,
                                                   std::string_view domain, policy::SealAction action,
                                                   const queue::RetryPlan& node_times);

}  // namespace sealpost::gateway
