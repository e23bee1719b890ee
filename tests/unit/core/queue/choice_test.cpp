// What operators do to many messages at one go, and how they see what there is.
#include "core/queue/queue_fixture.hpp"

namespace sealpost::queue {
namespace {

using Kind = RecipientOutcome::Kind;

class QueueChoice : public QueueFixture {
protected:
    std::vector<MessageId> list(ListFilter filter)
    {
        std::vector<MessageId> found;
        for (const auto& view : wait_for(queue_->list(std::move(filter))).value()) found.push_back(view.id);
        return found;
    }
    std::vector<MessageId> list_from(std::string sender)
    {
        ListFilter filter;
        filter.sender = std::move(sender);
        return list(std::move(filter));
    }
    std::vector<MessageId> list_held()
    {
        ListFilter filter;
        filter.held_only = true;
        filter.most = 1000;
        return list(std::move(filter));
    }
    int hold(Choice choice) { return wait_for(queue_->hold_all(std::move(choice))).value(); }
    int release(Choice choice) { return wait_for(queue_->release_all(std::move(choice))).value(); }
    int remove(Choice choice) { return wait_for(queue_->remove_all(std::move(choice))).value(); }
    int count(Choice choice) { return wait_for(queue_->count_all(std::move(choice))).value(); }
};

TEST_F(QueueChoice, KnowsSendersByAddressDomainAndTheNullSender)
{
    const auto alice = accept(make_message({"bob@partner.test"}, "Alice@ACME.test"));
    const auto anna = accept(make_message({"bob@partner.test"}, "anna@acme.test"));
    const auto bounce = accept(make_message({"bob@partner.test"}, ""));
    for (const char* other : {"alice@acme.test.example.org", "alice@sub.acme.test", "alice@an-acme.test", "a@b.test"})
        accept(make_message({"bob@partner.test"}, other));
    EXPECT_EQ(list_from("alice@acme.test"), (std::vector{alice}));
    EXPECT_EQ(list_from("<alice@Acme.test>"), (std::vector{alice}));
    EXPECT_EQ(list_from("@acme.TEST"), (std::vector{alice, anna}));
    EXPECT_EQ(list_from("<>"), (std::vector{bounce}));
    EXPECT_EQ(list_from("").size(), 7U);
    EXPECT_EQ(hold({"", "@acme.test"}), 2);
    EXPECT_EQ(list_held(), (std::vector{alice, anna}));
    EXPECT_EQ(remove({"", "<>"}), 1);
    EXPECT_FALSE(wait_for(queue_->show(bounce)).value().has_value());
    EXPECT_EQ(list_from("").size(), 6U);
}

TEST_F(QueueChoice, KnowsWhatIsOlder)
{
    const auto old = accept(make_message({"bob@partner.test"}));
    clock_.advance(std::chrono::hours(2));
    const auto young = accept(make_message({"bob@partner.test"}));
    const auto until = clock_.now() - std::chrono::hours(1);
    ListFilter filter;
    filter.until = until;
    EXPECT_EQ(list(filter), (std::vector{old}));
    EXPECT_EQ(count({"", "", false, until}), 1);
    EXPECT_EQ(count({"other.test", "", false, until}), 0) << "each condition counts";
    EXPECT_EQ(hold({"", "", false, until}), 1);
    EXPECT_EQ(list_held(), (std::vector{old}));
    EXPECT_EQ(remove({"", "alice@acme.test", false, until}), 1);
    EXPECT_EQ(list_from(""), (std::vector{young}));
    EXPECT_EQ(count({"", "", false, clock_.now()}), 0) << "accepted at that very moment is not before it";
}

TEST_F(QueueChoice, ChangesMoreThanACommitTakes)
{
    std::vector<MessageId> ids;
    for (int i = 0; i < 450; ++i) ids.push_back(accept(make_message({"bob@partner.test"})));
    const auto other = accept(make_message({"bob@partner.test"}, "other@acme.test"));
    EXPECT_EQ(hold({"", "alice@acme.test"}), 450);
    EXPECT_EQ(hold({"", "alice@acme.test"}), 0) << "they are held";
    EXPECT_EQ(list_held(), ids);
    ASSERT_EQ(claim().size(), 1U) << "held messages are not due";
    EXPECT_EQ(release({"", ""}), 450);
    EXPECT_TRUE(list_held().empty());
    EXPECT_EQ(claim(10).size(), 10U);
    EXPECT_EQ(count({"", "alice@acme.test"}), 450);
    EXPECT_EQ(remove({"", "alice@acme.test"}), 450);
    EXPECT_EQ(list_from(""), (std::vector{other}));
    EXPECT_EQ(ask("select count(*) from queue_content"), 1);
    EXPECT_EQ(ask("select count(*) from queue_history where state = 'removed'"), 450);
}

TEST_F(QueueChoice, ChangesOfAMessageTheRecipientsAtTheDomainOnly)
{
    const auto both = accept(make_message({"bob@partner.test", "dan@Other.test", "eve@other.test"}));
    const auto one = accept(make_message({"eve@other.test"}));
    accept(make_message({"bob@partner.test", "x@another.test"}));
    EXPECT_EQ(hold({"OTHER.test", ""}), 2);
    auto view = wait_for(queue_->show(both)).value();
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->recipients[0].state, RecipientState::waiting);
    EXPECT_EQ(view->recipients[1].state, RecipientState::held);
    EXPECT_EQ(view->recipients[2].state, RecipientState::held);
    EXPECT_TRUE(view->due_at.has_value()) << "bob still waits";
    EXPECT_EQ(list_held(), (std::vector{both, one}));
    EXPECT_EQ(count({"other.test", "", true}), 2);
    EXPECT_EQ(remove({"other.test", "", true}), 2);
    view = wait_for(queue_->track(both)).value();
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->recipients[0].state, RecipientState::waiting);
    EXPECT_EQ(view->recipients[1].state, RecipientState::removed);
    EXPECT_FALSE(wait_for(queue_->show(one)).value().has_value());
    EXPECT_EQ(ask("select count(*) from queue_message"), 2);
}

