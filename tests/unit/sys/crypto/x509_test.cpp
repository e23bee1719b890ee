#include "sys/crypto/x509_check.hpp"

#include <gtest/gtest.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

namespace sealpost::crypto {
namespace {

using std::chrono::hours;

const WallTime noon = parse_rfc3339("2026-11-22T12:00:00Z").value();

CertificateOrder order_for(std::string subject, bool is_ca = false)
{
    CertificateOrder order;
    order.subject = std::move(subject);
    order.is_ca = is_ca;
    order.not_before = noon - hours(24);
    order.not_after = noon + hours(24);
    if (!is_ca) order.dns_names = {"mx.acme.test"};
    return order;
}

Issuer make_ca(std::string subject, const std::optional<Issuer>& above = std::nullopt)
{
    PrivateKey key = PrivateKey::make_ecdsa_p256().value();
    Certificate certificate = make_certificate(order_for(std::move(subject), true), key, above).value();
    return {std::move(certificate), std::move(key)};
}

std::shared_ptr<const TrustStore> trust_in(const Certificate& root)
{
    return TrustStore::make({.system = false, .pem_texts = {root.to_pem()}}).value();
}

// One private authority with an intermediate, made once.
struct Authority {
    Issuer root = make_ca("CN=Acme Root, O=Acme");
    Issuer intermediate = make_ca("CN=Acme Issuing, O=Acme", root);
    PrivateKey key = PrivateKey::make_ecdsa_p256().value();
    std::shared_ptr<const TrustStore> trust = trust_in(root.certificate);

