#pragma once

#include "core/revisions/policy_store.hpp"

namespace sealpost::revisions {

// PolicyStore::misfits() of a store that is only looked at: nothing is made or brought up to date. Empty, too, where the store
// has no policy yet.
[[nodiscard]] Result<std::vector<Problem>> find_misfits(db::Database& database, const std::vector<ListenerInfo>& listeners,
                                                        const std::optional<policy::NodeFacts>& node);

}  // namespace sealpost::revisions
