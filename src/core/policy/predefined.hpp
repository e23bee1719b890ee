#pragma once

#include "core/config/node_config.hpp"

#include <string_view>

namespace sealpost::policy {

// The predefined policies (ACCEPTED, TRUSTED, THROTTLED, BLOCKED, RELAYED, SUBMISSION) and the encryption profile
// "default", as a document.
[[nodiscard]] std::string_view predefined_policies();
// The policy of ALL behind the last sender group of a listener.
[[nodiscard]] std::string_view find_last_policy(config::ListenerKind kind);

}  // namespace sealpost::policy
