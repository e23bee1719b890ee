#include "core/queue/retry.hpp"

#include "core/queue/queue_fixture.hpp"

#include <gtest/gtest.h>

namespace sealpost::queue {
namespace {

using namespace std::chrono_literals;
const WallTime start{1'800'000'000'000ms};

std::chrono::milliseconds wait_after(int attempts, MessageId message = MessageId(1))
{
    return *find_next_attempt(RetryPlan(), message, attempts, start, start) - start;
}

TEST(RetryPlan, DoublesFromAMinuteToAnHourLessATenthAtMost)
{
    for (const auto& [attempts, base] : {std::pair{1, 60s}, {2, 120s}, {3, 240s}, {6, 1920s}, {7, 3600s}, {50, 3600s}}) {
        EXPECT_LE(wait_after(attempts), base) << attempts;
        EXPECT_GE(wait_after(attempts), base * 9 / 10) << attempts;
    }
}

TEST(RetryPlan, SpreadsMessagesThatFailedTogether)
{
    std::set<std::chrono::milliseconds> waits;
    for (int id = 1; id <= 100; ++id) waits.insert(wait_after(1, MessageId(id)));
    EXPECT_GT(waits.size(), 50U);
}

TEST(RetryPlan, MakesALastAttemptWhenTheTimeEndsAndNoneAfterwards)
{
    const RetryPlan plan;
    EXPECT_EQ(find_next_attempt(plan, MessageId(1), 9, start, start + 72h - 1s), start + 72h);
    EXPECT_EQ(find_next_attempt(plan, MessageId(1), 9, start, start + 72h), std::nullopt);
}

TEST(RetryPlan, EndsWithTheLastAllowedAttempt)
{
    EXPECT_TRUE(find_next_attempt(RetryPlan(), MessageId(1), 99, start, start).has_value());
    EXPECT_FALSE(find_next_attempt(RetryPlan(), MessageId(1), 100, start, start).has_value());
}

TEST(RetryPlan, OfTimesAloneEndsWithItsAge)
{
    RetryPlan plan;
    plan.max_age = 120h;
    plan.max_attempts = RetryPlan::no_most;
    EXPECT_TRUE(find_next_attempt(plan, MessageId(1), 100'000, start, start + 119h).has_value());
    EXPECT_EQ(find_next_attempt(plan, MessageId(1), 5, start, start + 120h), std::nullopt);
    EXPECT_EQ(find_last_attempt(plan, MessageId(1), 3, start, start + 1h), start + 120h);
    EXPECT_EQ(find_last_attempt(plan, MessageId(1), 3, start, start + 130h), start + 130h) << "of one that was late";
}

TEST(RetryPlan, PromisesNoTryBeyondTheLastOne)
{
    RetryPlan plan;
    plan.first_retry = 60s;
    plan.max_interval = 3600s;
    plan.max_attempts = 4;
    plan.max_age = 72h;
    const WallTime next = find_next_attempt(plan, MessageId(7), 1, start, start).value();
    const WallTime last = find_last_attempt(plan, MessageId(7), 1, start, next);
    EXPECT_LE(last, start + 60s + 120s + 240s);
    EXPECT_GT(last, start + 54s + 108s + 216s - 1s);
    plan.max_attempts = 1000;
    EXPECT_EQ(find_last_attempt(plan, MessageId(7), 1, start, next), start + 72h);
}

TEST(Notify, MeansFailuresUnlessItSaysOtherwise)
{
    EXPECT_TRUE(parse_notify("").on_failure);
    EXPECT_FALSE(parse_notify("").on_success);
    EXPECT_FALSE(parse_notify("never").on_failure);
    EXPECT_TRUE(parse_notify("SUCCESS,FAILURE").on_failure);
    EXPECT_TRUE(parse_notify("SUCCESS,FAILURE").on_success);
    EXPECT_FALSE(parse_notify("SUCCESS").on_failure);
    EXPECT_FALSE(parse_notify("DELAY").on_failure);
}

TEST(TurnTaking, GoesByTheDomainInLowerCase)
{
    EXPECT_EQ(domain_of("Bob@Partner.TEST"), "partner.test");
    EXPECT_EQ(domain_of("\"odd@local\"@partner.test"), "partner.test");
    EXPECT_EQ(domain_of("postmaster"), "localhost");
    EXPECT_EQ(domain_of("broken@"), "localhost");
}

TEST(TurnTaking, HasALineOfItsOwnForMailToSeveralDomains)
{
    const auto line = [](std::vector<std::string> to) { return line_of(make_message(std::move(to))); };
    EXPECT_EQ(line({"bob@Partner.test", "carol@partner.TEST"}), "partner.test");
    EXPECT_EQ(line({"bob@partner.test", "carol@other.test", "dave@third.test"}), "+partner.test");
    EXPECT_EQ(parse_line("+partner.test").domain, "partner.test");
    EXPECT_TRUE(parse_line("+partner.test").is_of_several);
    EXPECT_EQ(parse_line("partner.test").domain, "partner.test");
    EXPECT_FALSE(parse_line("partner.test").is_of_several);
}

}  // namespace
}  // namespace sealpost::queue
