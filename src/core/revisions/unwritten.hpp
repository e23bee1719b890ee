#pragma once

#include "core/policy/snapshot.hpp"
#include "core/revisions/policy_text.hpp"

#include <string>
#include <vector>

namespace sealpost::revisions {

// Predefined policies and profiles that the live document writes and the staged one does not: it gave them another name, or
// left out what made them others than the predefined ones. Whoever means them without writing so (ALL behind the groups, a
// rule without a profile) meets the predefined ones again. A text alone does not tell: it takes what is live.
[[nodiscard]] std::vector<Problem> find_unwritten(const PolicyText& live, const PolicyText& staged,
                                                  const std::vector<policy::ListenerInfo>& listeners);
// Nothing of a text that is not TOML.
[[nodiscard]] std::vector<Problem> find_unwritten(const std::string& live, const std::string& staged,
                                                  const std::vector<policy::ListenerInfo>& listeners);

}  // namespace sealpost::revisions
