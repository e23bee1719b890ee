#pragma once

#include "sys/crypto/x509_check.hpp"

namespace sealpost::crypto {

// Does the chain, as sent and leaf first, lead to this certificate? It takes the place of a trusted authority, itself
// signed or not: somebody vouches for it, such as a TLSA record (RFC 7671 §5.2). Dates, purposes and strength are
// checked as for every chain, the anchor's own included; the host name is a matter of Certificate::names().
[[nodiscard]] ChainCheck check_chain_to(std::span<const Certificate> chain, const Certificate& anchor, ChainUse use,
                                        WallTime now);

[[nodiscard]] Bytes public_key_der(const Certificate& certificate);  // SubjectPublicKeyInfo

}  // namespace sealpost::crypto
