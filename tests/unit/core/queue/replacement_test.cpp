// What stands in the place of recipients: messages that whoever delivers makes of one, and what an operator decides meanwhile.
#include "core/queue/queue_fixture.hpp"

#include "core/queue/answering.hpp"

#include <algorithm>

namespace sealpost::queue {
namespace {

using Kind = RecipientOutcome::Kind;
using QueueReplacement = QueueFixture;

TEST_F(QueueReplacement, PutsReplacementsInThePlaceOfRecipients)
{
    const auto id = accept(make_message({"bob@partner.test", "carol@partner.test"}));
    claim();
    Report report = report_of({outcome(0, Kind::relayed_elsewhere), outcome(1, Kind::retry)});
    report.replacements.resize(2);
    report.replacements[0].messages = {make_message({"bob@partner.test"}), make_message({"bob@other.test"})};
    report.replacements[0].content = write("sealed");
    report.replacements[1].messages = {make_message({"copy@acme.test"})};  // with the original's content
    ASSERT_TRUE(wait_for(queue_->settle(id, std::move(report))).has_value());
    auto due = claim();
    ASSERT_EQ(due.size(), 3U);
    std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    EXPECT_EQ(read(due[0].content), "sealed");
    EXPECT_EQ(due[0].content, due[1].content);
    EXPECT_EQ(read(due[2].content), content);
    EXPECT_EQ(wait_for(queue_->find_children(id)).value().size(), 3U);
    EXPECT_EQ(wait_for(queue_->show(due[0].id)).value()->parent, id);
    // The original goes first; its content stays for the copy.
    clock_.advance(std::chrono::seconds(60));
    claim();
    settle(id, {outcome(1, Kind::delivered)});
    EXPECT_EQ(read(due[2].content), content);
}

TEST_F(QueueReplacement, DemandsTlsForWhatIsPassedOnAndLeavesItToWhatIsMadeAnew)
{
    NewMessage message = make_message({"bob@partner.test", "carol@partner.test"});
    message.require_tls = true;
    const auto id = accept(std::move(message));
    claim();
    Report report = report_of({outcome(0, Kind::relayed_elsewhere), outcome(1, Kind::relayed_elsewhere)});
    report.replacements.resize(2);
    report.replacements[0].messages = {make_message({"bob@partner.test"})};
    report.replacements[0].content = write("sealed");
    report.replacements[1].messages = {make_message({"carol@partner.test"})};
    ASSERT_TRUE(wait_for(queue_->settle(id, std::move(report))).has_value());
    const auto due = claim();
    ASSERT_EQ(due.size(), 2U);
    for (const auto& each : due) EXPECT_EQ(each.require_tls, each.recipients.at(0).address == "carol@partner.test");
}

TEST_F(QueueReplacement, KeepsLargeReplacementsToo)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    const std::string large(3'000'000, 's');
    Report report = report_of({outcome(0, Kind::relayed_elsewhere)});
    report.replacements.resize(1);
    report.replacements[0].messages = {make_message({"bob@partner.test"})};
    report.replacements[0].content = write(large);
    ASSERT_TRUE(wait_for(queue_->settle(id, std::move(report))).has_value());
    EXPECT_TRUE(read(claim().at(0).content) == large);
}

// A message to two domains, claimed, whose replacement is made while an operator decides about one of them.
class QueueReplaced : public QueueFixture {
protected:
    QueueReplaced()
    {
        id_ = accept(make_message({"bob@partner.test", "carol@other.test"}));
        EXPECT_EQ(claim().size(), 1U);
    }
    // As the sealer reports: a message for each domain, with one content.
    Report replace()
    {
        Report report = report_of({outcome(0, Kind::relayed_elsewhere), outcome(1, Kind::relayed_elsewhere)});
        report.replacements.resize(1);
        report.replacements[0].messages = {make_message({"bob@partner.test"}), make_message({"carol@other.test"})};
        for (int number = 0; number < 2; ++number)
            report.replacements[0].messages[static_cast<std::size_t>(number)].recipients[0].original = number;
        report.replacements[0].content = write("sealed");
        return report;
    }
    std::vector<DueMessage> claim_replacements()
    {
        auto due = claim();
        std::erase_if(due, [](const DueMessage& message) { return message.lane == bounce_lane; });
        return due;
    }
    RecipientState state_of(int number)
    {
        const auto recipients = wait_for(queue_->track(id_)).value()->recipients;
        return std::ranges::find(recipients, number, &RecipientView::index)->state;
    }

    MessageId id_;
};

TEST_F(QueueReplaced, LeavesOutWhomAnOperatorRemovedMeanwhile)
{
    ASSERT_EQ(wait_for(queue_->remove_all({.domain = "other.test"})).value(), 1);
    ASSERT_TRUE(wait_for(queue_->settle(id_, replace())).has_value());
    EXPECT_EQ(wait_for(queue_->find_children(id_)).value().size(), 1U);
    const auto due = claim_replacements();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].recipients.at(0).address, "bob@partner.test");
    EXPECT_EQ(state_of(1), RecipientState::removed);
    settle(due[0].id, {outcome(0, Kind::delivered)});
    EXPECT_EQ(wait_for(queue_->measure()).value().contents, 0) << "the content has as many uses as messages went in";
}

