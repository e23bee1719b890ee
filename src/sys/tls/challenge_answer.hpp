// Inside sys/tls: the answer to a client that validates a name for an ACME authority (RFC 8737 §3).
#pragma once

#include "sys/tls/challenges.hpp"
#include "sys/tls/openssl.hpp"

namespace sealpost::tls {

inline constexpr std::string_view challenge_protocol = "acme-tls/1";

enum class ChallengeAnswer {
    not_asked,  // the client offers other protocols, or none
    presented,  // `ssl` will show the challenge's certificate and agree on "acme-tls/1"
    refused,    // there is no challenge for this name
};

// In the client hello callback, before any extension took effect. `challenges` may be null.
[[nodiscard]] ChallengeAnswer answer_challenge(SSL* ssl, const ChallengePairs* challenges);

}  // namespace sealpost::tls
