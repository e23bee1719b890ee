#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "sys/crypto/signature.hpp"
#include "wire/dkim/canonical.hpp"
#include "wire/dkim/verifier.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dkim {

// Why a signature is not (or not only) what it says. Verdict::pass: nothing is wrong.
struct Judgement {
    Verdict verdict = Verdict::pass;
    std::string problem;
    [[nodiscard]] bool is_good() const { return verdict == Verdict::pass; }
};

// What a DKIM-Signature (RFC 6376 §3.5), an ARC-Message-Signature or an ARC-Seal (RFC 8617 §4.1) says.
struct SignatureField {
    crypto::SignatureKind kind = crypto::SignatureKind::rsa;
    std::string algorithm;           // a=, lower case; empty when it is unknown
    std::string domain;              // d=, lower case A-labels
    std::string selector;            // s=
    std::string identity;            // i=, or "@" and the domain; in ARC "@" and the domain
    std::vector<std::string> names;  // h=, lower case
    Canon head_canon = Canon::simple;
    Canon body_canon = Canon::simple;
    Bytes body_hash;
    Bytes signature;
    std::string signature_start;
    std::optional<std::uint64_t> length;      // l=
    std::optional<std::uint64_t> signed_at;   // t=, seconds since 1970
    std::optional<std::uint64_t> expires_at;  // x=
    std::optional<ChainVerdict> chain;        // cv= of a seal
};

enum class FieldKind { dkim, arc_message, arc_seal };

// Reads as far as it can: with a bad judgement, domain and selector may be there all the same. neutral: it cannot
// be understood; permerror: it can, and is against the rules.
[[nodiscard]] Judgement read_signature(std::string_view value, FieldKind kind, SignatureField& into);

// Whether a body hash and the times are right. `body_size`: octets of the canonical body.
[[nodiscard]] Judgement judge_body(const SignatureField& field, const crypto::Digest256& digest, std::uint64_t body_size);
[[nodiscard]] Judgement judge_times(const SignatureField& field, WallTime now);

}  // namespace sealpost::dkim
