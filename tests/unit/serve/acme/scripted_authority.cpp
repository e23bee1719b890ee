#include "serve/acme/scripted_authority.hpp"

#include "sys/crypto/x509_detail.hpp"

namespace sealpost::acme::test {

// A certificate for the key of the request, whose private half only the client has.
std::string ScriptedAuthority::sign(const crypto::CertificateOrder& order, const Bytes& csr) const
{
    const auto own_key = crypto::PrivateKey::make_ecdsa_p256().value();
    const auto draft = crypto::make_certificate(order, own_key, crypto::Issuer{*root_, root_key_}).value();
    if (certifies_own_key) return draft.to_pem() + root_->to_pem();
    const unsigned char* at = csr.data();
    const crypto::detail::RequestHandle request(d2i_X509_REQ(nullptr, &at, static_cast<long>(csr.size())));
    const crypto::detail::X509Handle certificate(X509_dup(draft.handle()));
    EXPECT_EQ(X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())), 1);
    EXPECT_EQ(X509_set_pubkey(certificate.get(), X509_REQ_get0_pubkey(request.get())), 1);
    EXPECT_NE(X509_sign(certificate.get(), root_key_.handle(), EVP_sha256()), 0);
    return "issued with care\n" + crypto::Certificate::share(certificate.get()).to_pem() + root_->to_pem();
}

}  // namespace sealpost::acme::test
