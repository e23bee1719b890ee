#include "core/queue/queue_fixture.hpp"

#include <set>

namespace sealpost::queue {
namespace {

using Kind = RecipientOutcome::Kind;
using QueueOperators = QueueFixture;

TEST_F(QueueOperators, BounceAMessageWithAReport)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    EXPECT_TRUE(wait_for(queue_->bounce(id)).value());
    EXPECT_FALSE(wait_for(queue_->bounce(id)).value());
    const auto reports = claim();
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].sender, "");
    EXPECT_EQ(reports[0].recipients.at(0).address, "alice@acme.test");
    const std::string text = read(reports[0].content);
    EXPECT_NE(text.find("Action: failed"), std::string::npos) << text;
    EXPECT_NE(text.find("Status: 5.3.0"), std::string::npos);
    EXPECT_NE(text.find("(given up by an administrator of this mail system)"), std::string::npos);
    EXPECT_EQ(text.find("Remote-MTA"), std::string::npos);
    const auto told = wait_for(queue_->track(id)).value()->recipients.at(0);
    EXPECT_EQ(told.state, RecipientState::failed);
    EXPECT_EQ(told.enhanced_code, "5.3.0");
    EXPECT_EQ(wait_for(queue_->track(id)).value()->attempts, 0);
}

TEST_F(QueueOperators, BounceWhatIsChosenAndLeaveTheRestAsItWas)
{
    const auto two = accept(make_message({"bob@partner.test", "dan@other.test"}));
    const auto held = accept(make_message({"eve@partner.test"}));
    const auto null = accept([] {
        NewMessage message = make_message({"carol@partner.test"});
        message.sender = "";
        return message;
    }());
    ASSERT_TRUE(wait_for(queue_->hold(held)).value());
    EXPECT_EQ(wait_for(queue_->count_all({"partner.test", "", false})).value(), 3);
    EXPECT_EQ(wait_for(queue_->bounce_all({"partner.test", "", false})).value(), 3);
    EXPECT_EQ(wait_for(queue_->bounce_all({"partner.test", "", false})).value(), 0);
    const auto left = wait_for(queue_->show(two)).value()->recipients;
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].address, "dan@other.test");
    EXPECT_EQ(left[0].state, RecipientState::waiting);
    std::multiset<std::string> claimed;
    for (const auto& message : claim()) claimed.insert(message.recipients.at(0).address);
    EXPECT_EQ(claimed, (std::multiset<std::string>{"alice@acme.test", "alice@acme.test", "dan@other.test"}));
    EXPECT_EQ(wait_for(queue_->track(null)).value()->recipients.at(0).state, RecipientState::failed);
}

TEST_F(QueueOperators, BounceWithWhatTheLastAttemptCameTo)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    RecipientOutcome later = outcome(0, Kind::retry);
    later.text = "451 4.7.1 come back later";
    later.facts = R"({"tls":"TLSv1.3"})";
    settle(id, {later});
    EXPECT_TRUE(wait_for(queue_->bounce(id)).value());
    const auto told = wait_for(queue_->track(id)).value()->recipients.at(0);
    EXPECT_EQ(told.text, "451 4.7.1 come back later (given up by an administrator of this mail system)");
    EXPECT_EQ(told.facts, later.facts);
    EXPECT_NE(read(claim().at(0).content).find("come back later"), std::string::npos);
}

TEST_F(QueueOperators, SayThatABouncedMessageArrivedAllTheSame)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    ASSERT_EQ(claim().size(), 1U);
    EXPECT_TRUE(wait_for(queue_->bounce(id)).value());
    settle(id, {outcome(0, Kind::delivered)});
    EXPECT_EQ(wait_for(queue_->track(id)).value()->recipients.at(0).state, RecipientState::delivered);
    settle(id, {outcome(0, Kind::failed)});
    EXPECT_EQ(wait_for(queue_->track(id)).value()->recipients.at(0).state, RecipientState::delivered) << "once";
}

TEST_F(QueueOperators, BounceMoreThanOneCommitHolds)
{
    for (int number = 0; number < 250; ++number) accept(make_message({"bob@partner.test"}));
    EXPECT_EQ(wait_for(queue_->bounce_all({"partner.test", "", false})).value(), 250);
    EXPECT_EQ(ask("select count(*) from queue_message where lane = 'bounce'"), 250);
}

TEST_F(QueueOperators, BounceNothingToWhoWantsNoReport)
{
    NewMessage message = make_message({"bob@partner.test"});
    message.recipients[0].notify = "NEVER";
    const auto id = accept(std::move(message));
    EXPECT_TRUE(wait_for(queue_->bounce(id)).value());
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(wait_for(queue_->track(id)).value()->recipients.at(0).state, RecipientState::failed);
}

}  // namespace
}  // namespace sealpost::queue
