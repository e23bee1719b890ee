#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::acme {

inline constexpr std::size_t max_document_bytes = 64 * 1024;
inline constexpr std::size_t max_url_bytes = 2048;
inline constexpr std::size_t max_names = 100;

// What an authority sends (RFC 8555 §7.1, §6.7). URLs are https. Members that we have no use for are passed over.
struct Directory {
    std::string new_nonce;
    std::string new_account;
    std::string new_order;
    bool external_account_required = false;
};

// RFC 7807 with RFC 8555 §6.7: what went wrong, by type; "urn:ietf:params:acme:error:" is left out of ours.
enum class ProblemType {
    bad_nonce,
    account_does_not_exist,
    rate_limited,
    other,
};
struct Problem {
    ProblemType type = ProblemType::other;
    std::string text;  // one line for people: type, detail and those of subproblems; no control characters
};

enum class Status { pending, ready, processing, valid, invalid, other };

struct Order {
    Status status = Status::other;
    std::vector<std::string> authorizations;
    std::string finalize;
    std::string certificate;  // with valid
    std::optional<Problem> problem;
};

struct Challenge {
    std::string type;  // "http-01"
    std::string url;
    std::string token;  // empty for types that have none
    Status status = Status::other;
    std::optional<Problem> problem;
};

struct Authorization {
    std::string name;  // a host name, lower case
    Status status = Status::other;
    std::vector<Challenge> challenges;

    [[nodiscard]] const Challenge* find_challenge(std::string_view type) const;
    // What the authority says of the challenges that failed; empty when it says nothing.
    [[nodiscard]] std::string problem_text() const;
};

[[nodiscard]] Result<Directory> parse_directory(std::string_view text);
[[nodiscard]] Result<Order> parse_order(std::string_view text);
[[nodiscard]] Result<Authorization> parse_authorization(std::string_view text);
// Absent when the text is no problem document.
[[nodiscard]] std::optional<Problem> parse_problem(std::string_view text);

// RFC 8555 §8.1: at least 128 bits in base64url; the path of http-01 holds it.
[[nodiscard]] bool is_token(std::string_view text);
[[nodiscard]] bool is_document_url(std::string_view text);

// RFC 9110 §10.2.3: seconds or a date, from `now` on; absent for anything else. Never negative.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, WallTime now);

}  // namespace sealpost::acme
