#include "sys/crypto/signature.hpp"

#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace sealpost::crypto {
namespace {

const Digest256 digest = sha256("what was signed");

TEST(Signature, OfAnRsaKeyVerifiesWithItsPublicHalf)
{
    const auto key = PrivateKey::make_rsa(1024).value();
    const auto other = PublicKey::parse_rsa(PrivateKey::make_rsa(1024).value().public_der()).value();
    const auto shown = PublicKey::parse_rsa(key.public_der()).value();
    const Bytes signature = sign(key, digest).value();
    EXPECT_EQ(shown.bits(), 1024);
    EXPECT_TRUE(shown.verify(digest, signature));
    EXPECT_FALSE(shown.verify(sha256("something else"), signature));
    EXPECT_FALSE(shown.verify(digest, ByteView(signature).first(127)));
    EXPECT_FALSE(shown.verify(digest, {}));
    EXPECT_FALSE(other.verify(digest, signature));
}

TEST(Signature, OfAnEd25519KeyVerifiesWithItsPublicHalf)
{
    const auto key = PrivateKey::make_ed25519().value();
    const auto shown = PublicKey::parse_ed25519(ed25519_public_of(key).value()).value();
    const Bytes signature = sign(key, digest).value();
    EXPECT_EQ(signature.size(), 64U);
    EXPECT_TRUE(shown.verify(digest, signature));
    EXPECT_FALSE(shown.verify(sha256("something else"), signature));
    EXPECT_FALSE(shown.verify(digest, ByteView(signature).first(63)));
}

// The same key as SubjectPublicKeyInfo and as the bare RSAPublicKey inside of it (24 octets on, for 2048 bits).
TEST(PublicKey, TakesAnRsaKeyInBothForms)
{
    const auto key = PrivateKey::make_rsa(2048).value();
    const Bytes whole = key.public_der();
    const auto bare = PublicKey::parse_rsa(ByteView(whole).subspan(24)).value();
    EXPECT_EQ(bare.bits(), 2048);
    EXPECT_TRUE(bare.verify(digest, sign(key, digest).value()));
}

// RSAPublicKey (RFC 8017 A.1.1) with a modulus of 2048 bits and this exponent.
Bytes make_rsa_der(const Bytes& exponent)
{
    Bytes der = {0x02, 0x82, 0x01, 0x01, 0x00};
    for (int i = 0; i < 256; ++i) der.push_back(static_cast<std::uint8_t>(i == 0 ? 0xC1 : i | 1));
    der.push_back(0x02);
    der.push_back(static_cast<std::uint8_t>(exponent.size()));
    der.insert(der.end(), exponent.begin(), exponent.end());
    const auto size = der.size();
    const Bytes head = {0x30, 0x82, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
    der.insert(der.begin(), head.begin(), head.end());
    return der;
}

TEST(PublicKey, RefusesAnExponentThatWouldCostUsMuch)
{
    EXPECT_TRUE(PublicKey::parse_rsa(make_rsa_der({0x01, 0x00, 0x01})).has_value());
    EXPECT_TRUE(PublicKey::parse_rsa(make_rsa_der({0x01, 0x00, 0x00, 0x00, 0x0F})).has_value());
    EXPECT_TRUE(PublicKey::parse_rsa(make_rsa_der({0x02, 0x00, 0x00, 0x00, 0x01})).has_error());
    EXPECT_TRUE(PublicKey::parse_rsa(make_rsa_der(Bytes(100, 0x7F))).has_error());
}

TEST(PublicKey, RefusesWhatIsNone)
{
    const Bytes whole = PrivateKey::make_rsa(1024).value().public_der();
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_EQ(PublicKey::parse_rsa({}).error().fault, Fault::peer_broke_it);
    EXPECT_EQ(PublicKey::parse_rsa(ByteView(whole).first(whole.size() - 1)).error().fault, Fault::peer_broke_it);
    EXPECT_EQ(PublicKey::parse_rsa(longer).error().fault, Fault::peer_broke_it);
    EXPECT_EQ(PublicKey::parse_rsa(PrivateKey::make_ecdsa_p256().value().public_der()).error().fault, Fault::peer_broke_it);
    EXPECT_EQ(PublicKey::parse_ed25519(Bytes(31)).error().fault, Fault::peer_broke_it);
}

TEST(Signature, IsRefusedToAnEllipticKeyOfAnotherKind)
{
    const auto key = PrivateKey::make_ecdsa_p256().value();
    EXPECT_EQ(sign(key, digest).error().fault, Fault::config);
    EXPECT_EQ(ed25519_public_of(key).error().fault, Fault::config);
    EXPECT_EQ(find_signature_kind(key), std::nullopt);
}

}  // namespace
}  // namespace sealpost::crypto
