#pragma once

#include "core/load/load.hpp"
#include "core/queue/queue.hpp"
#include "serve/alerts/alerts.hpp"
#include "serve/courier/courier.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace sealpost::node {

// Destinations whose TLS did not come up to what is demanded, from the couriers to the watch. Any thread.
class TlsFailures {
public:
    static constexpr std::size_t max_domains = 1000;  // that wait to be told

    void note(const courier::TlsFailure& failure);
    [[nodiscard]] std::map<std::string, courier::TlsFailure> take();  // the first of each domain since the last call

private:
    std::mutex guard_;
    std::map<std::string, courier::TlsFailure> by_domain_;  // under guard_
};

// Tells the administrators what needs them while the node runs: it is short of something, TLS of a destination is not what
// the policy demands, another process has its name (doc/ops/monitoring.md). The alerts enter the queue from within, past the
// limits that keep clients out.
class TroubleWatch {
public:
    static constexpr std::chrono::seconds short_for{60};  // a peak that passes by itself is nobody's work
    static constexpr std::chrono::hours well_for{1};      // then a shortage that comes is another one
    static constexpr std::size_t max_destinations_a_day = 20;

    struct Parts {
        std::shared_ptr<load::Load> load;
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<TlsFailures> failures;
        std::shared_ptr<alerts::Alerts> alerts;
        const Clock* clock = nullptr;
        std::string hostname;
        log::Log log = log::Log::silent();
    };
    explicit TroubleWatch(Parts parts) : parts_(std::move(parts)) {}

    Task<void> run();   // until it is cancelled
    Task<void> look();  // once

private:
    struct Shortage {
        std::optional<WallTime> since;  // short, or the alert of it is still owed
        std::optional<WallTime> well_since;
        bool is_owed = false;
        bool may_be_told = true;  // the alert; by a process before this one, too
    };
    Task<void> look_at_load(load::Resource resource);
    Task<void> note_well(load::Resource resource);
    Task<void> look_at_tls();
    Task<void> look_at_owner();
    // False: it was not told, and has to be told again.
    Task<bool> raise(alerts::Alert alert);
    Task<bool> clear(std::string kind, std::string about);
    void complain(const Error& error) const;

    Parts parts_;
    std::map<load::Resource, Shortage> shortages_;
    std::string day_;             // of these two
    std::set<std::string> told_;  // domains
    std::map<std::string, courier::TlsFailure> owed_;
    bool may_be_told_of_owner_ = true;
};

}  // namespace sealpost::node
