#include "base/cut_text.hpp"
#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace sealpost {
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

TEST(ShowLine, IsValidUtf8OfOneLineAndAtMostSoLong)
{
    EXPECT_EQ(show_line("a\r\nb\x7f"
                        "\xc2\x85"
                        "c",
                        20),
              "a  b  c");
    EXPECT_EQ(show_line("été été", 5), "été");
    EXPECT_EQ(show_line("été été", 4), "ét");
    EXPECT_EQ(show_line("\xff\xff", 5), "\xEF\xBF\xBD") << "no half of a replacement";
    EXPECT_EQ(show_line(std::string(40, '\n'), 30), std::string(30, ' '));
    std::string controls;
    for (int i = 0; i < 40; ++i) controls += "\xc2\x85";
    EXPECT_EQ(show_line(controls, 30), std::string(30, ' '));
}

TEST(Utf8, IsCleanedAsRfc3629Says)
{
    EXPECT_TRUE(is_utf8("é日😀"));
    for (const char* bad : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\xff"}) {
        EXPECT_FALSE(is_utf8(bad)) << bad;
        EXPECT_TRUE(is_utf8(clean_utf8(bad, Controls::none)));
    }
    EXPECT_EQ(clean_utf8("a\tb\nc\x7f\xc2\x85"
                         "d",
                         Controls::keep_lines),
              "a\tb\nc  d");
    EXPECT_EQ(clean_utf8("a\nb", Controls::none), "a b");
}

}  // namespace
}  // namespace sealpost
