#pragma once

#include <string_view>

namespace sealpost::policy {

// The predefined policies (ACCEPTED, TRUSTED, THROTTLED, BLOCKED, RELAYED, SUBMISSION) and the encryption profile
// "default", as a document.
[[nodiscard]] std::string_view predefined_policies();

}  // namespace sealpost::policy
