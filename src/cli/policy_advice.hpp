#pragma once

#include "cli/context.hpp"
#include "cli/policy_access.hpp"

#include <memory>

namespace sealpost::cli {

// `policy warnings` and `policy preview`, under `policy`.
void add_policy_advice_commands(CLI::App& group, Context& context);

// Adds what DNS and the addresses of this node say about what was staged to the result's warnings. Seconds at most; a resolver
// that is not there is a warning itself.
void add_dns_warnings(PolicyAccess& access, std::shared_ptr<const policy::Snapshot> staged, revisions::SubmitResult& result);

}  // namespace sealpost::cli
