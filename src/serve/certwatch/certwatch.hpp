// certwatch: looks at every certificate of this node, those in files too, and tells administrators before one
// expires: 90, 60, 30, 15, 5, 4, 3, 2, 1 and 0 days before, and each day after. A certificate that an
// authority renews by itself is told of only when that is late: in the last quarter of its life. It also sets the
// metric of the days that are left. What counts is the chain that listeners show: files that nobody has loaded yet, or that
// cannot be read (which is told, too), do not make it last longer. Each stage of each certificate is told once; a renewed one
// begins anew. Runs on a worker; files are read in the blocking pool.
#pragma once

#include "core/certificates/store.hpp"
#include "serve/alerts/alerts.hpp"
#include "sys/async/blocking_pool.hpp"

#include <functional>
#include <optional>

namespace sealpost::certwatch {

inline constexpr std::string_view alert_kind = "certificate_expiring";
inline constexpr std::string_view unreadable_kind = "certificate_unreadable";

// What is to be told today, if anything: the smallest of the stages that `days_left` has reached, such as "30", or, once it
// is over, one for each day, "expired-3".
struct Stage {
    std::string name;
    alerts::Severity severity = alerts::Severity::warning;
};
[[nodiscard]] std::optional<Stage> find_stage(int days_left);
// Whether an authority that renews by itself is late: less than a quarter of its life is left.
[[nodiscard]] bool is_renewal_late(const crypto::Certificate& leaf, WallTime now);

class CertificateWatch {
public:
    struct Parts {
        std::shared_ptr<const certificates::Store> store;
        // The chain that is shown under this name, leaf first. Called in the pool.
        std::function<std::vector<crypto::Certificate>(const std::string& name)> find_shown;
        std::shared_ptr<alerts::Alerts> alerts;
        async::BlockingPool* pool = nullptr;  // outlives it
        const Clock* clock = nullptr;         // the same
        log::Log log = log::Log::silent();
        std::chrono::milliseconds interval = std::chrono::hours(24);
    };
    explicit CertificateWatch(Parts parts) : parts_(std::move(parts)) {}

    Task<Result<>> look();  // once
    // At once, then daily, until cancelled; what fails is tried again within the hour.
    Task<void> run();

private:
    // A certificate as its files are, and what is shown of it.
    struct Seen {
        certificates::Entry entry;
        std::vector<crypto::Certificate> shown;
    };
    Task<Result<>> look_at(Seen seen);
    Task<Result<>> tell_unreadable(Seen seen);
    Task<Result<>> tell_expiring(Seen seen);
    Parts parts_;
};

}  // namespace sealpost::certwatch
