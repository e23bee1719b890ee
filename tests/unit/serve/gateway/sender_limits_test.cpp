#include "serve/gateway/sender_limits.hpp"

#include <gtest/gtest.h>

namespace sealpost::gateway {
namespace {

using namespace std::chrono_literals;

class SenderLimitsTest : public testing::Test {
protected:
    bool take(const char* sender, unsigned most = 2, std::chrono::minutes interval = 15min)
    {
        return limits_.take_recipient(sender, interval, most);
    }

    ManualClock clock_{parse_rfc3339("2026-11-22T08:00:00Z").value()};
    SenderLimits limits_{clock_, 3};
};

TEST_F(SenderLimitsTest, CountOneSenderWithoutCaseUntilTheIntervalIsOver)
{
    EXPECT_TRUE(take("anna@acme.test"));
    EXPECT_TRUE(take("Anna@ACME.test"));
    EXPECT_FALSE(take("anna@acme.test"));
    EXPECT_TRUE(take("ben@acme.test"));
    clock_.advance(14min);
    EXPECT_FALSE(take("anna@acme.test"));
    clock_.advance(1min);
    EXPECT_TRUE(take("anna@acme.test"));
}

TEST_F(SenderLimitsTest, CountEachLengthOfIntervalByItself)
{
    EXPECT_TRUE(take("anna@acme.test", 1, 15min));
    EXPECT_TRUE(take("anna@acme.test", 1, 60min));
    EXPECT_FALSE(take("anna@acme.test", 1, 60min));
}

TEST_F(SenderLimitsTest, TakeBackWhatWasRefusedOtherwise)
{
    EXPECT_TRUE(take("anna@acme.test", 1));
    limits_.give_back("anna@acme.test", 15min);
    EXPECT_TRUE(take("anna@acme.test", 1));
    limits_.give_back("stranger@acme.test", 15min);
    EXPECT_FALSE(take("anna@acme.test", 1));
}

TEST_F(SenderLimitsTest, ForgetTheQuietestBeyondTheirRoom)
{
    for (const char* sender : {"a@acme.test", "b@acme.test", "c@acme.test"}) EXPECT_TRUE(take(sender, 1));
    EXPECT_FALSE(take("a@acme.test", 1)) << "and a was heard of last";
    EXPECT_TRUE(take("d@acme.test", 1));
    EXPECT_EQ(limits_.known_senders(), 3U);
    EXPECT_FALSE(take("a@acme.test", 1));
    EXPECT_TRUE(take("b@acme.test", 1)) << "b was forgotten";
}

}  // namespace
}  // namespace sealpost::gateway
