#pragma once

#include "serve/reader/desk.hpp"
#include "sys/http/fields.hpp"

namespace sealpost::reader {

// `left`: until the session ends whatever is done. So a page can tell the end without a call, which would put it off.
[[nodiscard]] boost::json::object format_session(const people::Person& person, std::string_view csrf, people::Assurance assurance,
                                                 std::chrono::seconds left);
[[nodiscard]] std::chrono::seconds find_seconds_left(const Desk& desk, WallTime signed_in_at);
// A session that has just begun, or goes on under a new token, with its cookie.
[[nodiscard]] http::Response answer_session(const Desk& desk, const people::Person& person, const people::NewSession& session,
                                            people::Assurance assurance);

// "keys.test" of "https://keys.test:8443".
[[nodiscard]] std::string host_of(std::string_view origin);

// What a guess is counted against: the name from this network, and the network.
[[nodiscard]] std::vector<people::GuardKey> keys_for(people::GuardKey::Kind kind, const std::string& name,
                                                     const http::Request& request);

// POST /api/v1/session with a one-time or a recovery code: the session of the password becomes strong.
Task<http::Checked<http::Response>> step_up(const Desk& desk, http::Request& request, boost::json::object body,
                                            std::optional<SignedIn> signed_in);

// The same with a passkey, for whoever holds it.
Task<http::Checked<http::Response>> sign_in_with_passkey(const Desk& desk, http::Request& request, boost::json::object body,
                                                         std::optional<SignedIn> signed_in);

// Of a session that changes factors, or a password that there is already. The transaction of the change judges again.
[[nodiscard]] people::Assurance needed_to_change(const people::Person& person);
// Who changes their factors and may, counted.
Task<http::Checked<SignedIn>> admit_change(const Desk& desk, http::Request& request);
// What a verdict about factors ends a call with; for all but FactorVerdict::done.
[[nodiscard]] http::Problem problem_of(people::FactorVerdict verdict);
// Tells every address of the person. A mail that cannot be queued is logged and stops nothing.
Task<void> note_change(const Desk& desk, people::Person person, seal::FactorChange change);
// With the person as they are now.
Task<http::Checked<http::Response>> answer_strong(const Desk& desk, people::PersonId id, people::NewSession session);
[[nodiscard]] people::FactorActor act_as(SignedIn& signed_in, const http::Request& request);

}  // namespace sealpost::reader
