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
