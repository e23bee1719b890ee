#include "core/queue/queue_fixture.hpp"

#include "core/queue/answering.hpp"

namespace sealpost::queue {
namespace {

using namespace std::chrono_literals;
using Kind = RecipientOutcome::Kind;
using QueueSettle = QueueFixture;

TEST_F(QueueSettle, TriesATemporaryFailureAgainAndOnlyThatRecipient)
{
    const auto id = accept(make_message({"bob@partner.test", "carol@partner.test"}));
    ASSERT_EQ(claim().size(), 1U);
    settle(id, {outcome(0, Kind::delivered), outcome(1, Kind::retry)});
    EXPECT_TRUE(claim().empty());
    clock_.advance(60s);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].attempt, 2);
    ASSERT_EQ(due[0].recipients.size(), 1U);
    EXPECT_EQ(due[0].recipients[0].index, 1);
    EXPECT_EQ(due[0].recipients[0].attempts, 1);
}

TEST_F(QueueSettle, TreatsARecipientWithoutAnOutcomeAsATemporaryFailure)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    settle(id, {});
    EXPECT_EQ(wait_for(queue_->show(id)).value()->attempts, 1);
    clock_.advance(60s);
    EXPECT_EQ(claim().size(), 1U);
}

// It is shown as JSON and on pages, and stands in reports: UTF-8 whatever the other host's octets are.
TEST_F(QueueSettle, KeepsWhatAHostSaidAsText)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    settle(id, {outcome(0, Kind::retry, "450 Bo\xeete pleine")});
    EXPECT_EQ(wait_for(queue_->show(id)).value()->recipients.at(0).text, "450 Bo\xef\xbf\xbdte pleine");
}

TEST_F(QueueSettle, SendsAReportForARecipientThatFailed)
{
    auto message = make_message({"bob@partner.test"});
    message.recipients[0].orcpt = "rfc822;robert@partner.test";
    message.envid = "id+2B1";  // as it is meant: xtext came off when it came in
    const auto id = accept(message);
    claim();
    auto failed = outcome(0, Kind::failed, "550 5.1.1 no such person");
    failed.enhanced_code = "5.1.1";
    failed.remote_host = "mx.partner.test";
    settle(id, {failed});
    EXPECT_FALSE(wait_for(queue_->show(id)).value().has_value());
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, "bounce");
    EXPECT_EQ(due[0].sender, "");
    ASSERT_EQ(due[0].recipients.size(), 1U);
    EXPECT_EQ(due[0].recipients[0].address, "alice@acme.test");
    EXPECT_EQ(due[0].recipients[0].notify, "NEVER");
    const auto text = read(due[0].content);
    EXPECT_EQ(due[0].size, static_cast<std::int64_t>(text.size()));
    for (const auto* part : {"Final-Recipient: rfc822;", "bob@partner.test", "5.1.1", "no such person", "Action: failed",
                             "robert@partner.test", "Original-Envelope-Id: id+2B1", "mx.partner.test", "X-Kind: test"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part;
    }
    EXPECT_EQ(text.find("The body."), std::string::npos);
    EXPECT_EQ(wait_for(queue_->find_children(id)).value(), std::vector{due[0].id});
}

