#include "serve/courier/domain_limits.hpp"

#include "sys/async/workers.hpp"

#include <gtest/gtest.h>

namespace sealpost::courier {
namespace {

using namespace std::chrono_literals;

constexpr DomainLimits::Time noon{std::chrono::hours(1000)};

Restraint three_in_ten_minutes()
{
    Restraint restraint;
    restraint.max_recipients = 3;
    restraint.recipient_period = 10min;
    return restraint;
}

TEST(DomainLimits, GrantsRecipientsUntilThePeriodIsFull)
{
    DomainLimits limits;
    EXPECT_EQ(limits.take_recipients("acme.test", three_in_ten_minutes(), 2, noon).recipients, 2U);
    const auto grant = limits.take_recipients("acme.test", three_in_ten_minutes(), 2, noon + 4min);
    EXPECT_EQ(grant.recipients, 1U);
    EXPECT_EQ(grant.wait, 6min);
    EXPECT_EQ(limits.take_recipients("partner.test", three_in_ten_minutes(), 2, noon + 4min).recipients, 2U);
    EXPECT_EQ(limits.take_recipients("acme.test", three_in_ten_minutes(), 4, noon + 10min).recipients, 3U);
}

TEST(DomainLimits, FollowsAChangedPolicyWithinThePeriod)
{
    DomainLimits limits;
    Restraint restraint = three_in_ten_minutes();
    EXPECT_EQ(limits.take_recipients("acme.test", restraint, 3, noon).recipients, 3U);
    restraint.recipient_period = 1min;
    EXPECT_EQ(limits.take_recipients("acme.test", restraint, 1, noon + 5s).wait, 1min);
    restraint.max_recipients = 1;
    EXPECT_EQ(limits.take_recipients("acme.test", restraint, 1, noon + 10s).recipients, 0U);
    restraint.max_recipients = 0;
    EXPECT_EQ(limits.take_recipients("acme.test", restraint, 50, noon + 10s).recipients, 50U);
}

TEST(DomainLimits, CountsNoRecipientOfWhomNobodyWasTold)
{
    DomainLimits limits;
    EXPECT_EQ(limits.take_recipients("acme.test", three_in_ten_minutes(), 3, noon).recipients, 3U);
    limits.give_back_recipients("acme.test", 2);
    EXPECT_EQ(limits.take_recipients("acme.test", three_in_ten_minutes(), 3, noon + 1s).recipients, 2U);
    limits.give_back_recipients("acme.test", 3);
    EXPECT_EQ(limits.domains(), 0U);
}

TEST(DomainLimits, StaysWithinItsMemoryAndForgetsPeriodsThatAreOver)
{
    DomainLimits limits(2);
    EXPECT_EQ(limits.take_recipients("a.test", three_in_ten_minutes(), 1, noon).recipients, 1U);
    EXPECT_EQ(limits.take_recipients("b.test", three_in_ten_minutes(), 1, noon).recipients, 1U);
    EXPECT_EQ(limits.take_recipients("c.test", three_in_ten_minutes(), 1, noon).recipients, 0U);
    EXPECT_EQ(limits.domains(), 2U);
    EXPECT_EQ(limits.take_recipients("c.test", three_in_ten_minutes(), 1, noon + 10min).recipients, 1U);
    EXPECT_EQ(limits.domains(), 1U);
}

TEST(DomainLimits, ASeatIsFreeAgainWhenItsHolderIsGone)
{
    DomainLimits limits;
    {
        const Seat first = limits.try_seat("acme.test", 2);
        Seat second = limits.try_seat("acme.test", 2);
        EXPECT_FALSE(limits.try_seat("acme.test", 2).is_taken());
        second = limits.try_seat("partner.test", 2);
        EXPECT_TRUE(limits.try_seat("acme.test", 2).is_taken());
    }
    EXPECT_EQ(limits.domains(), 0U);
}

Task<void> stand_in_line(DomainLimits& limits, std::string name, std::string& order)
{
    Executor executor = co_await async::this_executor();
    Turn turn(limits, "acme.test", executor);
    Seat seat;
    while (!seat.is_taken()) {
        if (turn.is_first()) seat = limits.try_seat("acme.test", 1);
        if (seat.is_taken()) break;
        [[maybe_unused]] const bool changed = co_await turn.wait(Deadline::after(20s));
    }
    order += name;
}

Task<void> let_three_wait(DomainLimits& limits, std::string& order)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    {
        const Seat seat = limits.try_seat("acme.test", 1);
        for (const char* name : {"1", "2", "3"}) group.spawn(stand_in_line(limits, name, order));
        while (group.running() < 3 || limits.domains() == 0) {
            [[maybe_unused]] auto slept = co_await async::sleep_until(Deadline::after(0s));
        }
        EXPECT_EQ(order, "");
    }
    co_await group.join();
}

TEST(DomainLimits, ServesThoseWhoWaitInTheirOrder)
{
    DomainLimits limits;
    std::string order;
    async::run_here([&] { return let_three_wait(limits, order); });
    EXPECT_EQ(order, "123");
    EXPECT_EQ(limits.domains(), 0U);
}

}  // namespace
}  // namespace sealpost::courier
