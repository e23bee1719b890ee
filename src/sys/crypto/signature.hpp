#pragma once

#include "base/result.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/crypto/x509.hpp"

#include <memory>

namespace sealpost::crypto {

// Signatures over a SHA-256 digest, as mail uses them: RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) with an RSA key,
// PureEdDSA over the 32 octets of the digest (RFC 8463 §3) with an Ed25519 key.
enum class SignatureKind { rsa, ed25519 };

inline constexpr std::size_t max_public_key_bytes = 4096;  // RSA of 16384 bits has 2.1 KiB
inline constexpr std::size_t ed25519_key_bytes = 32;

// A public key that stands alone, without a certificate. Cheap to copy; any thread may share it.
class PublicKey {
public:
    // DER: SubjectPublicKeyInfo, or the bare RSAPublicKey of RFC 8017 §A.1.1. Fault::peer_broke_it.
    [[nodiscard]] static Result<PublicKey> parse_rsa(ByteView der);
    [[nodiscard]] static Result<PublicKey> parse_ed25519(ByteView octets);  // 32 of them

    [[nodiscard]] SignatureKind kind() const { return kind_; }
    [[nodiscard]] int bits() const;  // 256 for Ed25519
    [[nodiscard]] bool verify(const Digest256& digest, ByteView signature) const;

private:
    PublicKey(SignatureKind kind, std::shared_ptr<evp_pkey_st> key) : kind_(kind), key_(std::move(key)) {}
    SignatureKind kind_;
    std::shared_ptr<evp_pkey_st> key_;
};

// Absent for a key that makes no such signature (ECDSA).
[[nodiscard]] std::optional<SignatureKind> find_signature_kind(const PrivateKey& key);
// Fault::config for such a key; otherwise Fault::give_up, which OpenSSL has no reason to give.
[[nodiscard]] Result<Bytes> sign(const PrivateKey& key, const Digest256& digest);
// The 32 octets of an Ed25519 key. Fault::config for another kind.
[[nodiscard]] Result<Bytes> ed25519_public_of(const PrivateKey& key);

}  // namespace sealpost::crypto
