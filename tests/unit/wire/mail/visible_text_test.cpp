#include "wire/mail/visible_text.hpp"

#include <gtest/gtest.h>

namespace sealpost::mail {
namespace {

TEST(VisibleText, KeepsLinesAndWhatPeopleRead)
{
    EXPECT_EQ(show_controls("Subject: caf\xC3\xA9\r\n\tfolded\r\nX: \\ y\n"), "Subject: caf\xC3\xA9\n\tfolded\nX: \\ y\n");
    EXPECT_EQ(show_controls(""), "");
}

TEST(VisibleText, TellsWhatWouldSteerATerminal)
{
    EXPECT_EQ(show_controls("a\x1b[2Jb"), "a\\x1b[2Jb");
    EXPECT_EQ(show_controls(std::string_view("a\0b\rc\x7f", 6)), "a\\x00b\\x0dc\\x7f");
    EXPECT_EQ(show_controls("a\xC2\x9B\x32J"), "a\\x9b2J") << "C1 controls have two octets";
    EXPECT_EQ(show_controls("a\xFF\xC3"), "a\\xff\\xc3");
}

TEST(VisibleText, TellsWhatTurnsTheTextAroundOrIsNotSeen)
{
    EXPECT_EQ(show_controls("a\xE2\x80\xAE"
                            "fdp.exe\xE2\x80\x8B\xEF\xBB\xBF"),
              "a\\u202efdp.exe\\u200b\\ufeff");
}

TEST(VisibleText, TellsLineEndsOfWhatBelongsIntoOneLine)
{
    EXPECT_EQ(show_line("ada\n2  root\r\n\tx"), "ada\\x0a2  root\\x0d\\x0a\\x09x");
    EXPECT_EQ(show_line("Zo\xC3\xAB O'Hara"), "Zo\xC3\xAB O'Hara");
}

TEST(VisibleText, KnowsWhatTheEyeSeesAsOneLine)
{
    EXPECT_TRUE(is_all_visible("Zo\xC3\xAB O'Hara"));
    EXPECT_TRUE(is_all_visible(""));
    for (const char* hidden :
         {"a\nb", "a\tb", "a\x1b[2J", "a\x7f", "a\xC2\x9B", "a\xE2\x80\xA8", "a\xE2\x80\xAE", "a\xD8\x9C", "a\xFF"}) {
        EXPECT_FALSE(is_all_visible(hidden)) << hidden;
        EXPECT_FALSE(is_plain_line(hidden)) << hidden;
    }
    const char* joined = "\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE";
    EXPECT_FALSE(is_all_visible(joined)) << "cannot be told from the same without the joiner";
    EXPECT_TRUE(is_plain_line(joined));
}

}  // namespace
}  // namespace sealpost::mail