TEST_F(QueueChoice, LeavesThePlannedTimeOfWhatStillWaits)
{
    const auto id = accept(make_message({"bob@partner.test", "dan@other.test"}));
    claim();
    settle(id, {outcome(0, Kind::retry), outcome(1, Kind::retry)});
    const auto due_at = wait_for(queue_->show(id)).value()->due_at;
    EXPECT_EQ(remove({"other.test", ""}), 1);
    EXPECT_EQ(wait_for(queue_->show(id)).value()->due_at, due_at);
    EXPECT_EQ(hold({"partner.test", ""}), 1);
    EXPECT_FALSE(wait_for(queue_->show(id)).value()->due_at.has_value());
    EXPECT_EQ(release({"partner.test", ""}), 1);
    EXPECT_EQ(wait_for(queue_->show(id)).value()->due_at, clock_.now());
}

TEST_F(QueueChoice, RemovesWhatIsHeldAndLeavesTheRest)
{
    const auto held = accept(make_message({"bob@partner.test"}));
    const auto waiting = accept(make_message({"bob@partner.test"}));
    ASSERT_TRUE(wait_for(queue_->hold(held)).value());
    EXPECT_EQ(count({"", "", true}), 1);
    EXPECT_EQ(remove({"", "", true}), 1);
    EXPECT_EQ(list_from(""), (std::vector{waiting}));
    EXPECT_EQ(remove({"", ""}), 1);
    EXPECT_TRUE(list_from("").empty());
}

TEST_F(QueueChoice, OfARunningServerIsNoticedByIt)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    ASSERT_TRUE(wait_for(queue_->notice_changes()).has_value());
    auto beside = Queue::open_beside(test::open_store(path()).value(), clock_, log::Log::silent(), settings_).value();
    EXPECT_EQ(wait_for(beside->hold_all({"partner.test", ""})).value(), 1);
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(wait_for(beside->release_all({"", ""})).value(), 1);
    EXPECT_TRUE(wait_for(queue_->notice_changes()).value());
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(wait_for(beside->remove_all({"", ""})).value(), 1);
    settle(id, {outcome(0, Kind::retry)});
    EXPECT_EQ(ask("select count(*) from queue_message"), 0) << "it was removed while it was under way";
}

using QueueSummary = QueueFixture;

TEST_F(QueueSummary, TellsWhatFillsTheQueueAndTheMostFirst)
{
    using namespace std::chrono_literals;
    const auto begin = clock_.now();
    const auto held = accept(make_message({"bob@partner.test"}, "Alice@acme.test"));
    clock_.advance(1min);
    accept(make_message({"bob@Partner.test", "dan@other.test"}, ""), "Subject: y\r\n\r\n" + std::string(1000, 'y'));
    const auto deferred = accept(make_message({"eve@other.test"}));
    accept(make_message({"eve@third.test"}));
    claim();
    settle(deferred, {outcome(0, Kind::retry)});
    ASSERT_TRUE(wait_for(queue_->hold(held)).value());

    auto summary = wait_for(queue_->summarize(SummaryBy::domain, 2)).value();
    EXPECT_EQ(summary.whole.messages, 4);
    EXPECT_EQ(summary.whole.held, 1);
    EXPECT_EQ(summary.whole.deferred, 1);
    EXPECT_EQ(summary.whole.oldest, begin);
    EXPECT_EQ(summary.whole.bytes, ask("select sum(bytes) from queue_message"));
    ASSERT_EQ(summary.shares.size(), 2U);
    EXPECT_EQ(summary.shares[0].name, "partner.test");
    EXPECT_EQ(summary.shares[0].messages, 2);
    EXPECT_EQ(summary.shares[0].held, 1);
    EXPECT_EQ(summary.shares[0].deferred, 0);
    EXPECT_EQ(summary.shares[0].bytes, static_cast<std::int64_t>(content.size()) + 1014);
    EXPECT_EQ(summary.shares[0].oldest, begin);
    EXPECT_EQ(summary.shares[1].name, "other.test");
    EXPECT_EQ(summary.shares[1].deferred, 1);
    EXPECT_EQ(summary.shares[1].oldest, begin + 1min);

    summary = wait_for(queue_->summarize(SummaryBy::sender, 10)).value();
    ASSERT_EQ(summary.shares.size(), 2U);
    EXPECT_EQ(summary.shares[0].name, "alice@acme.test");
    EXPECT_EQ(summary.shares[0].messages, 3);
    EXPECT_EQ(summary.shares[1].name, "");
    EXPECT_EQ(wait_for(queue_->count()).value().oldest, begin + 1min) << "what is held does not count";
}

TEST_F(QueueSummary, OfAnEmptyQueueIsEmpty)
{
    const auto summary = wait_for(queue_->summarize(SummaryBy::domain, 10)).value();
    EXPECT_EQ(summary.whole.messages, 0);
    EXPECT_EQ(summary.whole.bytes, 0);
    EXPECT_FALSE(summary.whole.oldest.has_value());
    EXPECT_TRUE(summary.shares.empty());
    EXPECT_FALSE(wait_for(queue_->count()).value().oldest.has_value());
}

}  // namespace
}  // namespace sealpost::queue
