#include "sys/net/shared_places.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace sealpost::net {
namespace {

using Answer = SharedPlaces::Answer;

IpAddress host(int number) { return *parse_ip("192.0.2." + std::to_string(number)); }

unsigned fill(SharedPlaces& places, const IpAddress& address)
{
    unsigned taken = 0;
    while (places.take(address) == Answer::taken) ++taken;
    return taken;
}

TEST(SharedPlaces, AreGivenOutAndTakenBack)
{
    SharedPlaces places(2);
    EXPECT_EQ(places.take(host(1)), Answer::taken);
    EXPECT_EQ(places.take(host(2)), Answer::taken);
    EXPECT_EQ(places.take(host(3)), Answer::all_are_taken);
    places.leave(host(1));
    EXPECT_EQ(places.take(host(3)), Answer::taken);
    EXPECT_EQ(places.taken(), 2U);
}

TEST(SharedPlaces, LeaveTheLastTenthToOtherHosts)
{
    SharedPlaces places(1000);
    EXPECT_EQ(fill(places, host(1)), 900U);
    EXPECT_EQ(places.take(host(1)), Answer::host_has_its_share);
    for (int number = 2; number < 50; ++number) EXPECT_EQ(places.take(host(number)), Answer::taken) << number;
}

TEST(SharedPlaces, AreRefusedFirstToWhoeverHoldsTheMost)
{
    SharedPlaces places(100);
    fill(places, host(1));
    fill(places, host(2));
    EXPECT_EQ(places.take(host(1)), Answer::host_has_its_share);
    EXPECT_EQ(places.take(host(3)), Answer::taken) << "who holds none gets any that is left";
    for (int number = 4; places.taken() < 100; ++number) EXPECT_EQ(places.take(host(number)), Answer::taken);
    EXPECT_EQ(places.take(host(99)), Answer::all_are_taken);
    places.leave(host(1));
    EXPECT_EQ(places.take(host(1)), Answer::host_has_its_share) << "a place of its own that it gave up goes to others";
    EXPECT_EQ(places.take(host(99)), Answer::taken);
}

TEST(SharedPlaces, AreNotSharedWhileThereAreFew)
{
    SharedPlaces places(5);
    EXPECT_EQ(fill(places, host(1)), 5U);
}

TEST(SharedPlaces, TakeAnIpv6NetworkForOneHost)
{
    SharedPlaces places(100, 2);
    EXPECT_EQ(places.take(*parse_ip("2001:db8::1")), Answer::taken);
    EXPECT_EQ(places.take(*parse_ip("2001:db8::2")), Answer::taken);
    EXPECT_EQ(places.take(*parse_ip("2001:db8::3")), Answer::host_has_its_share);
    EXPECT_EQ(places.take(*parse_ip("2001:db8:0:1::1")), Answer::taken);
}

TEST(SharedPlaces, AreCrowdedWhenThreeQuartersAreTaken)
{
    SharedPlaces places(8);
    for (int number = 0; number < 5; ++number) EXPECT_EQ(places.take(host(number)), Answer::taken);
    EXPECT_FALSE(places.is_crowded());
    EXPECT_EQ(places.take(host(5)), Answer::taken);
    EXPECT_TRUE(places.is_crowded());
    places.leave(host(5));
    EXPECT_FALSE(places.is_crowded());
}

TEST(SharedPlaces, AreCountedRightFromManyThreads)
{
    SharedPlaces places(100);
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number)
        threads.emplace_back([&places, number] {
            for (int round = 0; round < 1000; ++round)
                if (places.take(host(number)) == Answer::taken) places.leave(host(number));
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(places.taken(), 0U);
}

}  // namespace
}  // namespace sealpost::net
