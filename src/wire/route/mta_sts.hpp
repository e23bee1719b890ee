#pragma once

#include "base/result.hpp"
#include "sys/dns/resolver.hpp"

#include <functional>

namespace sealpost::route {

// A policy of RFC 8461 §3.2.
struct StsPolicy {
    enum class Mode { enforce, testing, none };
    static constexpr std::size_t max_bytes = 64 * 1024;         // §3.3
    static constexpr std::chrono::seconds longest{31'557'600};  // §3.2: "maximum of 31557600"
    static constexpr std::size_t max_patterns = 256;

    Mode mode = Mode::none;
    std::vector<std::string> mx;  // lower case; "mx.acme.test" or "*.acme.test"
    std::chrono::seconds max_age{0};
    friend bool operator==(const StsPolicy&, const StsPolicy&) = default;
};
[[nodiscard]] std::string_view format_sts_mode(StsPolicy::Mode mode);
[[nodiscard]] std::optional<StsPolicy::Mode> parse_sts_mode(std::string_view text);
// The body of the answer. Fault::peer_broke_it says what is wrong with it.
[[nodiscard]] Result<StsPolicy> parse_sts_policy(std::string_view text);
// As a report wants them (RFC 8460 §4.4, policy-string).
[[nodiscard]] std::vector<std::string> format_sts_policy(const StsPolicy& policy);
// §4.1: equal, or "*." for exactly one label.
[[nodiscard]] bool lists_mx(const StsPolicy& policy, std::string_view host);

// The record of RFC 8461 §3.1.
struct StsRecord {
    enum class Status { none, found, temporary };
    Status status = Status::temporary;
    std::string id;
    std::string problem;  // with temporary
};
// The id of a TXT record, when it is one of MTA-STS.
[[nodiscard]] std::optional<std::string> parse_sts_record(std::string_view text);
Task<StsRecord> find_sts_record(dns::Resolver& resolver, std::string domain, Deadline deadline);

// What is known of a domain's policy, when a message is about to go there.
struct StsFinding {
    enum class Status {
        none,     // no record, and no policy kept from before
        found,    // `policy` applies
        problem,  // a record, but no policy to be had: RFC 8461 §3.3 goes on as without one
        unknown,  // DNS did not answer, and no policy is kept
    };
    enum class Fault { none, fetch, certificate, invalid };
    Status status = Status::none;
    Fault fault = Fault::none;  // with problem; with found: why the kept policy could not be renewed
    bool fault_is_new = false;  // of the fetch that this very question made: of all who hear of it, one is told so
    StsPolicy policy;
    std::string id;
    std::string problem;
};
using StsFinder = std::function<Task<StsFinding>(std::string domain, Deadline deadline)>;

}  // namespace sealpost::route
