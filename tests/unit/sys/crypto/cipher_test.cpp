#include "base/encoding.hpp"
#include "sys/crypto/aead.hpp"
#include "sys/crypto/password.hpp"
#include "sys/crypto/random.hpp"
#include "sys/crypto/x25519.hpp"

#include <gtest/gtest.h>
#include <algorithm>

namespace sealpost::crypto {
namespace {

Bytes hex(std::string_view text) { return parse_hex(text).value(); }

x25519::PublicKey point(std::string_view text)
{
    x25519::PublicKey key{};
    std::ranges::copy(hex(text), key.begin());
    return key;
}

TEST(X25519, MatchesRfc7748Section6)
{
    const Secret a(hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
    const Secret b(hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
    const auto a_public = x25519::public_of(a).value();
    const auto b_public = x25519::public_of(b).value();
    EXPECT_EQ(format_hex(a_public), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    EXPECT_EQ(format_hex(b_public), "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const std::string shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    EXPECT_EQ(format_hex(x25519::agree(a, b_public).value().reveal()), shared);
    EXPECT_EQ(format_hex(x25519::agree(b, a_public).value().reveal()), shared);
}

TEST(X25519, MatchesRfc7748Section5)
{
    const Secret scalar(hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"));
    const auto u = point("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    EXPECT_EQ(format_hex(x25519::agree(scalar, u).value().reveal()),
              "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
}

TEST(X25519, RefusesPointsOfLowOrder)
{
    const Secret mine = x25519::make_private();
    for (const char* bad : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"}) {
        const auto shared = x25519::agree(mine, point(bad));
        ASSERT_TRUE(shared.has_error()) << bad;
        EXPECT_EQ(shared.error().fault, Fault::peer_broke_it);
    }
}

TEST(X25519, RefusesAPrivateKeyOfAnotherSize)
{
    EXPECT_TRUE(x25519::public_of(Secret(Bytes(31))).has_error());
    EXPECT_TRUE(x25519::agree(Secret(Bytes(33)), {}).has_error());
}

constexpr const char* sunscreen =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";

TEST(ChaCha20Poly1305, MatchesRfc8439Section282)
{
    const Bytes key = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    const Bytes nonce = hex("070000004041424344454647");
    const Bytes aad = hex("50515253c0c1c2c3c4c5c6c7");
    const Bytes sealed = chacha20poly1305_seal(key, nonce, aad, as_bytes(sunscreen));
    EXPECT_EQ(format_hex(ByteView(sealed).last(16)), "1ae10b594f09e26a7e902ecbd0600691");
    EXPECT_EQ(format_hex(ByteView(sealed).first(16)), "d31a8d34648e60db7b86afbc53ef7ec2");
    EXPECT_EQ(as_text(chacha20poly1305_open(key, nonce, aad, sealed).value()), sunscreen);
}

TEST(Aes256Gcm, MatchesTheNistExample)
{
    // SP 800-38D test case 16 of the GCM submission (256-bit key, with associated data).
    const Bytes key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    const Bytes nonce = hex("cafebabefacedbaddecaf888");
    const Bytes aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const Bytes text =
        hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
            "b16aedf5aa0de657ba637b39");
    const Bytes sealed = aes256gcm_seal(key, nonce, aad, text);
    EXPECT_EQ(format_hex(ByteView(sealed).last(16)), "76fc6ece0f4e1768cddf8853bb2d551b");
    EXPECT_EQ(aes256gcm_open(key, nonce, aad, sealed).value(), text);
}

TEST(Aead, GivesNothingWhenAnyOctetIsChanged)
{
    const Bytes key(32, 7), nonce(12, 9);
    const Bytes sealed = chacha20poly1305_seal(key, nonce, as_bytes("aad"), as_bytes("text"));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        Bytes changed = sealed;
        changed[i] ^= 1;
        const auto opened = chacha20poly1305_open(key, nonce, as_bytes("aad"), changed);
        ASSERT_TRUE(opened.has_error());
        EXPECT_EQ(opened.error().fault, Fault::denied);
    }
    EXPECT_TRUE(chacha20poly1305_open(key, nonce, as_bytes("other"), sealed).has_error());
    EXPECT_TRUE(chacha20poly1305_open(key, Bytes(12, 8), as_bytes("aad"), sealed).has_error());
    EXPECT_TRUE(chacha20poly1305_open(key, nonce, as_bytes("aad"), ByteView(sealed).first(15)).has_error());
    EXPECT_TRUE(aes256gcm_open(key, nonce, as_bytes("aad"), sealed).has_error());
}

TEST(Aead, SealsAnEmptyText)
{
    const Bytes key(32, 7), nonce(12, 9);
    for (const auto& sealed : {chacha20poly1305_seal(key, nonce, {}, {}), aes256gcm_seal(key, nonce, {}, {})})
        EXPECT_EQ(sealed.size(), 16U);
    EXPECT_TRUE(chacha20poly1305_open(key, nonce, {}, chacha20poly1305_seal(key, nonce, {}, {})).value().empty());
}

TEST(Aead, ThrowsAtKeysAndNoncesOfOtherSizes)
{
    EXPECT_THROW((void)chacha20poly1305_seal(Bytes(31), Bytes(12), {}, {}), std::runtime_error);
    EXPECT_THROW((void)aes256gcm_seal(Bytes(32), Bytes(16), {}, {}), std::runtime_error);
}

TEST(Password, IsKeptAsArgon2idWithTheCostsWeName)
{
    const Secret password = Secret::copy_of("correct horse battery");
    const std::string hash = hash_password(password);
    EXPECT_EQ(hash.rfind("$argon2id$v=19$m=65536,t=3,p=1$", 0), 0U);
    EXPECT_TRUE(check_password(hash, password));
    EXPECT_FALSE(check_password(hash, Secret::copy_of("correct horse batterz")));
    EXPECT_FALSE(needs_rehash(hash));
}

TEST(Password, OfOlderCostsIsNamedForRehash)
{
    EXPECT_TRUE(
        needs_rehash("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$bW9yZSBvY3RldHMgdGhhbiBub25lIGF0IGFsbCBoZXJl"));
    EXPECT_TRUE(needs_rehash("nonsense"));
    EXPECT_FALSE(check_password("nonsense", Secret::copy_of("x")));
    EXPECT_FALSE(check_password(std::string(5000, 'a'), Secret::copy_of("x")));
}

TEST(Random, GivesOtherOctetsEachTime)
{
    EXPECT_EQ(random_bytes(32).size(), 32U);
    EXPECT_NE(random_bytes(32), random_bytes(32));
    EXPECT_EQ(random_secret(16).size(), 16U);
}

}  // namespace
}  // namespace sealpost::crypto
