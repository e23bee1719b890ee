// acme: what an ACME client and an authority say to each other (RFC 8555), without I/O: signed requests, the
// documents of the authority, and what proves that a name is ours (doc/spec/acme.md). serve/acme has the
// conversation. Values without state; any thread. Documents come from outside: what breaks a limit or a
// rule is Fault::peer_broke_it, whole.
#pragma once

#include "sys/crypto/digest.hpp"
#include "sys/crypto/x509.hpp"

#include <string>
#include <string_view>

namespace sealpost::acme {

// The key of an account: ECDSA P-256 (RFC 8555 §6.2: "ES256" is what every authority takes).
class AccountKey {
public:
    [[nodiscard]] static Result<AccountKey> make();
    [[nodiscard]] static Result<AccountKey> parse_pem(std::string_view pem);  // Fault::config for another kind of key

    [[nodiscard]] Secret to_pem() const { return key_.to_pem(); }
    [[nodiscard]] const crypto::PrivateKey& key() const { return key_; }
    // The public half as JSON, members in the order of RFC 7638 §3.
    [[nodiscard]] const std::string& jwk() const { return jwk_; }
    // RFC 8555 §8.1: token "." thumbprint (RFC 7638, base64url).
    [[nodiscard]] std::string key_authorization(std::string_view token) const;

private:
    AccountKey(crypto::PrivateKey key, std::string jwk);
    crypto::PrivateKey key_;
    std::string jwk_;
    std::string thumbprint_;
};

// The public half of any P-256 key as a JWK, and its thumbprint.
[[nodiscard]] std::string format_jwk(ByteView x, ByteView y);
[[nodiscard]] std::string format_thumbprint(std::string_view jwk);

// A pair of key and certificate for tls-alpn-01 (RFC 8737 §3), with a key of its own.
struct ChallengeCertificate {
    crypto::Certificate certificate;
    crypto::PrivateKey key;
};
[[nodiscard]] Result<ChallengeCertificate> make_challenge_certificate(const std::string& name, std::string_view key_authorization,
                                                                      WallTime now);

}  // namespace sealpost::acme
