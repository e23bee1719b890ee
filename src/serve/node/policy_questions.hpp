#pragma once

#include "serve/node/gateway_role.hpp"
#include "serve/policyadmin/policyadmin.hpp"

namespace sealpost::node {

// What administrators may ask this node about its policy: traces, previews, and warnings that need DNS. Both
// outlive the answers.
[[nodiscard]] policyadmin::Questions make_policy_questions(Machinery& machinery, GatewayRole& gateway);

}  // namespace sealpost::node
