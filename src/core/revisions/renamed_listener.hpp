#pragma once

#include "core/policy/snapshot.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sealpost::revisions {

using config::Problem;
using policy::ListenerInfo;

// Tables of listeners that the node does not have, beside listeners of the node that have none: somebody renamed a listener
// in sealpost.toml or in the policy, and not yet in the other. What then holds: doc/decisions/0055-a-renamed-listener.md.
struct Renaming {
    std::vector<std::string> missing;  // with sender groups or rows of recipients in the policy
    std::vector<ListenerInfo> bare;    // of the node, without a sender group
    bool is_clear = false;             // one of each, and what the one allows may be allowed to the other
};
// Absent for a node that shares its store: other nodes may have those listeners.
[[nodiscard]] std::optional<Renaming> find_renaming(const policy::Document& document, const std::vector<ListenerInfo>& listeners,
                                                    const std::optional<policy::NodeFacts>& node);

[[nodiscard]] Problem describe_renaming(const Renaming& renaming);

// The document as the node uses it meanwhile: the bare listener has the tables of the missing one; where it is not clear
// which, whoever connects to a bare one is told to come again.
[[nodiscard]] policy::Document settle_renaming(policy::Document document, const Renaming& renaming);

}  // namespace sealpost::revisions
