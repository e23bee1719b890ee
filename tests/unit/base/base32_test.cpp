#include "base/base32.hpp"

#include <gtest/gtest.h>

namespace sealpost {
namespace {

// RFC 4648 §10, in lower case and without padding.
TEST(Base32, WritesTheVectorsOfTheRfc)
{
    EXPECT_EQ(format_base32(as_bytes("")), "");
    EXPECT_EQ(format_base32(as_bytes("f")), "my");
    EXPECT_EQ(format_base32(as_bytes("fo")), "mzxq");
    EXPECT_EQ(format_base32(as_bytes("foo")), "mzxw6");
    EXPECT_EQ(format_base32(as_bytes("foob")), "mzxw6yq");
    EXPECT_EQ(format_base32(as_bytes("fooba")), "mzxw6ytb");
    EXPECT_EQ(format_base32(as_bytes("foobar")), "mzxw6ytboi");
}

TEST(Base32, WritesEveryBit)
{
    EXPECT_EQ(format_base32(Bytes(5, 0xff)), "77777777");
    EXPECT_EQ(format_base32(Bytes(16, 0xff)), std::string(25, '7') + '4') << "an envelope id: two spare bits, zero";
}

}  // namespace
}  // namespace sealpost
