#include "wire/mail/date.hpp"

#include <gtest/gtest.h>

namespace sealpost::mail {
namespace {

TEST(MailDate, IsReadAsMailWritesIt)
{
    const auto time = parse_rfc3339("2026-11-22T08:15:30Z").value();
    EXPECT_EQ(parse_date("Sun, 22 Nov 2026 08:15:30 +0000"), time);
    EXPECT_EQ(parse_date("22 nov 2026 09:15:30  +0100"), time);
    EXPECT_EQ(parse_date("Sun, 22 Nov 2026 03:45:30 -0430"), time);
    EXPECT_EQ(parse_date("Sun,22 Nov 2026 08:15:30 GMT"), time);
    EXPECT_EQ(parse_date("1 Jan 2027 00:00 Z"), parse_rfc3339("2027-01-01T00:00:00Z").value());
    EXPECT_EQ(parse_date(format_rfc5322_date(time)), time);
}

TEST(MailDate, OfNoDayOrInAnotherShapeIsNone)
{
    for (const char* text : {"",
                             ",",
                             "tomorrow",
                             "Mon, 22 Nov 2026 08:15:30 +0000",
                             "31 Jun 2026 08:15:30 +0000",
                             "22 Nov 26 08:15:30 +0000",
                             "22 Nov 2026 08:15:30",
                             "22 Nov 2026 8:15:30 +0000",
                             "22 Nov 2026 24:00:00 +0000",
                             "22 Nov 2026 08:15:61 +0000",
                             "22 Nov 2026 08:15:30 EST",
                             "22 Nov 2026 08:15:30 +01:00",
                             "22 Nov 2026 08:15:30 +0160",
                             "22 11 2026 08:15:30 +0000",
                             "22 Nov 2026 08:15:30 +0000 x",
                             "Sun, Sun, 22 Nov 2026 08:15:30 +0000",
                             "22 Nov 1899 08:15:30 +0000",
                             "-2 Nov 2026 08:15:30 +0000",
                             "22 Nov 2026 08 +0000",
                             "22 Nov 2026 08:15:30:00 +0000"})
        EXPECT_FALSE(parse_date(text)) << text;
}

}  // namespace
}  // namespace sealpost::mail
