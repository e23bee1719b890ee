#include "cli/option_checks.hpp"

#include <gtest/gtest.h>

namespace sealpost::cli {
namespace {

TEST(OptionChecks, TakeADomainAndALiteralInItsPlace)
{
    for (const char* good : {"acme.test", "Acme.TEST", "müller.example", "[192.0.2.1]"})
        EXPECT_EQ(refuse_no_mail_domain(good), "");
    for (const char* wrong : {"", "a b", "not a domain", "a@b.test", "[]"}) EXPECT_NE(refuse_no_mail_domain(wrong), "") << wrong;
    EXPECT_NE(refuse_no_domain("[192.0.2.1]"), "");
}

TEST(OptionChecks, TakeAnAddress)
{
    for (const char* good : {"postmaster@acme.test", "jürgen@acme.test"}) EXPECT_EQ(refuse_no_address(good), "");
    for (const char* wrong : {"", "foo", "@acme.test", "a@", "a@b c"}) EXPECT_NE(refuse_no_address(wrong), "") << wrong;
}

TEST(OptionChecks, TakeWhatTheQueueIsChosenBy)
{
    for (const char* good : {"a@acme.test", "<a@acme.test>", "@acme.test", "<>"}) EXPECT_EQ(refuse_no_sender(good), "");
    for (const char* wrong : {"", "foo", "<foo>", "@", "a b@"}) EXPECT_NE(refuse_no_sender(wrong), "") << wrong;
}

TEST(OptionChecks, TakeATimeWithItsUnit)
{
    for (const char* good : {"90s", "15m", "2h", "3d"}) EXPECT_EQ(refuse_no_duration(good), "");
    for (const char* wrong : {"", "90", "0d", "-3d", "d", "3w", "2h 3m", "999999999d", "99999999999999999999d"})
        EXPECT_NE(refuse_no_duration(wrong), "") << wrong;
}

}  // namespace
}  // namespace sealpost::cli