TEST_F(QueueReplaced, LeavesOutWhomAnOperatorGaveUpMeanwhile)
{
    ASSERT_EQ(wait_for(queue_->bounce_all({.domain = "other.test"})).value(), 1);
    ASSERT_TRUE(wait_for(queue_->settle(id_, replace())).has_value());
    const auto due = claim_replacements();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].recipients.at(0).address, "bob@partner.test");
    EXPECT_EQ(state_of(1), RecipientState::failed);
}

TEST_F(QueueReplaced, LeavesOutOneRecipientOfAMessageToSeveral)
{
    ASSERT_EQ(wait_for(queue_->remove_all({.domain = "other.test"})).value(), 1);
    Report report = replace();
    auto& messages = report.replacements[0].messages;
    messages[0].recipients.push_back(messages[1].recipients[0]);
    messages.pop_back();
    ASSERT_TRUE(wait_for(queue_->settle(id_, std::move(report))).has_value());
    const auto due = claim_replacements();
    ASSERT_EQ(due.size(), 1U);
    ASSERT_EQ(due[0].recipients.size(), 1U);
    EXPECT_EQ(due[0].recipients[0].address, "bob@partner.test");
}

TEST_F(QueueReplaced, HoldsWhomAnOperatorHeldMeanwhile)
{
    ASSERT_EQ(wait_for(queue_->hold_all({.domain = "other.test"})).value(), 1);
    ASSERT_TRUE(wait_for(queue_->settle(id_, replace())).has_value());
    const auto due = claim_replacements();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].recipients.at(0).address, "bob@partner.test");
    EXPECT_EQ(wait_for(queue_->count()).value().held, 1);
    ASSERT_EQ(wait_for(queue_->release_all({.domain = "other.test"})).value(), 1);
    const auto released = claim_replacements();
    ASSERT_EQ(released.size(), 1U);
    EXPECT_EQ(released[0].recipients.at(0).address, "carol@other.test");
    EXPECT_EQ(read(released[0].content), "sealed");
}

TEST_F(QueueReplaced, HoldsOneRecipientOfAMessageToSeveral)
{
    ASSERT_EQ(wait_for(queue_->hold_all({.domain = "other.test"})).value(), 1);
    DueMessage message;
    message.id = id_;
    message.sender = "alice@acme.test";
    message.recipients = {{.index = 0, .address = "bob@partner.test"}, {.index = 1, .address = "carol@other.test"}};
    ASSERT_TRUE(wait_for(queue_->settle(id_, pass_on(message, "seal", "is to be sealed"))).has_value());
    const auto due = claim_replacements();
    ASSERT_EQ(due.size(), 1U);
    ASSERT_EQ(due[0].recipients.size(), 1U);
    EXPECT_EQ(due[0].recipients[0].address, "bob@partner.test");
    settle(due[0].id, {outcome(0, Kind::delivered)});
    ASSERT_EQ(wait_for(queue_->release_all({.domain = "other.test"})).value(), 1);
    EXPECT_EQ(claim_replacements().at(0).recipients.at(0).address, "carol@other.test");
}

TEST_F(QueueReplaced, TellsWhoeverMadeAReplacementThatNothingOfItWentIn)
{
    int told = 0;
    Report report = replace();
    report.replacements[0].not_taken = [&told] { ++told; };
    ASSERT_TRUE(wait_for(queue_->remove(id_)).value());
    ASSERT_TRUE(wait_for(queue_->settle(id_, std::move(report))).has_value());
    EXPECT_EQ(told, 1);
}

TEST_F(QueueReplaced, TellsNothingWhereAPartOfItWentIn)
{
    int told = 0;
    Report report = replace();
    report.replacements[0].not_taken = [&told] { ++told; };
    ASSERT_EQ(wait_for(queue_->remove_all({.domain = "other.test"})).value(), 1);
    ASSERT_TRUE(wait_for(queue_->settle(id_, std::move(report))).has_value());
    EXPECT_EQ(told, 0);
}

// What is above the writer's buffer stands in the store before the settlement.
TEST_F(QueueReplaced, LeavesNoContentOfAReplacementWhoseRecipientsAreGone)
{
    ASSERT_EQ(wait_for(queue_->remove_all({.domain = "other.test"})).value(), 1);
    int told = 0;
    Report report = report_of({outcome(0, Kind::retry), outcome(1, Kind::relayed_elsewhere)});
    report.replacements.resize(1);
    report.replacements[0].messages = {make_message({"carol@other.test"})};
    report.replacements[0].messages[0].recipients[0].original = 1;
    report.replacements[0].content = write(std::string(3 * ContentWriter::max_buffered_bytes, 's'));
    report.replacements[0].not_taken = [&told] { ++told; };
    ASSERT_EQ(ask("select count(*) from queue_content"), 2);
    ASSERT_TRUE(wait_for(queue_->settle(id_, std::move(report))).has_value());
    EXPECT_EQ(told, 1);
    ASSERT_TRUE(wait_for(queue_->erase_given_up()).has_value());  // behind what the writer asked for
    EXPECT_EQ(wait_for(queue_->measure()).value().contents, 1) << "the original's, for bob";
    EXPECT_EQ(ask("select count(*) from queue_piece"), 1);
}

}  // namespace
}  // namespace sealpost::queue