TEST_F(QueueSettle, KeepsAndTellsTheBeginningOfALongReply)
{
    const auto id = accept(make_message({"bob@partner.test", "carol@partner.test"}));
    claim();
    std::string endless = "550 5.1.1 no such person";
    for (int i = 0; i < 10'000; ++i) endless += " \u00e9";
    settle(id, {outcome(0, Kind::failed, endless), outcome(1, Kind::retry, endless)});
    const auto view = wait_for(queue_->track(id)).value();
    ASSERT_EQ(view->recipients.size(), 2U);
    for (const auto& recipient : view->recipients) {
        EXPECT_TRUE(endless.starts_with(recipient.text));
        EXPECT_GT(recipient.text.size(), 1000U);
        EXPECT_LE(recipient.text.size(), 1024U);
    }
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_LT(due[0].size, 8 * 1024);
}

TEST_F(QueueSettle, CallsNothingPermanentThatIsTriedAgain)
{
    auto message = make_message({"bob@partner.test"});
    message.plan = BouncePlan{};
    message.plan->delay_warning_after = 1s;
    message.plan->max_delay_warnings = 1;
    const auto id = accept(message);
    clock_.advance(2s);
    claim();
    auto refused = outcome(0, Kind::retry, "530 5.7.0 Must issue a STARTTLS command first");
    refused.enhanced_code = "5.7.0";
    settle(id, {refused});
    EXPECT_EQ(wait_for(queue_->show(id)).value()->recipients.at(0).enhanced_code, "4.7.0");
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_NE(read(due[0].content).find("Status: 4.7.0"), std::string::npos) << read(due[0].content);
}

TEST_F(QueueSettle, QuotesAHostOnlyWithWhatItSaid)
{
    for (const bool is_own : {false, true}) {
        const auto id = accept(make_message({"bob@partner.test"}));
        claim();
        auto failed = outcome(0, Kind::failed, "550 5.4.1 no");
        failed.remote_host = "mx.partner.test";
        failed.is_own_word = is_own;
        settle(id, {failed});
        const auto due = claim();
        ASSERT_EQ(due.size(), 1U);
        const auto text = read(due[0].content);
        for (const char* quoted : {"Remote-MTA: dns; mx.partner.test", "Diagnostic-Code: smtp; 550", "mx.partner.test said:"})
            EXPECT_EQ(text.find(quoted) == std::string::npos, is_own) << text;
        settle(due[0].id, {outcome(0, Kind::delivered)});
    }
}

TEST_F(QueueSettle, AsksForUtf8OfANotificationOnlyWhereItNeedsIt)
{
    for (const auto& [sender, needs_it] : {std::pair("alice@acme.test", false), std::pair("jürg@acme.test", true)}) {
        auto message = make_message({"bob@partner.test"}, sender);
        message.smtputf8 = true;
        const auto id = accept(message);
        claim();
        settle(id, {outcome(0, Kind::failed)});
        const auto due = claim();
        ASSERT_EQ(due.size(), 1U);
        EXPECT_EQ(due[0].smtputf8, needs_it) << sender;
        settle(due[0].id, {outcome(0, Kind::delivered)});
    }
}

TEST_F(QueueSettle, TellsOfWhatWasDeliveredThoughAnOperatorRemovedIt)
{
    const auto id = accept(make_message({"bob@partner.test", "carol@partner.test"}));
    claim();
    EXPECT_TRUE(wait_for(queue_->remove(id)).value());
    settle(id, {outcome(0, Kind::delivered, "250 taken"), outcome(1, Kind::retry, "451 later")});
    const auto view = wait_for(queue_->track(id)).value();
    ASSERT_EQ(view->recipients.size(), 2U);
    EXPECT_EQ(view->recipients[0].state, RecipientState::delivered);
    EXPECT_EQ(view->recipients[0].text, "250 taken");
    EXPECT_EQ(view->recipients[1].state, RecipientState::removed);
}

TEST_F(QueueSettle, TellsOfWhomItReachedThoughAnOperatorRemovedHim)
{
    const auto id = accept(make_message({"bob@partner.test", "dan@other.test"}));
    claim();
    EXPECT_EQ(wait_for(queue_->remove_all({"other.test", ""})).value(), 1);
    settle(id, {outcome(0, Kind::retry), outcome(1, Kind::delivered, "250 taken")});
    const auto view = wait_for(queue_->track(id)).value();
    EXPECT_EQ(view->recipients.at(0).state, RecipientState::waiting);
    EXPECT_EQ(view->recipients.at(1).state, RecipientState::delivered);
}

TEST_F(QueueSettle, NeverReportsAboutAMessageFromTheNullSender)
{
    const auto id = accept(make_message({"bob@partner.test"}, ""));
    claim();
    settle(id, {outcome(0, Kind::failed)});
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(wait_for(queue_->count()).value().messages, 0);
    EXPECT_EQ(wait_for(queue_->track(id)).value()->recipients.at(0).state, RecipientState::failed);
}

TEST_F(QueueSettle, HonoursWhatTheSenderWantsToHear)
{
    struct Case {
        std::string notify;
        Kind kind;
        bool passed_on;
        std::size_t reports;
    };
    for (const auto& [notify, kind, passed_on, reports] :
         {Case{"NEVER", Kind::failed, false, 0}, Case{"SUCCESS", Kind::failed, false, 0}, Case{"", Kind::delivered, false, 0},
          Case{"FAILURE", Kind::failed, false, 1}, Case{"SUCCESS", Kind::delivered, false, 1},
          Case{"SUCCESS", Kind::delivered, true, 0}, Case{"SUCCESS", Kind::relayed_elsewhere, false, 0}}) {
        auto message = make_message({"bob@partner.test"});
        message.recipients[0].notify = notify;
        const auto id = accept(message);
        claim();
        auto result = outcome(0, kind);
        result.passed_notify_on = passed_on;
        settle(id, {result});
        const auto due = claim();
        EXPECT_EQ(due.size(), reports) << notify << static_cast<int>(kind) << passed_on;
        for (const auto& bounce : due) settle(bounce.id, {outcome(0, Kind::delivered)});
    }
}

TEST_F(QueueSettle, SaysRelayedWhenSuccessWasAskedFor)
{
    auto message = make_message({"bob@partner.test"});
    message.recipients[0].notify = "SUCCESS";
    const auto id = accept(message);
    claim();
    settle(id, {outcome(0, Kind::delivered, "250 ok")});
    EXPECT_NE(read(claim().at(0).content).find("Action: relayed"), std::string::npos);
}

TEST_F(QueueSettle, GivesUpAfterThreeDaysAndSaysSo)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    for (int attempt = 1; attempt < 200; ++attempt) {
        const auto due = claim();
        ASSERT_EQ(due.size(), 1U);
        if (due[0].lane == "bounce") {
            EXPECT_EQ(clock_.now(), WallTime(1'800'000'000'000ms) + 72h);
            EXPECT_NE(read(due[0].content).find("4.4.7"), std::string::npos);
            EXPECT_NE(read(due[0].content).find("mailbox busy"), std::string::npos);
            return;
        }
        EXPECT_EQ(due[0].attempt, attempt);
        settle(id, {outcome(0, Kind::retry, "mailbox busy")});
        const auto next = queue_->next_due();
        ASSERT_TRUE(next.has_value());
        if (*next > clock_.now()) clock_.advance(*next - clock_.now());
    }
    FAIL() << "it never gave up";
}

