#include "serve/node/people_chore.hpp"

#include "core/queue/lanes.hpp"
#include "serve/node/ownership.hpp"

namespace sealpost::node {
namespace {

constexpr std::chrono::minutes sweep_interval{1};
constexpr std::chrono::seconds look_interval{5};  // at whether it is this node that sweeps

}  // namespace

// By a service, where one shares the store, and by one node in any case: each goes by its own clock, and one that is ahead would
// end the codes and sessions of the others.
Task<void> sweep_people(Machinery& machinery, std::shared_ptr<people::People> people)
{
    while (true) {
        const auto& queue = *machinery.queue;
        if (queue.has_neighbour_for(queue::reply_lane) || !queue.is_first_for(sweep_administrators)) {
            auto waited = co_await async::sleep_until(Deadline::after(look_interval));
            if (waited.has_error()) co_return;
            continue;
        }
        auto forgotten = co_await people->sweep();
        if (forgotten.has_error()) machinery.log.warning("admin.sweep_failed", {{"problem", forgotten.error().text}});
        auto slept = co_await async::sleep_until(Deadline::after(sweep_interval));
        if (slept.has_error()) co_return;
    }
}

Result<std::shared_ptr<people::People>> open_trail_of_commands(const Machinery& machinery)
{
    const auto& config = machinery.config;
    if (config.node.is_service || !config.admin.listen.empty() || !config.retention.audit)
        return std::shared_ptr<people::People>();
    people::People::Options options;
    options.keep_audit = config.retention.audit;
    return people::People::open(machinery.database, machinery.clock, std::move(options));
}

}  // namespace sealpost::node
