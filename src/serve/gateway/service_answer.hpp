#pragma once

#include "serve/sealer/key_service.hpp"
#include "sys/http/client.hpp"

#include <string>
#include <string_view>

namespace sealpost::gateway {

// What the envelope service answers (doc/spec/key-api.md), without the asking.

// Of an envelope that it took. Fault::retry_later when the answer is not understood: what answers may be something in between.
[[nodiscard]] Result<sealer::StoredEnvelope> parse_stored(std::string_view body, const std::string& service_url);

// Of a question about an envelope: whether it has ended. The same error.
[[nodiscard]] Result<sealer::Ending> parse_ending(std::string_view body);

// Of a question about languages: what the token's account calls itself; empty where a former version of the service answers. The
// same error.
[[nodiscard]] Result<std::string> parse_organisation(std::string_view body);

// `token_refused`, `account_disabled`, or `other`: an answer about what was asked.
[[nodiscard]] sealer::ServiceTrouble find_trouble(const http::ClientResponse& response);

// The name of an RFC 9457 problem, the last part of its type: lower-case letters, digits and hyphens, at most 64. Of an answer
// without one: "status 503".
[[nodiscard]] std::string find_problem(const http::ClientResponse& response);

}  // namespace sealpost::gateway
