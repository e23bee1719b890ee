#pragma once

#include "core/revisions/policy_store.hpp"

namespace sealpost::revisions {

// PolicyStore::misfits() of a store that is only looked at: nothing is made or brought up to date.
struct Misfits {
    std::optional<Problem> renaming;  // of a listener in one of the two: the policy means more than it does here
    std::vector<Problem> others;
};
// Nothing, too, where the store has no policy yet.
[[nodiscard]] Result<Misfits> find_misfits(db::Database& database, const std::vector<ListenerInfo>& listeners,
                                           const std::optional<policy::NodeFacts>& node);

}  // namespace sealpost::revisions
