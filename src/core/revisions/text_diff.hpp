#pragma once

#include <string>
#include <string_view>

namespace sealpost::revisions {

// What changed from `before` to `after`, by lines: "-" and "+" in front, three lines around each
// change, "@@ -line +line @@" above it. Empty when nothing did. Very large changes are shown whole.
[[nodiscard]] std::string diff_texts(std::string_view before, std::string_view after);

}  // namespace sealpost::revisions
