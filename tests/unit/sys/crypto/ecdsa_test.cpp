#include "sys/crypto/challenge_certificate.hpp"
#include "sys/crypto/es256_verifier.hpp"

#include "base/encoding.hpp"
#include "sys/crypto/x509_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::crypto {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// RFC 7515 §A.3.
P256Point key_of_the_standard()
{
    return {parse_base64url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU").value(),
            parse_base64url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0").value()};
}
constexpr std::string_view signed_of_the_standard =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
Bytes signature_of_the_standard()
{
    return parse_base64url("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q").value();
}

TEST(Es256, VerifiesTheSignatureOfTheStandard)
{
    EXPECT_TRUE(verify_es256(key_of_the_standard(), signed_of_the_standard, signature_of_the_standard()));
}

TEST(Es256, FindsAnotherTextAnotherSignatureAndAnotherLengthWrong)
{
    const P256Point key = key_of_the_standard();
    Bytes signature = signature_of_the_standard();
    EXPECT_FALSE(verify_es256(key, "something else", signature));
    signature[5] ^= 1;
    EXPECT_FALSE(verify_es256(key, signed_of_the_standard, signature));
    signature.pop_back();
    EXPECT_FALSE(verify_es256(key, signed_of_the_standard, signature));
}

TEST(Es256, TakesNoPointThatIsNotOnTheCurve)
{
    P256Point key = key_of_the_standard();
    key.y[0] ^= 1;
    EXPECT_FALSE(verify_es256(key, signed_of_the_standard, signature_of_the_standard()));
}

TEST(Es256, SignsWithTwoHalvesOf32OctetsThatVerify)
{
    const PrivateKey key = PrivateKey::make_ecdsa_p256().value();
    const P256Point point = p256_public_of(key).value();
    for (int i = 0; i < 300; ++i) {  // every 256th half begins with a zero octet, which must not be lost
        const std::string text = "message " + std::to_string(i);
        const Bytes signature = sign_es256(key, text).value();
        ASSERT_EQ(signature.size(), es256_signature_bytes);
        ASSERT_TRUE(verify_es256(point, text, signature));
    }
}

TEST(Es256, RefusesKeysThatAreNotOnP256)
{
    const PrivateKey rsa = PrivateKey::make_rsa(2048).value();
    EXPECT_EQ(sign_es256(rsa, "text").error().fault, Fault::config);
    EXPECT_EQ(p256_public_of(PrivateKey::make_ed25519().value()).error().fault, Fault::config);
}

// RFC 8737 §3: the extension is critical and holds an OCTET STRING of the digest.
TEST(ChallengeCertificate, HoldsTheDigestInACriticalExtensionAndOneName)
{
    const PrivateKey key = PrivateKey::make_ecdsa_p256().value();
    const Digest256 digest = sha256("token.thumbprint");
    const WallTime now{std::chrono::hours(500'000)};
    const Certificate certificate = make_challenge_certificate("mx1.acme.test", digest, key, now).value();
    EXPECT_THAT(certificate.dns_names(), ElementsAre("mx1.acme.test"));
    EXPECT_TRUE(certificate.is_self_signed());
    EXPECT_TRUE(key.belongs_to(certificate));
    EXPECT_LT(certificate.not_before(), now);
    EXPECT_GT(certificate.not_after(), now);
    // OBJECT IDENTIFIER 1.3.6.1.5.5.7.1.31, BOOLEAN TRUE, OCTET STRING { OCTET STRING digest }
    EXPECT_THAT(format_hex(certificate.to_der()), HasSubstr("06082b0601050507011f"
                                                            "0101ff"
                                                            "04220420" +
                                                            format_hex(digest)));
}

TEST(ChallengeCertificate, IsOfNoUseForAnythingElse)
{
    const PrivateKey key = PrivateKey::make_ecdsa_p256().value();
    const WallTime now{std::chrono::hours(500'000)};
    const Certificate certificate = make_challenge_certificate("mx1.acme.test", sha256("x"), key, now).value();
    const auto trust = TrustStore::make({false, {certificate.to_pem()}}).value();
    std::vector<Certificate> chain{certificate};
    // OpenSSL does not know the extension, and so must not take the certificate for anything else (RFC 5280 §4.2).
    EXPECT_EQ(check_chain(chain, *trust, ChainUse::server, now).problem, ChainProblem::invalid);
}

}  // namespace
}  // namespace sealpost::crypto
