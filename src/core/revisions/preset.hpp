#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::revisions {

// The name of every preset.
[[nodiscard]] std::vector<std::string> list_presets();

// The sender groups that a preset makes; none when there is no such preset.
[[nodiscard]] std::vector<std::string> list_preset_groups(std::string_view name);

// The document `text` with the preset's policy and sender group at order 1 of `listener`; the
// groups there move down by one. denied: it is there already; config: the text cannot be extended.
[[nodiscard]] Result<std::string> add_preset(std::string_view text, std::string_view preset, std::string_view listener);

}  // namespace sealpost::revisions
