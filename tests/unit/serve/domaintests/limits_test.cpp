#include "serve/domaintests/quota.hpp"

#include <gtest/gtest.h>

namespace sealpost::domaintests {
namespace {

using namespace std::chrono_literals;

TEST(Quota, GivesSoManyInSoLong)
{
    Quota quota(2, 60s);
    WallTime now{};
    EXPECT_FALSE(quota.find_wait("a", now));
    quota.count("a", now);
    quota.count("a", now + 20s);
    EXPECT_EQ(quota.find_wait("a", now + 20s), 40s);
    EXPECT_FALSE(quota.find_wait("b", now + 20s));
    EXPECT_EQ(quota.find_wait("a", now + 59999ms), 1s);
    EXPECT_FALSE(quota.find_wait("a", now + 60s));
    quota.count("a", now + 60s);
    EXPECT_EQ(quota.find_wait("a", now + 60s), 20s);
}

TEST(Quota, IsNotUsedUpByAClockThatWasAhead)
{
    Quota quota(2, 60s);
    const WallTime now{};
    for (int i = 0; i < 2; ++i) quota.count("a", now + 24h);
    EXPECT_FALSE(quota.find_wait("a", now));
    for (int i = 0; i < 2; ++i) quota.count("a", now);
    EXPECT_EQ(quota.find_wait("a", now), 60s);
}

TEST(Quota, HoldsNoMoreNamesThanItMay)
{
    Quota quota(5, 1h, 100);
    for (int i = 0; i < 10'000; ++i) quota.count("name" + std::to_string(i), WallTime{} + std::chrono::milliseconds(i));
    EXPECT_LE(quota.names(), 100U);
}

}  // namespace
}  // namespace sealpost::domaintests
