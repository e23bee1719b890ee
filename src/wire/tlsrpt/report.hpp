#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::tlsrpt {

// A report (RFC 8460 §4). Result types stay the words of the registry, which reporters extend as they please.

enum class PolicyType { no_policy_found, tlsa, sts };
[[nodiscard]] std::string_view format_policy_type(PolicyType type);  // "no-policy-found"
[[nodiscard]] std::optional<PolicyType> find_policy_type(std::string_view text);

// What connections were held against.
struct Policy {
    PolicyType type = PolicyType::no_policy_found;
    std::vector<std::string> lines;  // policy-string: of the MTA-STS policy, or the TLSA records
    std::string domain;              // lower case
    std::vector<std::string> mx_patterns;
    friend bool operator==(const Policy&, const Policy&) = default;
};

// Sessions that failed in the same way. All but the first two may be empty.
struct Failure {
    std::string result;          // "certificate-expired"
    std::uint64_t sessions = 0;  // that failed so
    std::string sending_ip;
    std::string receiving_host;
    std::string receiving_helo;
    std::string receiving_ip;
    std::string information;  // a URI
    std::string reason;       // failure-reason-code: free text
    friend bool operator==(const Failure&, const Failure&) = default;
};

struct PolicyResult {
    Policy policy;
    std::uint64_t succeeded = 0;  // sessions
    std::uint64_t failed = 0;     // in all, also where no detail tells of them
    std::vector<Failure> failures;
    friend bool operator==(const PolicyResult&, const PolicyResult&) = default;
};

struct Report {
    std::string organisation;
    std::string contact;
    std::string id;
    WallTime begin;  // whole seconds
    WallTime end;
    std::vector<PolicyResult> policies;  // at least one
};

// One JSON object; texts are made fit for it.
[[nodiscard]] std::string format_json(const Report& report);

struct ReportLimits {
    std::size_t max_json_bytes = 8 * 1024 * 1024;
    std::size_t max_marks = 500'000;  // commas and brackets: bounds the values before one is built
    std::size_t max_policies = 1000;
    std::size_t max_failures = 20'000;  // of all policies
    std::size_t max_lines = 200;        // of one policy, and patterns
    std::size_t max_text_bytes = 2048;
};

// Unknown members are passed over; a missing or unreadable one is Fault::peer_broke_it, which names it.
[[nodiscard]] Result<Report> parse_json(std::string_view text, const ReportLimits& limits = {});

}  // namespace sealpost::tlsrpt
