// x509: keys, certificates and chains behind our own types; making certificates for private
// authorities, requests for public ones. Checking a chain is x509_check.hpp. Values are cheap,
// immutable handles that any thread may share. Bytes from outside are limited before they are parsed.
#pragma once

#include "base/clock.hpp"
#include "base/ip_address.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;
struct evp_pkey_st;

namespace sealpost::crypto {

inline constexpr std::size_t max_chain_pem_bytes = 256 * 1024;
inline constexpr std::size_t max_chain_certificates = 32;

class Certificate;

class PrivateKey {
public:
    static Result<PrivateKey> parse_pem(std::string_view pem);  // without a passphrase
    static PrivateKey share(evp_pkey_st* key);                  // takes a reference of its own
    static Result<PrivateKey> make_rsa(int bits);
    static Result<PrivateKey> make_ecdsa_p256();
    static Result<PrivateKey> make_ed25519();
    // Of a server's certificate: "rsa" (3072 bits), or else "ecdsa" (P-256).
    static Result<PrivateKey> make_of_type(std::string_view type);

    [[nodiscard]] Secret to_pem() const;     // PKCS#8
    [[nodiscard]] Bytes public_der() const;  // SubjectPublicKeyInfo
    [[nodiscard]] int bits() const;
    [[nodiscard]] std::string type() const;  // "RSA", "EC", "ED25519"
    [[nodiscard]] bool belongs_to(const Certificate& certificate) const;

    // For sys/crypto and sys/tls only; owned by this object.
    [[nodiscard]] evp_pkey_st* handle() const { return key_.get(); }

private:
    explicit PrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
    std::shared_ptr<evp_pkey_st> key_;
};

class Certificate {
public:
    static Result<Certificate> parse_pem(std::string_view pem);  // the first one of the text
    static Result<Certificate> parse_der(ByteView der);
    static Certificate share(x509_st* certificate);  // takes a reference of its own

    [[nodiscard]] std::string to_pem() const;
    [[nodiscard]] Bytes to_der() const;
    [[nodiscard]] std::string subject() const;  // readable: "CN=mx.acme.test, O=Acme"
    [[nodiscard]] std::string issuer() const;
    [[nodiscard]] std::string common_name() const;  // of the subject; may be empty
    [[nodiscard]] std::string issuer_common_name() const;
    [[nodiscard]] std::string issuer_organization() const;
    [[nodiscard]] std::string serial() const;  // hexadecimal
    [[nodiscard]] WallTime not_before() const;
    [[nodiscard]] WallTime not_after() const;
    [[nodiscard]] std::vector<std::string> dns_names() const;  // subject alternative names
    [[nodiscard]] std::vector<IpAddress> ip_names() const;
    [[nodiscard]] std::string sha256_fingerprint() const;  // 64 lower-case hex digits
    [[nodiscard]] bool is_ca() const;
    [[nodiscard]] bool is_self_signed() const;
    [[nodiscard]] int key_bits() const;
    [[nodiscard]] std::string key_type() const;
    [[nodiscard]] std::string signature_hash() const;  // "SHA256", "SHA1"; may be empty
    [[nodiscard]] std::string aia_issuer_url() const;  // where the issuer's certificate is; may be empty

    // RFC 6125 on subject alternative names only; wildcards for one whole left-most label. An
    // address as text must stand among the address names.
    [[nodiscard]] bool names(std::string_view host) const;

    [[nodiscard]] x509_st* handle() const { return certificate_.get(); }
    friend bool operator==(const Certificate& a, const Certificate& b) { return a.to_der() == b.to_der(); }

private:
    explicit Certificate(std::shared_ptr<x509_st> certificate) : certificate_(std::move(certificate)) {}
    std::shared_ptr<x509_st> certificate_;
};

// Leaf first, as in a certificate file. Fault::config when there is none or one is damaged.
[[nodiscard]] Result<std::vector<Certificate>> parse_chain_pem(std::string_view pem);
[[nodiscard]] std::string format_chain_pem(std::span<const Certificate> chain);

// A certificate chain, leaf first, and the key of its leaf.
struct KeyPair {
    std::vector<Certificate> chain;
    PrivateKey key;
};
// Fault::config also for a key that is another's.
[[nodiscard]] Result<KeyPair> parse_key_pair(std::string_view chain_pem, std::string_view key_pem);

struct CertificateOrder {
    std::string subject;  // a common name, or "CN=mx.acme.test, O=Acme\, Inc."
    std::vector<std::string> dns_names;
    std::vector<IpAddress> ips;
    bool is_ca = false;
    WallTime not_before{};
    WallTime not_after{};
    std::string aia_issuer_url;
    std::string hash = "SHA256";  // "SHA1" only to play a bad authority in tests
};

struct Issuer {
    Certificate certificate;
    PrivateKey key;
};

// Without an issuer the certificate is signed by its own key.
[[nodiscard]] Result<Certificate> make_certificate(const CertificateOrder& order, const PrivateKey& key,
                                                   const std::optional<Issuer>& issuer = std::nullopt);
// A PKCS#10 request in PEM with subject, names and key; its dates and issuer are the authority's affair.
[[nodiscard]] Result<std::string> make_request(const CertificateOrder& order, const PrivateKey& key);
[[nodiscard]] Result<Bytes> make_request_der(const CertificateOrder& order, const PrivateKey& key);
// The host names that a request asks for.
[[nodiscard]] Result<std::vector<std::string>> parse_request_names(std::string_view pem);

}  // namespace sealpost::crypto
