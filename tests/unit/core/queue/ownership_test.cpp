// Nodes that share a store: each delivers what is its own, and what another left behind.
#include "core/queue/ownership.hpp"

#include "deaf_database.hpp"
#include "queue_fixture.hpp"

namespace sealpost::queue {
namespace {

using Kind = RecipientOutcome::Kind;

class QueueOwnership : public QueueFixture {
protected:
    // A node with a store of its own to look at the same rows.
    struct Node {
        std::shared_ptr<Queue> queue;

        std::vector<MessageId> claim() const
        {
            std::vector<MessageId> ids;
            for (const auto& due : wait_for(queue->claim(5000, [](const std::string&) { return 5000; })).value())
                ids.push_back(due.id);
            return ids;
        }
        void beat(int times = 1) const
        {
            for (int time = 0; time < times; ++time) ASSERT_TRUE(wait_for(queue->keep_ownership()).has_value());
        }
        [[nodiscard]] MessageId accept(NewMessage message) const
        {
            auto writer = queue->begin();
            EXPECT_TRUE(wait_for(writer->write("Subject: hello\r\n\r\nhello\r\n")).has_value());
            return wait_for(queue->accept(std::move(message), std::move(writer))).value();
        }
        [[nodiscard]] MessageId accept(const std::string& to, const std::string& lane = "relay") const
        {
            auto message = make_message({to});
            message.lane = lane;
            return accept(std::move(message));
        }
        void settle(MessageId id, Kind kind) const
        {
            ASSERT_TRUE(wait_for(queue->settle(id, report_of({outcome(0, kind)}))).has_value());
        }
    };

    Node start(const std::string& name, const std::string& life = "1", std::vector<std::string> lanes = {"relay", "bounce"})
    {
        Settings settings = settings_;
        settings.owner = {name, life, std::move(lanes)};
        return {Queue::open(test::open_store(path()).value(), clock_, log::Log::silent(), settings).value()};
    }

