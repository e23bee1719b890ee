#pragma once

#include "sys/crypto/x509_check.hpp"

namespace sealpost::crypto {

inline constexpr std::size_t max_ocsp_bytes = 64 * 1024;

// What an OCSP response that a server stapled to its handshake (RFC 6066 §8) says of its certificate. Nothing is
// fetched. Only `revoked` is held against a server: without an answer nobody is worse off than before.
enum class StapledStatus {
    none,          // nothing was stapled
    good,          // signed by whom it must be, and of today
    revoked,       // so signed, however old: a revocation does not expire
    unknown,       // so signed, and the authority does not know the certificate
    stale,         // good once; the time of its next update has passed, or is to come
    unverifiable,  // no answer, about another certificate, or not signed by its authority
};

[[nodiscard]] std::string_view format_stapled_status(StapledStatus status);  // "good"

struct StapledCheck {
    StapledStatus status = StapledStatus::none;
    std::string detail;  // one line for people; may be empty
};

// `response` is DER, empty when nothing was stapled; `chain` as sent, leaf first.
[[nodiscard]] StapledCheck check_stapled(ByteView response, std::span<const Certificate> chain, const TrustStore& trust,
                                         WallTime now);

// RFC 7633: the certificate promises that its server staples.
[[nodiscard]] bool promises_staple(const Certificate& certificate);

}  // namespace sealpost::crypto
