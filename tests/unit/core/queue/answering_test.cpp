#include "core/queue/answering.hpp"

#include <gtest/gtest.h>

namespace sealpost::queue {
namespace {

TEST(TakingTheSuspended, LeavesTheOthersAndCountsNoAttempt)
{
    DueMessage message;
    message.recipients = {{0, "bob@Away.test", "", "", 0}, {1, "carol@partner.test", "", "", 0}, {2, "dan@away.test", "", "", 0}};
    const auto report = take_suspended(message, [](const std::string& domain) { return domain == "away.test"; });
    ASSERT_EQ(message.recipients.size(), 1U);
    EXPECT_EQ(message.recipients[0].index, 1);
    ASSERT_EQ(report.outcomes.size(), 2U);
    for (const auto& outcome : report.outcomes) {
        EXPECT_EQ(outcome.kind, RecipientOutcome::Kind::retry);
        EXPECT_TRUE(outcome.postponed_for.has_value());
        EXPECT_TRUE(outcome.is_suspended);
    }
}

}  // namespace
}  // namespace sealpost::queue
