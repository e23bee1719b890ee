#pragma once

#include "core/queue/answering.hpp"
#include "core/queue/message.hpp"
#include "core/revisions/policy_store.hpp"

#include <memory>

namespace sealpost::gateway {

// What the destination controls grant a line of the queue, by the policy that is current at each call.
[[nodiscard]] queue::MostToDomain make_destination_shares(std::shared_ptr<const revisions::PolicyStore> policy);
// Whether an operator keeps back what is for the domain, by the same.
[[nodiscard]] queue::IsSuspended make_suspension(std::shared_ptr<const revisions::PolicyStore> policy);

}  // namespace sealpost::gateway
