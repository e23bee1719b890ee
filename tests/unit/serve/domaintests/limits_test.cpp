#include "serve/domaintests/public_address.hpp"
#include "serve/domaintests/quota.hpp"

#include <gtest/gtest.h>

namespace sealpost::domaintests {
namespace {

using namespace std::chrono_literals;

TEST(PublicAddress, IsNoneOfTheSpecialOnes)
{
    for (const char* text :
         {"0.1.2.3",         "10.0.0.1",       "100.64.0.1",    "100.127.255.255", "127.0.0.1",   "169.254.169.254",
          "172.16.0.1",      "172.31.255.255", "192.0.0.8",     "192.0.2.1",       "192.168.1.1", "198.19.0.1",
          "198.51.100.7",    "203.0.113.9",    "224.0.0.1",     "255.255.255.255", "::",          "::1",
          "::ffff:10.0.0.1", "fe80::1",        "fc00::1",       "fd12::1",         "ff02::1",     "64:ff9b::a00:1",
          "2001:db8::1",     "2001::1",        "2002:a00:1::1", "3fff:1::1"})
        EXPECT_FALSE(is_public_address(*parse_ip(text))) << text;
    for (const char* text : {"1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1",
                             "192.0.1.1", "198.17.0.1", "223.255.255.255", "2001:200::1", "2606:4700::1111", "3ffe::1"})
        EXPECT_TRUE(is_public_address(*parse_ip(text))) << text;
}

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
