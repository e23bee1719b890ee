#pragma once

#include "serve/alerts/alerts.hpp"
#include "serve/node/seal_failures.hpp"

#include <chrono>
#include <memory>
#include <set>

namespace sealpost::node {

// Tells the administrators when this gateway has sealed nothing for a while though it tried: its token is refused, its account
// is disabled, or the service is out of reach (doc/ops/monitoring.md). Each of these is told once, until a message is sealed.
class SealWatch {
public:
    static constexpr std::chrono::minutes failing_for{15};  // a service that restarts is nobody's work

    struct Parts {
        std::shared_ptr<SealFailures> failures;
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<alerts::Alerts> alerts;
        const Clock* clock = nullptr;  // outlives it
        // Without a failure: then nothing of what failed is tried any more. Longer than the longest wait between two tries.
        std::chrono::seconds over_after{};
        log::Log log = log::Log::silent();
    };
    explicit SealWatch(Parts parts) : parts_(std::move(parts)) {}

    Task<void> run();   // until it is cancelled
    Task<void> look();  // once

private:
    Task<void> look_at(SealFailures::Spell spell);
    Task<void> look_for_end();
    Task<Result<std::size_t>> count_waiting(std::set<queue::MessageId> messages);
    void complain(const Error& error) const;

    Parts parts_;
    std::uint64_t ends_ = 0;                 // that were seen
    std::set<sealer::ServiceTrouble> told_;  // since the last of them
    bool may_be_told_ = true;                // the alert; by a process before this one, too
};

}  // namespace sealpost::node
