#include "serve/sealer/late_notification.hpp"

#include "serve/ended_key_service.hpp"
#include "serve/task_answers.hpp"

#include <gmock/gmock.h>

namespace sealpost::sealer {
namespace {

using queue::wait_for;
using testing::HasSubstr;
using Kind = queue::RecipientOutcome::Kind;

const std::string envelope = "abcdefghijklmnopqrstuvwxya";

class LateNotification : public queue::QueueFixture {
protected:
    // A notification that has waited so long.
    std::optional<queue::Report> check(std::chrono::minutes waited, std::string facts = format_notification_facts(envelope))
    {
        queue::DueMessage message;
        message.lane = "notification";
        message.facts = std::move(facts);
        message.accepted_at = clock_.now() - waited;
        message.recipients = {{0, "bob@partner.test", "", ""}, {2, "carol@partner.test", "", ""}};
        return wait_for(check_late_notification(keys_, std::move(message), clock_.now(), log::Log::silent()));
    }

    std::shared_ptr<EndedKeyService> keys_ = std::make_shared<EndedKeyService>();
};

TEST_F(LateNotification, LeavesWithoutAQuestionWhenItIsNew)
{
    keys_->ending = Ending::expired;
    EXPECT_FALSE(check(std::chrono::minutes(1)).has_value());
    EXPECT_TRUE(keys_->asked.empty());
}

TEST_F(LateNotification, LeavesWhileTheEnvelopeCanBeOpened)
{
    EXPECT_FALSE(check(std::chrono::hours(50)).has_value());
    EXPECT_EQ(keys_->asked, std::vector{envelope});
}

TEST_F(LateNotification, FailsForAllAndSaysWhyWhenTheEnvelopeHasEnded)
{
    for (const auto& [ending, code, word] :
         {std::tuple(Ending::expired, "5.4.7", "expiry"), std::tuple(Ending::recalled, "5.7.0", "recalled")}) {
        keys_->ending = ending;
        const auto stopped = check(std::chrono::hours(50));
        ASSERT_TRUE(stopped.has_value());
        ASSERT_EQ(stopped->outcomes.size(), 2U);
        EXPECT_EQ(stopped->outcomes[0].index, 0);
        EXPECT_EQ(stopped->outcomes[1].index, 2);
        for (const auto& outcome : stopped->outcomes) {
            EXPECT_EQ(outcome.kind, Kind::failed);
            EXPECT_EQ(outcome.enhanced_code, code);
            EXPECT_THAT(outcome.text, HasSubstr(word));
        }
    }
}

TEST_F(LateNotification, WaitsWithoutAnAttemptWhileTheServiceCannotSay)
{
    keys_->is_away = true;
    const auto stopped = check(std::chrono::hours(50));
    ASSERT_TRUE(stopped.has_value());
    for (const auto& outcome : stopped->outcomes) {
        EXPECT_EQ(outcome.kind, Kind::retry);
        EXPECT_TRUE(outcome.postponed_for.has_value());
        EXPECT_FALSE(outcome.is_suspended) << "its age goes on";
        EXPECT_THAT(outcome.text, HasSubstr("nobody answers"));
    }
}

TEST_F(LateNotification, IsNoOtherMailOfTheLane)
{
    keys_->ending = Ending::expired;
    for (const std::string facts :
         {"", "{}", R"({"envelope":"short"})", R"({"envelope":"abcdefghijklmnopqrstuvwxya","person":"bob@partner.test"})"})
        EXPECT_FALSE(check(std::chrono::hours(50), facts).has_value()) << facts;
    EXPECT_TRUE(keys_->asked.empty());
}

}  // namespace
}  // namespace sealpost::sealer
