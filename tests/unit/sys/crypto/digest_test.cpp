#include "sys/crypto/digest.hpp"
#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace sealpost::crypto {
namespace {

Bytes hex(std::string_view text) { return parse_hex(text).value(); }

TEST(Sha256, MatchesTheExamplesOfFips180)
{
    EXPECT_EQ(format_hex(sha256(std::string_view("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(format_hex(sha256(std::string_view(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(format_hex(sha256(std::string_view("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, IsTheSameInPieces)
{
    Sha256 hash;
    for (int i = 0; i < 1000; ++i) hash.update(std::string(1000, 'a'));  // FIPS 180: a million "a"
    EXPECT_EQ(format_hex(hash.finish()), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hmac, MatchesRfc4231)
{
    EXPECT_EQ(format_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(format_hex(hmac_sha256(Bytes(131, 0xaa), as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hkdf, MatchesRfc5869Cases1To3)
{
    const Bytes material(22, 0x0b);
    EXPECT_EQ(format_hex(hkdf_sha256(material, hex("000102030405060708090a0b0c"), hex("f0f1f2f3f4f5f6f7f8f9"), 42).reveal()),
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    Bytes long_material, long_salt, long_info;
    for (int i = 0; i < 80; ++i) {
        long_material.push_back(static_cast<std::uint8_t>(i));
        long_salt.push_back(static_cast<std::uint8_t>(0x60 + i));
        long_info.push_back(static_cast<std::uint8_t>(0xb0 + i));
    }
    EXPECT_EQ(format_hex(hkdf_sha256(long_material, long_salt, long_info, 82).reveal()),
              "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
              "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    EXPECT_EQ(format_hex(hkdf_sha256(material, {}, {}, 42).reveal()),
              "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, RefusesMoreThanTheStandardAllows) { EXPECT_THROW((void)hkdf_sha256({}, {}, {}, 255 * 32 + 1), std::runtime_error); }

TEST(EqualInConstantTime, ComparesLengthAndOctets)
{
    EXPECT_TRUE(equal_in_constant_time(as_bytes("same"), as_bytes("same")));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("sama")));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("sam")));
    EXPECT_TRUE(equal_in_constant_time({}, {}));
}

}  // namespace
}  // namespace sealpost::crypto
