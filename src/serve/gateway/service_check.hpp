#pragma once

#include "base/secret.hpp"
#include "serve/sealer/key_service.hpp"
#include "sys/http/client.hpp"

#include <memory>
#include <string>

namespace sealpost::gateway {

// What whoever comes with a gateway's token meets at the envelope service.
struct ServiceFinding {
    enum class Verdict {
        good,
        unreachable,  // no answer that is one
        unproven,     // its certificate does not prove its name: it was told nothing
        token_refused,
        account_disabled,  // the token is good
        refused,           // an answer that is none of these: no envelope service, or one in trouble
    };
    Verdict verdict = Verdict::good;
    std::string organisation;  // when good: as the token's account calls itself; empty where the service does not tell
    std::string problem;       // otherwise, as one line
    bool may_pass = false;     // nothing has to be mended for it to be good later
};

// Asks for the languages of nobody (doc/spec/key-api.md, GET /api/v1/languages): that needs the token, and changes nothing.
// `service_url` without a final slash.
[[nodiscard]] Task<ServiceFinding> check_service(std::shared_ptr<http::HttpClient> client, std::string service_url, Secret token,
                                                 Deadline deadline);

}  // namespace sealpost::gateway
