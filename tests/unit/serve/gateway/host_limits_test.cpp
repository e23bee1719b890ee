#include "serve/gateway/host_limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sealpost::gateway {
namespace {

using namespace std::chrono_literals;

IpAddress ip(std::string_view text) { return *parse_ip(text); }

struct HostLimitsTest : testing::Test {
    ManualClock clock{parse_rfc3339("2026-11-22T08:15:00.000Z").value()};
    HostLimits limits{clock, 4};
};

TEST_F(HostLimitsTest, LetsInAsManyConnectionsAsThePolicySays)
{
    auto first = limits.enter(ip("192.0.2.1"), 2);
    auto second = limits.enter(ip("192.0.2.1"), 2);
    EXPECT_TRUE(first && first->is_held());
    EXPECT_TRUE(second.has_value());
    EXPECT_FALSE(limits.enter(ip("192.0.2.1"), 2).has_value());
    EXPECT_TRUE(limits.enter(ip("192.0.2.2"), 2).has_value());
}

TEST_F(HostLimitsTest, GivesAPlaceBackWhenItsHolderGoes)
{
    {
        auto place = limits.enter(ip("192.0.2.1"), 1);
        Place moved = std::move(*place);
        EXPECT_FALSE(limits.enter(ip("192.0.2.1"), 1).has_value());
        moved = Place();
        EXPECT_TRUE(limits.enter(ip("192.0.2.1"), 1).has_value());
    }
    EXPECT_EQ(limits.known_hosts(), 0U);
}

TEST_F(HostLimitsTest, MeasuresOneCountByThePolicyOfEachListener)
{
    auto first = limits.enter(ip("192.0.2.1"), 10);
    auto second = limits.enter(ip("192.0.2.1"), 10);
    EXPECT_FALSE(limits.enter(ip("192.0.2.1"), 2).has_value());
    EXPECT_TRUE(limits.enter(ip("192.0.2.1"), 3).has_value());
}

TEST_F(HostLimitsTest, TakesTheAddressesOfAnIpv6NetworkForOneHost)
{
    auto place = limits.enter(ip("2001:db8:0:1::1"), 1);
    EXPECT_FALSE(limits.enter(ip("2001:db8:0:1:ffff::2"), 1).has_value());
    EXPECT_TRUE(limits.enter(ip("2001:db8:0:2::1"), 1).has_value());
}

TEST_F(HostLimitsTest, RefusesRecipientsBeyondTheHoursNumberUntilItStrikes)
{
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(limits.take_recipient(ip("192.0.2.1"), 20));
    EXPECT_FALSE(limits.take_recipient(ip("192.0.2.1"), 20));
    EXPECT_TRUE(limits.take_recipient(ip("192.0.2.2"), 20));
    clock.advance(44min);  // 08:59
    EXPECT_FALSE(limits.take_recipient(ip("192.0.2.1"), 20));
    clock.advance(1min);  // 09:00
    EXPECT_TRUE(limits.take_recipient(ip("192.0.2.1"), 20));
}

TEST_F(HostLimitsTest, CountsRecipientsAlsoWhereThereIsNoLimit)
{
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(limits.take_recipient(ip("192.0.2.1"), 0));
    EXPECT_FALSE(limits.take_recipient(ip("192.0.2.1"), 5));
}

TEST_F(HostLimitsTest, DoesNotCountRecipientsThatItRefused)
{
    EXPECT_TRUE(limits.take_recipient(ip("192.0.2.1"), 1));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(limits.take_recipient(ip("192.0.2.1"), 1));
    EXPECT_TRUE(limits.take_recipient(ip("192.0.2.1"), 2));
}

TEST_F(HostLimitsTest, KnowsAHarvesterForTheRestOfTheHour)
{
    limits.count_invalid_recipient(ip("192.0.2.1"));
    EXPECT_FALSE(limits.has_harvested(ip("192.0.2.1"), 2));
    limits.count_invalid_recipient(ip("192.0.2.1"));
    EXPECT_TRUE(limits.has_harvested(ip("192.0.2.1"), 2));
    EXPECT_FALSE(limits.has_harvested(ip("192.0.2.1"), 0));
    EXPECT_FALSE(limits.has_harvested(ip("192.0.2.2"), 2));
    clock.advance(1h);
    EXPECT_FALSE(limits.has_harvested(ip("192.0.2.1"), 2));
}

TEST_F(HostLimitsTest, KeepsACountWhileAConnectionComesAndGoes)
{
    {
        auto place = limits.enter(ip("192.0.2.1"), 1);
        limits.count_invalid_recipient(ip("192.0.2.1"));
    }
    EXPECT_TRUE(limits.has_harvested(ip("192.0.2.1"), 1));
}

TEST_F(HostLimitsTest, ForgetsTheHostThatWasIdleForLongest)
{
    for (const char* host : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"}) limits.count_invalid_recipient(ip(host));
    limits.count_invalid_recipient(ip("192.0.2.1"));  // now .2 is the one
    limits.count_invalid_recipient(ip("192.0.2.5"));
    EXPECT_EQ(limits.known_hosts(), 4U);
    EXPECT_TRUE(limits.has_harvested(ip("192.0.2.1"), 1));
    EXPECT_FALSE(limits.has_harvested(ip("192.0.2.2"), 1));
    EXPECT_TRUE(limits.has_harvested(ip("192.0.2.5"), 1));
}

TEST_F(HostLimitsTest, NeverForgetsAHostThatIsConnected)
{
    auto place = limits.enter(ip("192.0.2.100"), 1);
    limits.count_invalid_recipient(ip("192.0.2.100"));
    for (int i = 1; i < 50; ++i) limits.count_invalid_recipient(ip("192.0.2." + std::to_string(i)));
    EXPECT_EQ(limits.known_hosts(), 5U);
    EXPECT_TRUE(limits.has_harvested(ip("192.0.2.100"), 1));
    EXPECT_FALSE(limits.enter(ip("192.0.2.100"), 1).has_value());
}

TEST_F(HostLimitsTest, ForgetsAllIdleHostsOfAnEarlierHour)
{
    for (const char* host : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) limits.count_invalid_recipient(ip(host));
    clock.advance(1h);
    limits.count_invalid_recipient(ip("192.0.2.4"));
    EXPECT_EQ(limits.known_hosts(), 1U);
}

TEST_F(HostLimitsTest, CountsRightFromManyThreads)
{
    std::vector<std::thread> threads;
    std::atomic<int> taken{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 1000; ++i) {
                auto place = limits.enter(ip("192.0.2.1"), 2);
                if (limits.take_recipient(ip("192.0.2.1"), 500)) ++taken;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(taken, 500);
    EXPECT_TRUE(limits.enter(ip("192.0.2.1"), 1).has_value());
}

TEST(Places, AreGivenOutAndTakenBackAndTold)
{
    std::vector<unsigned> told;
    Places places(2, [&](unsigned taken) { told.push_back(taken); });
    const IpAddress host = *parse_ip("192.0.2.1");
    auto first = places.take(host).place;
    auto second = places.take(host).place;
    const auto third = places.take(host);
    EXPECT_FALSE(third.place.has_value());
    EXPECT_TRUE(third.is_full);
    first.reset();
    EXPECT_TRUE(places.take(host).place.has_value());
    EXPECT_THAT(told, testing::ElementsAre(1, 2, 2, 1, 2, 1));
}

TEST(HostKeyTest, TakesAddressesForOneHostThatShareTheLeadingBits)
{
    const auto key = [](const char* ip, unsigned v4 = 32, unsigned v6 = 64) { return HostKey(*parse_ip(ip), v4, v6); };
    EXPECT_EQ(key("192.0.2.7", 24), key("192.0.2.200", 24));
    EXPECT_NE(key("192.0.2.7", 24), key("192.0.3.7", 24));
    EXPECT_NE(key("192.0.2.7"), key("192.0.2.6"));
    EXPECT_NE(key("192.0.2.0", 32), key("192.0.2.0", 24)) << "who counts otherwise counts apart";
    EXPECT_EQ(key("10.255.0.1", 9), key("10.128.0.9", 9));
    EXPECT_NE(key("10.127.0.1", 9), key("10.128.0.9", 9));
    EXPECT_EQ(key("192.0.2.7", 24, 16), key("192.0.2.8", 24, 64)) << "bits of IPv6 are of no account to IPv4";
    EXPECT_EQ(key("2001:db8::1"), key("2001:db8::ffff:1"));
    EXPECT_NE(key("2001:db8::1"), key("2001:db8:0:1::1"));
    EXPECT_EQ(key("2001:db8::1", 32, 56), key("2001:db8:0:ff::1", 32, 56));
    EXPECT_NE(key("2001:db8::1", 32, 128), key("2001:db8::2", 32, 128));
}

}  // namespace
}  // namespace sealpost::gateway
