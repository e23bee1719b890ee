#pragma once

#include "core/domains/domain.hpp"
#include "serve/alerts/alerts.hpp"

#include <vector>

namespace sealpost::domaintests {

// A certificate that some host of the last test sent.
struct SeenCertificate {
    std::string host;
    std::string subject;
    WallTime not_after;
    bool is_leaf = false;
};

// The soonest to end of those that the last test saw; absent when it saw none.
[[nodiscard]] std::optional<SeenCertificate> find_soonest_end(const domains::TestRecord& test);
// 30, 14, 7, 3 or 1: the least of them that the time left is within; absent while there is more.
[[nodiscard]] std::optional<int> find_expiry_stage(WallTime not_after, WallTime now);

inline constexpr const char* failing_kind = "domain_tls_failing";
inline constexpr const char* expiring_kind = "domain_certificate_expiring";

// The domain's last test is there and is not ready.
[[nodiscard]] alerts::Alert make_failing_alert(const domains::Domain& domain);
[[nodiscard]] alerts::Alert make_expiring_alert(const domains::Domain& domain, const SeenCertificate& certificate, int stage,
                                                WallTime now);

}  // namespace sealpost::domaintests
