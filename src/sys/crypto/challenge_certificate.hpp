#pragma once

#include "sys/crypto/digest.hpp"
#include "sys/crypto/x509.hpp"

namespace sealpost::crypto {

// RFC 8737 §3: a self-signed certificate with one DNS name and the critical extension id-pe-acmeIdentifier, which holds
// the digest of a key authorization. It proves to an authority that the name is ours, and nothing to anybody else.
[[nodiscard]] Result<Certificate> make_challenge_certificate(const std::string& dns_name, const Digest256& digest,
                                                             const PrivateKey& key, WallTime now);

}  // namespace sealpost::crypto
