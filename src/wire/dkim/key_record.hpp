#pragma once

#include "sys/crypto/signature.hpp"
#include "sys/dns/resolver.hpp"
#include "wire/dkim/signature_field.hpp"

#include <string>
#include <string_view>

namespace sealpost::dkim {

// What stands at selector._domainkey.domain (RFC 6376 §3.6.1).
struct KeyRecord {
    crypto::SignatureKind kind = crypto::SignatureKind::rsa;
    Bytes key;                 // empty: revoked
    bool takes_sha256 = true;  // h=
    std::string services;      // s=: "*", or a list such as "email:tlsrpt"
    bool is_testing = false;   // t=y
    bool is_exact = false;     // t=s: i= must be of the very domain
};

// Fault::peer_broke_it: no key record, or one of an unknown version or kind.
[[nodiscard]] Result<KeyRecord> parse_key_record(std::string_view text);

struct KeyJudgement {
    Judgement judgement;
    int bits = 0;
    bool is_testing = false;
};

// Whether a signature over `head` verifies with what DNS answered at its selector. Of several records the best
// one counts (RFC 6376 §6.1.2).
[[nodiscard]] KeyJudgement judge_key(const SignatureField& field, const crypto::Digest256& head, const dns::TextAnswer& answer,
                                     const VerifierLimits& limits);

}  // namespace sealpost::dkim
