#pragma once

#include "serve/domaintests/tests.hpp"
#include "sys/http/respond.hpp"
#include "wire/route/tls_verdict.hpp"

namespace sealpost::domaintests {

inline constexpr int most_tests_told = 20;  // of a history

// 202 with the test; 429; 400.
[[nodiscard]] http::Checked<http::Response> answer_start(const StartVerdict& verdict, Language language);

// Why mail of this service to the domain comes as an envelope, in a word of doc/spec/domain-tests-api.md; empty when it
// does not. `claims` as Domains::list_claims.
[[nodiscard]] std::string_view find_envelope_reason(const std::vector<domains::Domain>& claims);

}  // namespace sealpost::domaintests
