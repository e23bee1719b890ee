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

}  // namespace
}  // namespace sealpost::mail
