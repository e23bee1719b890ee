#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace sealpost {
namespace {

// RFC 4648 §10
TEST(Base64, WritesTheVectorsOfTheRfc)
{
    EXPECT_EQ(format_base64(as_bytes("")), "");
    EXPECT_EQ(format_base64(as_bytes("f")), "Zg==");
    EXPECT_EQ(format_base64(as_bytes("fo")), "Zm8=");
    EXPECT_EQ(format_base64(as_bytes("foo")), "Zm9v");
    EXPECT_EQ(format_base64(as_bytes("foobar")), "Zm9vYmFy");
    EXPECT_EQ(format_base64url(as_bytes("\xfb\xff")), "-_8");
}

TEST(Base64, ReadsBackWhatItWrote)
{
    const std::string all = [] {
        std::string text;
        for (int i = 0; i < 256; ++i) text.push_back(static_cast<char>(i));
        return text;
    }();
    for (std::size_t length = 0; length < all.size(); ++length) {
        const auto bytes = copy_bytes(all.substr(0, length));
        EXPECT_EQ(parse_base64(format_base64(bytes)).value(), bytes);
        EXPECT_EQ(parse_base64url(format_base64url(bytes)).value(), bytes);
        EXPECT_EQ(parse_hex(format_hex(bytes)).value(), bytes);
    }
}

TEST(Base64, RefusesWhatItWouldNotWrite)
{
    for (const char* text : {"Z", "Zg=", "Zg", "Zh==", "Zm9=", "Z g=", "====", "Zg==Zg==", "Zm8\n"})
        EXPECT_TRUE(parse_base64(text).has_error()) << text;
}

}  // namespace
}  // namespace sealpost
