#pragma once

#include "core/queue/dispatcher.hpp"
#include "sys/async/in_turn.hpp"
#include "sys/async/workers.hpp"

#include <vector>

namespace sealpost::queue {

using OutcomeKinds = std::vector<RecipientOutcome::Kind>;

inline Task<void> deliver_into(Deliverer& deliverer, DueMessage message, OutcomeKinds& kinds)
{
    const Report report = co_await deliverer.deliver(std::move(message));
    kinds.push_back(report.outcomes.at(0).kind);
}

// Delivers all at the same time; what became of the first recipient of each, as they ended.
inline OutcomeKinds deliver_side_by_side(Deliverer& deliverer, std::vector<DueMessage> due)
{
    OutcomeKinds kinds;
    const auto deliver = [&](DueMessage message) { return deliver_into(deliverer, std::move(message), kinds); };
    const std::size_t all = due.size();
    async::run_here([&] { return async::each_in_turn(std::move(due), all, deliver); });
    return kinds;
}

}  // namespace sealpost::queue