    static constexpr int enough = Neighbours::silent_looks + 1;
};

TEST_F(QueueOwnership, EachDeliversWhatItAcceptedWithItsReports)
{
    const auto one = start("mx1"), other = start("mx2");
    const auto first = one.accept("bob@partner.test"), second = other.accept("bob@partner.test");
    EXPECT_EQ(one.claim(), std::vector{first});
    EXPECT_EQ(other.claim(), std::vector{second});
    one.settle(first, Kind::failed);
    EXPECT_TRUE(other.claim().empty());
    EXPECT_EQ(one.claim().size(), 1U) << "the report that it could not be delivered";
}

TEST_F(QueueOwnership, TakesOverWhatAnotherLeftThatSaysNothing)
{
    const auto one = start("mx1"), other = start("mx2");
    const auto id = one.accept("bob@partner.test");
    other.beat(enough - 1);
    EXPECT_TRUE(other.claim().empty());
    other.beat();
    EXPECT_EQ(other.claim(), std::vector{id});
    other.settle(id, Kind::delivered);
    EXPECT_TRUE(one.claim().empty()) << "it has come back, and finds nothing of its own";
    one.beat();
    const auto later = one.accept("bob@partner.test");
    other.beat(2);
    EXPECT_TRUE(other.claim().empty());
    EXPECT_EQ(one.claim(), std::vector{later});
}

TEST_F(QueueOwnership, LeavesToOneThatLivesWhatIsItsOwn)
{
    const auto one = start("mx1"), other = start("mx2");
    const auto id = one.accept("bob@partner.test");
    for (int time = 0; time < 3 * enough; ++time) {
        other.beat();
        if (time % 6 == 0) one.beat();
    }
    EXPECT_TRUE(other.claim().empty());
    EXPECT_EQ(one.claim(), std::vector{id});
}

TEST_F(QueueOwnership, TakesOverMoreThanOneCommitHolds)
{
    const auto one = start("mx1"), other = start("mx2");
    std::vector<NewMessage> messages;
    for (int number = 0; number < 2100; ++number) messages.push_back(make_message({"bob@d" + std::to_string(number) + ".test"}));
    auto writer = one.queue->begin();
    ASSERT_TRUE(wait_for(writer->write("hello\r\n")).has_value());
    ASSERT_TRUE(wait_for(one.queue->accept_all(std::move(messages), std::move(writer))).has_value());
    other.beat(enough);
    EXPECT_EQ(ask("select count(*) from queue_message where owner = 'mx2'"), 2100);
    EXPECT_GT(other.claim().size(), 1000U);
}

TEST_F(QueueOwnership, LeavesLanesThatItCannotDeliver)
{
    const auto gateway = start("mx1"), service = start("keys1", "1", {"reply", "bounce"});
    const auto sealed = gateway.accept("bob@partner.test", "relay"), report = gateway.accept("alice@acme.test", "bounce");
    service.beat(enough);
    EXPECT_EQ(service.claim(), std::vector{report});
    EXPECT_EQ(start("mx1", "2").claim(), std::vector{sealed}) << "the same node, started again";
}

TEST_F(QueueOwnership, ErasesWhatOneThatHasGoneWasReceivingAndNothingElse)
{
    const auto one = start("mx1"), other = start("mx2");
    const std::string large(3 * ContentWriter::max_buffered_bytes, 'x');
    auto theirs = one.queue->begin(), ours = other.queue->begin();
    ASSERT_TRUE(wait_for(theirs->write(large)).has_value());
    ASSERT_TRUE(wait_for(ours->write(large)).has_value());
    start("mx3");
    EXPECT_EQ(ask("select count(*) from queue_content where uses = 0"), 2) << "a node that starts erases only its own";
    other.beat(enough);
    EXPECT_EQ(ask("select count(*) from queue_content where uses = 0"), 1);
    EXPECT_TRUE(wait_for(other.queue->accept(make_message({"bob@partner.test"}), std::move(ours))).has_value());
    const auto lost = wait_for(one.queue->accept(make_message({"bob@partner.test"}), std::move(theirs)));
    ASSERT_TRUE(lost.has_error());
    EXPECT_EQ(lost.error().fault, Fault::retry_later) << "the sender has no 250, and comes again";
}

TEST_F(QueueOwnership, DeliversNothingWhileAnotherProcessHasItsName)
{
    const auto former = start("mx1", "former");
    const auto id = former.accept("bob@partner.test");
    const auto copy = start("mx1", "copy");
    former.beat();
    EXPECT_TRUE(former.claim().empty());
    copy.beat();
    EXPECT_EQ(copy.claim(), std::vector{id});
    const auto more = former.accept("dan@other.test");
    EXPECT_TRUE(former.claim().empty());
    EXPECT_FALSE(former.queue->next_due()) << "it would look for it without end";
    EXPECT_TRUE(wait_for(copy.queue->notice_changes()).value());
    EXPECT_EQ(copy.claim(), std::vector{more}) << "what it accepts is delivered all the same";
    copy.queue->give_back(more);
    former.beat(enough);
    EXPECT_EQ(former.claim().size(), 2U) << "the copy was ended: it has its name again";
    copy.beat();
    EXPECT_TRUE(copy.claim().empty());
}

TEST_F(QueueOwnership, LeavesAloneWhatACommandIsWriting)
{
    const auto one = start("mx1");
    const Node beside{Queue::open_beside(test::open_store(path()).value(), clock_, log::Log::silent(), settings_).value()};
    auto writer = beside.queue->begin();
    ASSERT_TRUE(wait_for(writer->write(std::string(3 * ContentWriter::max_buffered_bytes, 'x'))).has_value());
    one.beat(2);
    EXPECT_TRUE(wait_for(beside.queue->accept(make_message({"bob@partner.test"}), std::move(writer))).has_value());
}

TEST_F(QueueOwnership, WritesNothingMoreToAContentThatWasErased)
{
    const auto one = start("mx1"), other = start("mx2");
    const std::string large(3 * ContentWriter::max_buffered_bytes, 'x');
    auto writer = one.queue->begin();
    ASSERT_TRUE(wait_for(writer->write(large)).has_value());
    other.beat(enough);
    EXPECT_TRUE(wait_for(writer->write(large)).has_error());
    writer.reset();
    one.beat();
    EXPECT_EQ(ask("select count(*) from queue_piece"), 0);
}

TEST_F(QueueOwnership, ForgetsANodeAfterAnHourAndWhatItHeldIsForWhoeverReleasesIt)
{
    const auto one = start("mx1"), other = start("mx2");
    const auto id = one.accept("bob@partner.test");
    ASSERT_TRUE(wait_for(one.queue->hold(id)).value());
    other.beat(Neighbours::forgotten_looks + 1);
    EXPECT_EQ(ask("select count(*) from queue_owner"), 1);
    EXPECT_TRUE(wait_for(other.queue->release(id)).value());
    other.beat();
    EXPECT_EQ(other.claim(), std::vector{id});
    one.beat();
    EXPECT_EQ(ask("select count(*) from queue_owner"), 2) << "it is back";
    EXPECT_EQ(one.claim(), std::vector<MessageId>());
}

TEST_F(QueueOwnership, KeepsWhatAForgottenNodeAcceptedForWhoeverComesAndCanDeliverIt)
{
    const auto gateway = start("mx1"), service = start("keys1", "1", {"reply"});
    std::vector<NewMessage> messages;
    for (int number = 0; number < 1100; ++number) messages.push_back(make_message({"bob@partner.test"}));
    auto writer = gateway.queue->begin();
    ASSERT_TRUE(wait_for(writer->write("hello\r\n")).has_value());
    ASSERT_TRUE(wait_for(gateway.queue->accept_all(std::move(messages), std::move(writer))).has_value());
    service.beat(Neighbours::forgotten_looks + 1);
    EXPECT_EQ(ask("select count(*) from queue_owner"), 1);
    const auto another = start("mx2");  // its machine was replaced
    another.beat();
    EXPECT_EQ(another.claim().size(), 1100U);
}

TEST_F(QueueOwnership, LeavesToOthersWhatItCanNoLongerDeliver)
{
    const auto id = start("mx1", "1", {"relay", "reply"}).accept("bob@partner.test", "reply");
    const auto service = start("keys1", "1", {"reply"});
    EXPECT_TRUE(service.claim().empty());
    const auto again = start("mx1", "2", {"relay"});
    service.beat();
    EXPECT_EQ(service.claim(), std::vector{id});
    EXPECT_TRUE(again.claim().empty());
}

class QueueOnADeafStore : public QueueOwnership {
protected:
    QueueOnADeafStore()
    {
        Settings settings = settings_;
        settings.owner = {"mx1", "1", {"relay", "bounce"}};
        node_ = {Queue::open(deaf_, clock_, log::Log::silent(), settings).value()};
        node_.claim();  // all domains are seen
    }

