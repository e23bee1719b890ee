#pragma once

#include "cli/context.hpp"
#include "cli/policy_access.hpp"

namespace sealpost::cli {

// `policy warnings` and `policy preview`, under `policy`.
void add_policy_advice_commands(CLI::App& group, Context& context);

// Adds what DNS and the addresses of this node say about the staged document to the result's warnings;
// nothing when it was not staged. Seconds at most; a resolver that is not there is a warning itself.
void add_dns_warnings(PolicyAccess& access, revisions::SubmitResult& result);

}  // namespace sealpost::cli
