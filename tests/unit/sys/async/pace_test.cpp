#include "sys/async/pace.hpp"

#include <gtest/gtest.h>

namespace sealpost::async {
namespace {

using namespace std::chrono_literals;

TEST(Pace, GivesASecondMoreForEachSharePaidIn)
{
    const Pace pace(10s, 100);
    const auto begun = pace.end(0) - 10s;
    EXPECT_EQ(pace.end(99), begun + 10s + 990ms);
    EXPECT_EQ(pace.end(100), begun + 11s);
    EXPECT_EQ(pace.end(1'000'000), begun + 10'010s);
    EXPECT_FALSE(pace.deadline(0).has_passed());
    EXPECT_TRUE(Pace(0s, 100).deadline(0).has_passed());
}

TEST(Pace, GivesNoTimeToStandStillForHavingBeenQuick)
{
    Pace pace(10s, 100);
    const auto begun = pace.end(0) - 10s;
    pace.forget_lead(0);
    EXPECT_EQ(pace.end(0), begun + 10s) << "nobody was";
    pace.forget_lead(1'000'000);
    EXPECT_LE(pace.end(1'000'000), Deadline::Clock::now() + 10s);
    EXPECT_GE(pace.end(1'000'000), begun + 10s);
    EXPECT_EQ(pace.end(1'000'100), pace.end(1'000'000) + 1s) << "what comes from then on counts";
    Pace any;
    any.forget_lead(1);
    EXPECT_TRUE(any.deadline(1).is_never());
}

TEST(Pace, IsPatientForEverWhereNoRateIsAskedFor) { EXPECT_TRUE(Pace().deadline(0).is_never()); }

}  // namespace
}  // namespace sealpost::async