    std::shared_ptr<test::DeafDatabase> deaf_ = std::make_shared<test::DeafDatabase>(test::open_store(path()).value());
    Node node_;
};

TEST_F(QueueOnADeafStore, FindsTheReportOfASettlementWhoseAnswerWasLost)
{
    const auto id = node_.accept("bob@partner.test");
    EXPECT_EQ(node_.claim(), std::vector{id});
    deaf_->loses_after = 0;
    node_.settle(id, Kind::failed);
    EXPECT_EQ(node_.claim().size(), 1U) << "the report to the sender";
}

TEST_F(QueueOnADeafStore, ReplacesWhatIsReplacedOnce)
{
    const auto id = node_.accept(make_message({"bob@partner.test", "dan@partner.test"}));
    EXPECT_EQ(node_.claim(), std::vector{id});
    Report report = report_of({outcome(0, Kind::relayed_elsewhere), outcome(1, Kind::retry)});
    Replacement replacement;
    replacement.messages.push_back(make_message({"bob@partner.test"}));
    replacement.content = node_.queue->begin();
    ASSERT_TRUE(wait_for(replacement.content->write(std::string(3 * ContentWriter::max_buffered_bytes, 'x'))).has_value());
    int told = 0;
    replacement.not_taken = [&told] { ++told; };
    report.replacements.push_back(std::move(replacement));
    deaf_->loses_after = 0;
    ASSERT_TRUE(wait_for(node_.queue->settle(id, std::move(report))).has_value());
    EXPECT_EQ(told, 0) << "it went in the first time";
    EXPECT_EQ(ask("select count(*) from queue_message"), 2);
    EXPECT_EQ(node_.claim().size(), 1U);
}

TEST_F(QueueOnADeafStore, FindsWhatItTookOverWithoutHearingOfIt)
{
    const auto other = start("mx0");
    const auto id = other.accept("bob@partner.test");
    node_.beat(enough - 1);
    deaf_->loses_after = 1;  // the commit behind the next beat
    EXPECT_TRUE(wait_for(node_.queue->keep_ownership()).has_error());
    EXPECT_EQ(node_.claim(), std::vector{id});
}

TEST_F(QueueOwnership, DeliversWhatTheCommandLineQueued)
{
    const auto one = start("mx1");
    const Node beside{Queue::open_beside(test::open_store(path()).value(), clock_, log::Log::silent(), settings_).value()};
    const auto id = beside.accept("bob@partner.test");
    EXPECT_TRUE(one.claim().empty());
    one.beat();
    EXPECT_EQ(one.claim(), std::vector{id});
}

TEST_F(QueueOwnership, HeardOfAMessageOfAnotherThatItReleased)
{
    const auto one = start("mx1"), other = start("mx2");
    const auto id = one.accept("bob@partner.test");
    EXPECT_EQ(one.claim(), std::vector{id});
    one.settle(id, Kind::held);
    EXPECT_FALSE(wait_for(one.queue->notice_changes()).value());
    EXPECT_TRUE(wait_for(other.queue->release(id)).value());
    EXPECT_TRUE(wait_for(one.queue->notice_changes()).value());
    EXPECT_EQ(one.claim(), std::vector{id});
    EXPECT_TRUE(other.claim().empty());
}

// Neither of the two may be lost, whoever is asked to deliver it.
TEST_F(QueueOwnership, KeepsWhatBothDeliveredAtTheSameTime)
{
    const auto one = start("mx1"), other = start("mx2");
    const auto id = one.accept("bob@partner.test");
    EXPECT_EQ(one.claim(), std::vector{id});
    other.beat(enough);
    EXPECT_EQ(other.claim(), std::vector{id}) << "the first one was paused for a minute, with the message in its hands";
    one.settle(id, Kind::delivered);
    other.settle(id, Kind::failed);
    const auto done = wait_for(other.queue->track(id)).value();
    ASSERT_TRUE(done.has_value());
    ASSERT_EQ(done->recipients.size(), 1U);
    EXPECT_EQ(done->recipients[0].state, RecipientState::delivered) << "what was said first counts";
}

TEST_F(QueueOwnership, OneOfThoseThatCanDoesAChore)
{
    EXPECT_TRUE(queue_->is_first_for("relay")) << "nobody shares its store";
    const auto keys = start("keys1", "1", {"reply"}), one = start("mx1"), other = start("mx2");
    EXPECT_FALSE(one.queue->is_first_for("relay")) << "it has not looked yet who is there";
    for (const auto* node : {&keys, &one, &other}) node->beat();
    EXPECT_TRUE(one.queue->is_first_for("relay"));
    EXPECT_FALSE(other.queue->is_first_for("relay"));
    EXPECT_TRUE(keys.queue->is_first_for("reply"));
    other.beat(enough);
    EXPECT_TRUE(other.queue->is_first_for("relay"));
    one.beat();
    other.beat();
    EXPECT_FALSE(other.queue->is_first_for("relay"));
}

TEST_F(QueueOwnership, KnowsWhetherAnotherNodeCanDoAChore)
{
    EXPECT_FALSE(queue_->has_neighbour_for("relay")) << "nobody shares its store";
    const auto keys = start("keys1", "1", {"reply"}), one = start("mx1");
    for (const auto* node : {&keys, &one}) node->beat();
    EXPECT_TRUE(one.queue->has_neighbour_for("reply"));
    EXPECT_FALSE(one.queue->has_neighbour_for("relay")) << "only itself can";
    one.beat(enough);
    EXPECT_FALSE(one.queue->has_neighbour_for("reply")) << "it has gone";
}

TEST(Neighbours, CountLooksAndNoTime)
{
    Neighbours neighbours;
    for (int look = 0; look < Neighbours::silent_looks; ++look)
        EXPECT_TRUE(neighbours.find_gone({{"mx1", {}, 7}}).empty()) << look;
    EXPECT_EQ(neighbours.find_gone({{"mx1", {}, 7}}).size(), 1U);
    EXPECT_TRUE(neighbours.find_gone({{"mx1", {}, 8}}).empty());
    EXPECT_TRUE(neighbours.find_gone({}).empty());
    EXPECT_TRUE(neighbours.find_gone({{"mx1", {}, 8}}).empty()) << "one that was forgotten is new";
}

}  // namespace
}  // namespace sealpost::queue