    [[nodiscard]] Certificate leaf(const CertificateOrder& order) const
    {
        return make_certificate(order, key, intermediate).value();
    }
    [[nodiscard]] ChainCheck check(const std::vector<Certificate>& chain) const
    {
        return check_chain(chain, *trust, ChainUse::server, noon);
    }
};

const Authority& acme()
{
    static const Authority authority;
    return authority;
}

TEST(Certificate, TellsWhatIsInIt)
{
    CertificateOrder order = order_for("CN=mx.acme.test, O=Acme");
    order.dns_names = {"mx.acme.test", "*.mail.acme.test"};
    order.ips = {*parse_ip("192.0.2.1"), *parse_ip("2001:db8::1")};
    order.aia_issuer_url = "http://ca.acme.test/issuing.der";
    const Certificate made = acme().leaf(order);
    EXPECT_EQ(made.subject(), "CN=mx.acme.test, O=Acme");
    EXPECT_EQ(made.issuer_common_name(), "Acme Issuing");
    EXPECT_EQ(made.issuer_organization(), "Acme");
    EXPECT_EQ(made.dns_names(), order.dns_names);
    EXPECT_EQ(made.ip_names(), order.ips);
    EXPECT_EQ(made.aia_issuer_url(), order.aia_issuer_url);
    EXPECT_EQ(made.not_before(), order.not_before);
    EXPECT_EQ(made.not_after(), order.not_after);
    EXPECT_EQ(made.key_type(), "EC");
    EXPECT_EQ(made.key_bits(), 256);
    EXPECT_EQ(made.signature_hash(), "SHA256");
    EXPECT_EQ(made.sha256_fingerprint().size(), 64U);
    EXPECT_FALSE(made.is_ca());
    EXPECT_FALSE(made.is_self_signed());
    EXPECT_TRUE(acme().root.certificate.is_self_signed());
    EXPECT_TRUE(acme().intermediate.certificate.is_ca());
    EXPECT_TRUE(acme().key.belongs_to(made));
    EXPECT_FALSE(acme().root.key.belongs_to(made));
}

TEST(Certificate, NamesHostsBySubjectAlternativeNamesOnly)
{
    CertificateOrder order = order_for("cn-only.acme.test");
    order.dns_names = {"mx.acme.test", "*.mail.acme.test", "f*.part.test"};
    order.ips = {*parse_ip("192.0.2.1")};
    const Certificate made = acme().leaf(order);
    EXPECT_TRUE(made.names("mx.acme.test"));
    EXPECT_TRUE(made.names("MX.Acme.Test."));
    EXPECT_TRUE(made.names("a.mail.acme.test"));
    EXPECT_TRUE(made.names("192.0.2.1"));
    EXPECT_FALSE(made.names("cn-only.acme.test"));
    EXPECT_FALSE(made.names("mail.acme.test"));
    EXPECT_FALSE(made.names("a.b.mail.acme.test"));
    EXPECT_FALSE(made.names("foo.part.test"));
    EXPECT_FALSE(made.names("192.0.2.2"));
    EXPECT_FALSE(made.names(""));
}

TEST(Certificate, WithoutAnyAlternativeNameNamesNoHost)
{
    CertificateOrder order = order_for("mx.acme.test");
    order.dns_names.clear();
    EXPECT_FALSE(acme().leaf(order).names("mx.acme.test"));
}

TEST(PemFiles, ComeBackAsTheyWere)
{
    const std::vector<Certificate> chain{acme().leaf(order_for("mx.acme.test")), acme().intermediate.certificate};
    EXPECT_EQ(parse_chain_pem(format_chain_pem(chain)).value(), chain);
    const Secret pem = acme().key.to_pem();
    EXPECT_TRUE(PrivateKey::parse_pem(pem.reveal_text()).value().belongs_to(chain.front()));
}

TEST(PemFiles, AreRefusedWhenDamagedEmptyOrEndless)
{
    const std::string good = acme().root.certificate.to_pem();
    std::string damaged = good + good;
    damaged[good.size() + 60] = damaged[good.size() + 60] == 'A' ? 'B' : 'A';
    damaged.erase(good.size() + 100, 4);
    EXPECT_EQ(parse_chain_pem(damaged).error().fault, Fault::config);
    EXPECT_EQ(parse_chain_pem("").error().fault, Fault::config);
    EXPECT_EQ(parse_chain_pem("nothing of the kind").error().fault, Fault::config);
    std::string many;
    for (std::size_t i = 0; i <= max_chain_certificates; ++i) many += good;
    EXPECT_EQ(parse_chain_pem(many).error().fault, Fault::config);
    EXPECT_EQ(PrivateKey::parse_pem(good).error().fault, Fault::config);
}

TEST(MakeCertificate, RefusesNamesThatWouldSmuggleExtensions)
{
    CertificateOrder order = order_for("mx.acme.test");
    order.dns_names = {"mx.acme.test,DNS:bank.test"};
    EXPECT_EQ(make_certificate(order, acme().key, acme().root).error().fault, Fault::config);
    EXPECT_EQ(make_request(order, acme().key).error().fault, Fault::config);
    order = order_for("CN=mx.acme.test, nonsense");
    EXPECT_EQ(make_certificate(order, acme().key, acme().root).error().fault, Fault::config);
}

TEST(MakeRequest, IsSignedPem)
{
    const std::string pem = make_request(order_for("CN=mx.acme.test, O=Acme"), acme().key).value();
    EXPECT_TRUE(pem.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"));
}

TEST(CheckChain, AcceptsALeafWithItsIntermediate)
{
    const ChainCheck check = acme().check({acme().leaf(order_for("mx.acme.test")), acme().intermediate.certificate});
    EXPECT_TRUE(check.verified()) << check.detail;
    EXPECT_EQ(check.detail, "");
    EXPECT_FALSE(check.at);
}

TEST(CheckChain, NamesTheMissingIntermediateAndWhereToGetIt)
{
    CertificateOrder order = order_for("mx.acme.test");
    order.aia_issuer_url = "http://ca.acme.test/issuing.der";
    const ChainCheck check = acme().check({acme().leaf(order)});
    EXPECT_EQ(check.problem, ChainProblem::missing_intermediate);
    EXPECT_EQ(check.missing_issuer, acme().intermediate.certificate.subject());
    EXPECT_EQ(check.missing_issuer_url, order.aia_issuer_url);
    EXPECT_EQ(check.at, 1U) << "behind the last";
}

TEST(CheckChain, FindsTheSecondIntermediateMissing)
{
    const Issuer lower = make_ca("CN=Acme TLS, O=Acme", acme().intermediate);
    const PrivateKey key = PrivateKey::make_ecdsa_p256().value();
    const Certificate leaf = make_certificate(order_for("mx.acme.test"), key, lower).value();
    EXPECT_EQ(acme().check({leaf, lower.certificate}).problem, ChainProblem::missing_intermediate);
    EXPECT_TRUE(acme().check({leaf, lower.certificate, acme().intermediate.certificate}).verified());
}

TEST(CheckChain, TellsAnUntrustedRootFromAMissingIntermediate)
{
    const Issuer root = make_ca("CN=Other Authority, O=Other");
    const Issuer middle = make_ca("CN=Other CA 2, O=Other", root);
    const Certificate leaf = make_certificate(order_for("mx.acme.test"), acme().key, middle).value();
    const ChainCheck whole = acme().check({leaf, middle.certificate, root.certificate});
    EXPECT_EQ(whole.problem, ChainProblem::untrusted_root);
    EXPECT_EQ(whole.at, 2U);
    const ChainCheck without_root = acme().check({leaf, middle.certificate});
    EXPECT_EQ(without_root.problem, ChainProblem::untrusted_root);
    EXPECT_EQ(without_root.at, 2U) << "it was not sent";
    EXPECT_EQ(acme().check({leaf}).problem, ChainProblem::missing_intermediate);
}

TEST(CheckChain, FindsASelfSignedLeaf)
{
    const Certificate leaf = make_certificate(order_for("mx.acme.test"), acme().key).value();
    EXPECT_EQ(acme().check({leaf}).problem, ChainProblem::self_signed);
    EXPECT_EQ(acme().check({leaf}).at, 0U);
    EXPECT_TRUE(check_chain(std::vector{leaf}, *trust_in(leaf), ChainUse::server, noon).verified());
}

TEST(CheckChain, HoldsTheDatesAgainstTheTime)
{
    CertificateOrder order = order_for("mx.acme.test");
    order.not_after = noon - hours(1);
    const ChainCheck expired = acme().check({acme().leaf(order), acme().intermediate.certificate});
    EXPECT_EQ(expired.problem, ChainProblem::expired);
    EXPECT_NE(expired.detail.find("2026-11-22"), std::string::npos);
    EXPECT_EQ(expired.at, 0U);
    order.not_before = noon + hours(1);
    order.not_after = noon + hours(2);
    EXPECT_EQ(acme().check({acme().leaf(order), acme().intermediate.certificate}).problem, ChainProblem::not_yet_valid);
}

TEST(CheckChain, TellsWhichCertificateOfTheChainIsAtFault)
{
    CertificateOrder order = order_for("CN=Acme Old CA, O=Acme", true);
    order.not_after = noon - hours(1);
    const PrivateKey key = PrivateKey::make_ecdsa_p256().value();
    const Issuer old{make_certificate(order, key, acme().root).value(), key};
    const Certificate leaf = make_certificate(order_for("mx.acme.test"), acme().key, old).value();
    const ChainCheck check = acme().check({leaf, acme().intermediate.certificate, old.certificate});
    EXPECT_EQ(check.problem, ChainProblem::expired);
    EXPECT_EQ(check.at, 2U) << "in the chain as it was sent";
}

TEST(CheckChain, RefusesWeakKeysAndSignatures)
{
    const PrivateKey weak = PrivateKey::make_rsa(1024).value();
    const Certificate leaf = make_certificate(order_for("mx.acme.test"), weak, acme().intermediate).value();
    EXPECT_EQ(acme().check({leaf, acme().intermediate.certificate}).problem, ChainProblem::weak_key);
    CertificateOrder order = order_for("mx.acme.test");
    order.hash = "SHA1";
    EXPECT_EQ(acme().check({acme().leaf(order), acme().intermediate.certificate}).problem, ChainProblem::weak_signature);
}

TEST(CheckChain, RefusesALeafThatSignsOthers)
{
    const Issuer false_ca{acme().leaf(order_for("mx.acme.test")), acme().key};
    const PrivateKey key = PrivateKey::make_ecdsa_p256().value();
    const Certificate leaf = make_certificate(order_for("mx.bank.test"), key, false_ca).value();
    const ChainCheck check = acme().check({leaf, false_ca.certificate, acme().intermediate.certificate});
    EXPECT_FALSE(check.verified());
}

TEST(CheckChain, FindsThePathThatHoldsAmongCrossSignedRoots)
{
    const Issuer fresh = make_ca("CN=Fresh Root, O=Fresh");
    const Issuer other = make_ca("CN=Other Root, O=Other");
    const auto crossed_by = [&](const Issuer& issuer) {
        return make_certificate(order_for("CN=Fresh Root, O=Fresh", true), fresh.key, issuer).value();
    };
    const Certificate leaf = make_certificate(order_for("mx.acme.test"), acme().key, fresh).value();
    const Certificate by_acme = crossed_by(acme().root);
    const Certificate by_other = crossed_by(other);
    EXPECT_TRUE(acme().check({leaf, by_acme}).verified());
    EXPECT_TRUE(acme().check({leaf, by_acme, fresh.certificate}).verified());
    EXPECT_TRUE(acme().check({leaf, fresh.certificate, by_acme}).verified());
    EXPECT_TRUE(acme().check({leaf, by_other, other.certificate, fresh.certificate, by_acme}).verified());
    // Where none holds, the first one tried is what is told.
    const ChainCheck failed = acme().check({leaf, fresh.certificate, by_other});
    EXPECT_EQ(failed.problem, ChainProblem::untrusted_root);
    EXPECT_NE(failed.detail.find("Fresh Root"), std::string::npos);
}

TEST(CheckChain, NamesWhatIsWrongWithTheOnlyPathToATrustedRoot)
{
    const Issuer fresh = make_ca("CN=Fresh Root, O=Fresh");
    CertificateOrder old = order_for("CN=Fresh Root, O=Fresh", true);
    old.not_after = noon - hours(1);
    const Certificate crossed = make_certificate(old, fresh.key, acme().root).value();
    const Certificate leaf = make_certificate(order_for("mx.acme.test"), acme().key, fresh).value();
    EXPECT_EQ(acme().check({leaf, fresh.certificate, crossed}).problem, ChainProblem::expired);
}

// Of a number that nobody has factored: good for verifying only, which nobody tries.
PrivateKey make_public_rsa(int modulus_bits, int exponent_bits)
{
    BIGNUM* modulus = BN_new();
    BIGNUM* exponent = BN_new();
    BN_rand(modulus, modulus_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
    BN_rand(exponent, exponent_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
    OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent);
    OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context);
    EXPECT_EQ(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
    const PrivateKey made = PrivateKey::share(key);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    BN_free(exponent);
    BN_free(modulus);
    return made;
}

TEST(CheckChain, RefusesKeysThatCostTooMuchBeforeAnyIsUsed)
{
    const auto check_beside = [](const PrivateKey& key) {
        const Certificate beside = make_certificate(order_for("CN=Other", true), key, acme().intermediate).value();
        return acme().check({acme().leaf(order_for("mx.acme.test")), acme().intermediate.certificate, beside});
    };
    EXPECT_TRUE(check_beside(make_public_rsa(8192, 33)).verified());
    EXPECT_EQ(check_beside(make_public_rsa(8200, 17)).problem, ChainProblem::invalid);
    const ChainCheck exponent = check_beside(make_public_rsa(2048, 34));
    EXPECT_EQ(exponent.problem, ChainProblem::invalid);
    EXPECT_NE(exponent.detail.find("Other"), std::string::npos) << exponent.detail;
}

// A leaf below so many authorities, the highest of which was certified by each of `tops`.
std::vector<Certificate> make_tower(int authorities, const std::vector<Issuer>& tops)
{
    const Issuer highest = make_ca("CN=Tower 0");
    std::vector<Certificate> chain;
    Issuer issuer = highest;
    for (int i = 1; i < authorities; ++i) {
        issuer = make_ca("CN=Tower " + std::to_string(i), issuer);
        chain.insert(chain.begin(), issuer.certificate);
    }
    chain.insert(chain.begin(), make_certificate(order_for("mx.acme.test"), acme().key, issuer).value());
    for (const Issuer& top : tops) chain.push_back(make_certificate(order_for("CN=Tower 0", true), highest.key, top).value());
    return chain;
}

TEST(CheckChain, SpendsOnlySoManySignaturesOnAllPaths)
{
    std::vector<Issuer> tops;
    for (int i = 0; i < 6; ++i) tops.push_back(make_ca("CN=Stranger " + std::to_string(i)));
    tops.push_back(acme().root);
    EXPECT_TRUE(acme().check(make_tower(2, tops)).verified());
    EXPECT_FALSE(acme().check(make_tower(9, tops)).verified());
    EXPECT_TRUE(acme().check(make_tower(9, {acme().root})).verified());
    EXPECT_FALSE(acme().check(make_tower(20, {acme().root})).verified());
}

TEST(CheckChain, OfNothingFails) { EXPECT_EQ(acme().check({}).problem, ChainProblem::no_certificate); }

}  // namespace
}  // namespace sealpost::crypto
