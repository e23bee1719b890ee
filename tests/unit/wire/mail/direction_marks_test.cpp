#include "wire/mail/direction_marks.hpp"

#include <gtest/gtest.h>

namespace sealpost::mail {
namespace {

TEST(DirectionMarks, AreDroppedAndNothingElseIs)
{
    EXPECT_EQ(drop_direction_marks("a\u202A\u202B\u202C\u202D\u202Eb\u2066\u2067\u2068\u2069"), "ab");
    EXPECT_EQ(drop_direction_marks("\u2029\u202F\u2065\u206A"), "\u2029\u202F\u2065\u206A");
    EXPECT_EQ(drop_direction_marks("été, שלום, سلام\u200F"), "été, שלום, سلام\u200F");
    EXPECT_EQ(drop_direction_marks("\xE2\x80"), "\xE2\x80") << "no whole character";
    EXPECT_EQ(drop_direction_marks(""), "");
}

}  // namespace
}  // namespace sealpost::mail
