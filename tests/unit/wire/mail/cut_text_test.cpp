#include "wire/mail/cut_text.hpp"

#include <gtest/gtest.h>

namespace sealpost::mail {
namespace {

std::string cut(std::string text, std::size_t max_bytes)
{
    cut_text(text, max_bytes);
    return text;
}

TEST(CutText, KeepsCodePointsWhole)
{
    EXPECT_EQ(cut("abc", 3), "abc");
    EXPECT_EQ(cut("abc", 2), "ab");
    EXPECT_EQ(cut("été", 3), "ét");
    EXPECT_EQ(cut("été", 4), "ét");
    EXPECT_EQ(cut("été", 5), "été");
    EXPECT_EQ(cut("\xF0\x9F\x93\xA8", 3), "");
    EXPECT_EQ(cut("", 0), "");
    EXPECT_EQ(cut(std::string(100, '\x80'), 50).size(), 46U) << "no text at all, and some of it stays";
}

}  // namespace
}  // namespace sealpost::mail
