#pragma once

#include "base/ip_address.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::courier {

// The policy that a connection to a mail host was held against. RFC 8460 §4.2, policy-type.
enum class TlsPolicyType { no_policy_found, tlsa, sts };

// RFC 8460 §4.3, result-type.
enum class TlsResult {
    success,
    starttls_not_supported,
    certificate_host_mismatch,
    certificate_expired,
    certificate_not_trusted,
    validation_failure,
    tlsa_invalid,
    dnssec_invalid,
    dane_required,
    sts_policy_fetch_error,
    sts_policy_invalid,
    sts_webpki_invalid,
};
[[nodiscard]] std::string_view format_tls_result(TlsResult result);  // "starttls-not-supported"

// How TLS with one address of a mail host went, once for each connection that came so far (or that a policy of the
// domain forbade); and why a policy could not be had, once for each fetch. What a report to the domain counts.
struct TlsEvent {
    std::string domain;  // of the recipients
    TlsPolicyType policy_type = TlsPolicyType::no_policy_found;
    std::vector<std::string> policy;       // the lines of the MTA-STS policy, or the TLSA records, as text
    std::vector<std::string> mx_patterns;  // of an MTA-STS policy
    std::string host;                      // the MX host; empty when the policy itself is at fault
    std::optional<IpAddress> peer;
    std::optional<IpAddress> from;  // ours
    std::string helo;               // what the host called itself in its answer to EHLO; may be empty
    TlsResult result = TlsResult::success;
    std::string reason;  // one line; empty with success
};

}  // namespace sealpost::courier
