#pragma once

#include "sys/crypto/digest.hpp"
#include "sys/crypto/x509.hpp"

namespace sealpost::crypto {

// ECDSA with P-256 and SHA-256 in the form of JSON Web Signatures (RFC 7518 §3.4): "ES256", R and S of 32 octets
// each, one behind the other.
inline constexpr std::size_t es256_signature_bytes = 64;

// The coordinates of a public key, each of 32 octets.
struct P256Point {
    Bytes x;
    Bytes y;
};

// Fault::config for a key that is not on P-256.
[[nodiscard]] Result<P256Point> p256_public_of(const PrivateKey& key);
[[nodiscard]] Result<Bytes> sign_es256(const PrivateKey& key, std::string_view message);

}  // namespace sealpost::crypto
