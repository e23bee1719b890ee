#include "sys/crypto/challenge_certificate.hpp"

#include "sys/crypto/x509_detail.hpp"

namespace sealpost::crypto {
using namespace detail;
namespace {

constexpr const char* acme_identifier = "1.3.6.1.5.5.7.1.31";  // id-pe-acmeIdentifier
constexpr std::chrono::hours validity{24};

using OctetsHandle = std::unique_ptr<ASN1_OCTET_STRING, Freer<ASN1_OCTET_STRING_free>>;
using ObjectHandle = std::unique_ptr<ASN1_OBJECT, Freer<ASN1_OBJECT_free>>;

// The extension's value is itself the DER of an OCTET STRING: "Authorization ::= OCTET STRING (SIZE (32))".
ExtensionHandle make_identifier(const Digest256& digest)
{
    Bytes der{V_ASN1_OCTET_STRING, static_cast<std::uint8_t>(digest.size())};
    der.insert(der.end(), digest.begin(), digest.end());
    const ObjectHandle object(OBJ_txt2obj(acme_identifier, 1));
    const OctetsHandle octets(ASN1_OCTET_STRING_new());
    if (!object || !octets || ASN1_OCTET_STRING_set(octets.get(), der.data(), static_cast<int>(der.size())) != 1) return nullptr;
    return ExtensionHandle(X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 1, octets.get()));
}

}  // namespace

Result<Certificate> make_challenge_certificate(const std::string& dns_name, const Digest256& digest, const PrivateKey& key,
                                               WallTime now)
{
    CertificateOrder order;
    order.dns_names = {dns_name};
    order.not_before = now - std::chrono::hours(1);
    order.not_after = now + validity;
    SEALPOST_TRY(const Certificate plain, make_certificate(order, key));
    const X509Handle certificate(X509_dup(plain.handle()));
    const ExtensionHandle identifier = make_identifier(digest);
    const bool made = certificate && identifier && X509_add_ext(certificate.get(), identifier.get(), -1) == 1 &&
                      X509_sign(certificate.get(), key.handle(), EVP_sha256()) != 0;
    if (!made) return Error{Fault::give_up, "cannot make a certificate for a challenge: " + last_error()};
    return Certificate::share(certificate.get());
}

}  // namespace sealpost::crypto