TEST_F(QueueSettle, GivesUpAfterTheLastAttempt)
{
    close();
    settings_.retry.max_attempts = 2;
    open();
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    settle(id, {outcome(0, Kind::retry)});
    clock_.advance(60s);
    claim();
    settle(id, {outcome(0, Kind::retry)});
    EXPECT_EQ(claim().at(0).lane, "bounce");
}

TEST_F(QueueSettle, HoldsUntilAnOperatorReleases)
{
    const auto id = accept(make_message({"bob@partner.test", "carol@partner.test"}));
    claim();
    settle(id, {outcome(0, Kind::held), outcome(1, Kind::delivered)});
    clock_.advance(std::chrono::hours(100));
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(wait_for(queue_->count()).value().held, 1);
    EXPECT_TRUE(wait_for(queue_->release(id)).value());
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].recipients.size(), 1U);
}

TEST_F(QueueSettle, PassesOverAMessageThatAnOperatorRemovedMeanwhile)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    EXPECT_TRUE(wait_for(queue_->remove(id)).value());
    settle(id, {outcome(0, Kind::retry)});
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(wait_for(queue_->track(id)).value()->recipients.at(0).state, RecipientState::removed);
}

TEST_F(QueueSettle, KeepsTheHoldThatAnOperatorSetMeanwhile)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    EXPECT_TRUE(wait_for(queue_->hold(id)).value());
    settle(id, {outcome(0, Kind::retry)});
    clock_.advance(2h);
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(wait_for(queue_->count()).value().held, 1);
}

}  // namespace
}  // namespace sealpost::queue
