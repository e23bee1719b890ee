#include "core/queue/answering.hpp"
#include "core/queue/queue_fixture.hpp"
#include "core/queue/schema.hpp"
#include "test_store.hpp"

namespace sealpost::queue {
namespace {

using namespace std::chrono_literals;
using Kind = RecipientOutcome::Kind;
using QueueOperators = QueueFixture;

NewMessage in_lane(std::string lane)
{
    NewMessage message = make_message({"bob@partner.test"});
    message.lane = std::move(lane);
    return message;
}

TEST_F(QueueOperators, ListAndCountAMessageOfWhichSomeRecipientsAreHeld)
{
    const auto id = accept(make_message({"a@bank.test", "b@slow.test"}));
    claim();
    settle(id, {outcome(0, RecipientOutcome::Kind::held), outcome(1, RecipientOutcome::Kind::retry)});
    ListFilter filter;
    filter.held_only = true;
    EXPECT_EQ(wait_for(queue_->list(filter)).value().size(), 1U);
    EXPECT_EQ(wait_for(queue_->count()).value().held, 1);
    EXPECT_EQ(wait_for(queue_->summarize(SummaryBy::domain, 10)).value().whole.held, 1);
}

TEST_F(QueueOperators, ReleaseOnlyWhatIsHeld)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    settle(id, {outcome(0, RecipientOutcome::Kind::retry)});
    const auto due_at = wait_for(queue_->show(id)).value()->due_at;
    EXPECT_FALSE(wait_for(queue_->release(id)).value());
    EXPECT_EQ(wait_for(queue_->show(id)).value()->due_at, due_at);
}

TEST_F(QueueOperators, HoldAndReleaseAMessage)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    EXPECT_TRUE(wait_for(queue_->hold(id)).value());
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(wait_for(queue_->show(id)).value()->recipients.at(0).state, RecipientState::held);
    EXPECT_TRUE(wait_for(queue_->release(id)).value());
    EXPECT_EQ(claim().size(), 1U);
    EXPECT_FALSE(wait_for(queue_->hold(MessageId(999))).value());
}

TEST_F(QueueOperators, RemoveAMessageWithoutAReport)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    EXPECT_TRUE(wait_for(queue_->remove(id)).value());
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(ask("select count(*) from queue_content"), 0);
    EXPECT_FALSE(wait_for(queue_->remove(id)).value());
}

TEST_F(QueueOperators, DeliverNowWhatWaitsForItsTime)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    const auto other = accept(make_message({"dan@other.test"}));
    claim();
    settle(id, {outcome(0, Kind::retry)});
    settle(other, {outcome(0, Kind::retry)});
    EXPECT_TRUE(wait_for(queue_->deliver_now(id)).value());
    EXPECT_EQ(claim().at(0).id, id);
    EXPECT_EQ(wait_for(queue_->deliver_all_now("Other.TEST")).value(), 1);
    EXPECT_EQ(claim().at(0).id, other);
}

TEST_F(QueueOperators, DeliverNowWhatOfSeveralDomainsWaitsForOneOfThem)
{
    const auto id = accept(make_message({"bob@first.test", "dan@Second.test", "eve@third.test"}));
    claim();
    settle(id, {outcome(0, Kind::retry), outcome(1, Kind::retry), outcome(2, Kind::delivered)});
    EXPECT_EQ(wait_for(queue_->deliver_all_now("third.test")).value(), 0) << "nobody there waits any more";
    EXPECT_EQ(wait_for(queue_->deliver_all_now("cond.test")).value(), 0);
    EXPECT_EQ(wait_for(queue_->deliver_all_now("second.test")).value(), 1);
    EXPECT_EQ(claim().at(0).id, id);
}

TEST_F(QueueOperators, DeliverNowMoreThanOneCommitHolds)
{
    std::vector<NewMessage> messages;
    for (int number = 0; number < 2100; ++number) messages.push_back(make_message({number % 3 == 0 ? "x@a.test" : "x@b.test"}));
    ASSERT_TRUE(wait_for(queue_->accept_all(std::move(messages), write("hello\r\n"))).has_value());
    const auto put_off = [&]() -> Result<> {
        SEALPOST_CHECK(database_->write_now([&](db::Connection& connection) -> Result<> {
            return connection.prepare("update queue_message set due_at = ?").bind(1, clock_.now() + std::chrono::hours(1)).run();
        }));
        return {};
    };
    ASSERT_TRUE(put_off().has_value());
    EXPECT_EQ(wait_for(queue_->deliver_all_now("")).value(), 2100);
    EXPECT_EQ(wait_for(queue_->deliver_all_now("")).value(), 0) << "all are due";
    ASSERT_TRUE(put_off().has_value());
    EXPECT_EQ(wait_for(queue_->deliver_all_now("b.test")).value(), 1400);
    EXPECT_EQ(
        ask("select count(*) from queue_message where due_at <= " + std::to_string(clock_.now().time_since_epoch().count())),
        1400);
}

TEST_F(QueueOperators, ListByDomainSenderAndState)
{
    const auto first = accept(make_message({"bob@partner.test"}));
    const auto second = accept(make_message({"x@other.test", "dan@Partner.test"}, "Eve@acme.test"));
    wait_for(queue_->hold(second)).value();
    ListFilter by_domain;
    by_domain.domain = "partner.test";
    EXPECT_EQ(wait_for(queue_->list(by_domain)).value().size(), 2U);
    ListFilter by_sender;
    by_sender.sender = "eve@acme.test";
    EXPECT_EQ(wait_for(queue_->list(by_sender)).value().at(0).id, second);
    ListFilter held;
    held.held_only = true;
    EXPECT_EQ(wait_for(queue_->list(held)).value().size(), 1U);
    ListFilter page;
    page.after = first;
    EXPECT_EQ(wait_for(queue_->list(page)).value().at(0).id, second);
    claim();
    EXPECT_TRUE(wait_for(queue_->show(first)).value()->being_delivered);
}

TEST_F(QueueOperators, ListALaneTheNewestFirst)
{
    std::vector<MessageId> replies;
    for (int number = 0; number < 3; ++number) {
        accept(make_message({"bob@partner.test"}));
        replies.push_back(accept(in_lane("reply")));
        accept(in_lane("notification"));
    }
    const auto list = [&](ListFilter filter) {
        std::vector<MessageId> found;
        for (const auto& view : wait_for(queue_->list(std::move(filter))).value()) found.push_back(view.id);
        return found;
    };
    ListFilter filter;
    filter.lane = "reply";
    EXPECT_EQ(list(filter), replies);
    filter.newest_first = true;
    filter.most = 2;
    EXPECT_EQ(list(filter), (std::vector{replies[2], replies[1]}));
    filter.after = replies[1];
    EXPECT_EQ(list(filter), (std::vector{replies[0]}));
    filter.after = MessageId();
    filter.sender = "alice@acme.test";
    filter.held_only = true;
    EXPECT_TRUE(list(filter).empty());
    wait_for(queue_->hold(replies[0])).value();
    EXPECT_EQ(list(filter), (std::vector{replies[0]}));
    filter.lane = "relay";
    EXPECT_TRUE(list(filter).empty());
    filter.held_only = false;
    EXPECT_EQ(list(filter).size(), 2U);
    filter.lane = "nobody's";
    EXPECT_TRUE(list(filter).empty());
}

TEST_F(QueueOperators, ReadTheHeadAndNeverTheBody)
{
    const auto head_of = [&](std::string_view text) {
        const auto id = accept(make_message({"bob@partner.test"}), text);
        return wait_for(read_head(queue_->read(wait_for(queue_->show(id)).value()->content)));
    };
    EXPECT_EQ(head_of(content).value(), "Subject: hello\r\nX-Kind: test\r\n\r\n");
    EXPECT_EQ(head_of("Subject: no body\r\n").value(), "Subject: no body\r\n");
    const std::string large = "X: " + std::string(200'000, 'x') + "\r\n";
    EXPECT_EQ(head_of(large + "\r\n" + std::string(2'000'000, 'b')).value(), large + "\r\n");
    EXPECT_EQ(head_of(large + large + std::string(2'000'000, 'b')).error().fault, Fault::give_up) << "it has no end";
}

TEST_F(QueueOperators, SeeWhatIsConfidential)
{
    const auto is_confidential = [&](std::optional<BouncePlan> plan) {
        NewMessage message = make_message({"bob@partner.test"});
        message.plan = std::move(plan);
        return wait_for(queue_->show(accept(std::move(message)))).value()->is_confidential;
    };
    BouncePlan sealed;
    sealed.is_confidential = true;
    EXPECT_TRUE(is_confidential(sealed));
    EXPECT_FALSE(is_confidential(BouncePlan()));
    EXPECT_TRUE(is_confidential(std::nullopt)) << "nobody has said that it is not";
}

TEST_F(QueueOperators, TrackWhatBecameOfEveryRecipient)
{
    const auto id = accept(make_message({"bob@partner.test", "carol@partner.test"}));
    claim();
    auto delivered = outcome(0, Kind::delivered, "250 2.0.0 ok");
    delivered.facts = R"({"tls":"TLSv1.3"})";
    delivered.remote_host = "mx.partner.test";
    settle(id, {delivered, outcome(1, Kind::retry, "450 later")});
    const auto view = wait_for(queue_->track(id)).value();
    ASSERT_TRUE(view.has_value());
    ASSERT_EQ(view->recipients.size(), 2U);
    EXPECT_EQ(view->recipients[0].state, RecipientState::delivered);
    EXPECT_EQ(view->recipients[0].facts, R"({"tls":"TLSv1.3"})");
    EXPECT_EQ(view->facts, make_message({}).facts);
    EXPECT_EQ(view->recipients[0].remote_host, "mx.partner.test");
    EXPECT_EQ(view->recipients[0].finished_at, clock_.now());
    EXPECT_EQ(view->recipients[1].state, RecipientState::waiting);
    EXPECT_EQ(view->recipients[1].text, "450 later");
    EXPECT_FALSE(wait_for(queue_->track(MessageId(999))).value().has_value());
}

TEST_F(QueueOperators, FindHistoryByAddressOfEitherSideAndTheNewestFirst)
{
    std::vector<MessageId> ids;
    for (int number = 0; number < 3; ++number) {
        ids.push_back(accept(make_message({"Bob@partner.test", "carol@partner.test"})));
        claim();
        settle(ids.back(), {outcome(0, Kind::delivered), outcome(1, Kind::delivered)});
    }
    const auto find = [&](std::string address, MessageId before, int most) {
        std::vector<MessageId> found;
        for (const auto& view : wait_for(queue_->find_history({std::move(address), before, most})).value())
            found.push_back(view.id);
        return found;
    };
    EXPECT_EQ(find("", MessageId(), 10), (std::vector{ids[2], ids[1], ids[0]}));
    EXPECT_EQ(find("bob@partner.test", MessageId(), 2), (std::vector{ids[2], ids[1]}));
    EXPECT_EQ(find("alice@acme.test", ids[1], 10), (std::vector{ids[0]}));
    EXPECT_TRUE(find("nobody@acme.test", MessageId(), 10).empty());
}

TEST_F(QueueOperators, ForgetHistoryAfterItsTime)
{
    const auto old = accept(make_message({"bob@partner.test"}));
    claim();
    settle(old, {outcome(0, Kind::delivered)});
    clock_.advance(29 * 24h);
    const auto recent = accept(make_message({"bob@partner.test"}));
    claim();
    settle(recent, {outcome(0, Kind::delivered)});
    clock_.advance(2 * 24h);
    ASSERT_TRUE(wait_for(queue_->erase_old_history()).has_value());
    EXPECT_FALSE(wait_for(queue_->track(old)).value().has_value());
    EXPECT_TRUE(wait_for(queue_->track(recent)).value().has_value());
}

// More of it than one commit erases.
TEST_F(QueueOperators, ForgetHistoryBehindWhatWasFinishedWhenTheClockWasAhead)
{
    ASSERT_TRUE(database_
                    ->write_now([](db::Connection& connection) {
                        return connection.execute(
                            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1200) "
                            "insert into queue_history (message, number, parent, bytes, lane, sender, address, accepted_at, "
                            "finished_at, attempts, state, code, reply, remote_host, facts, message_facts) "
                            "select 100000 + i, 0, 0, 0, 'relay', '', '', 1900000000000, 1900000000000, 1, 'delivered', "
                            "'', '', '', '', '' from n");
                    })
                    .has_value());
    const auto old = accept(make_message({"bob@partner.test"}));
    claim();
    settle(old, {outcome(0, Kind::delivered)});
    clock_.advance(31 * 24h);
    ASSERT_TRUE(wait_for(queue_->erase_old_history()).has_value());
    EXPECT_FALSE(wait_for(queue_->track(old)).value().has_value());
    EXPECT_EQ(ask("select count(*) from queue_history"), 1200);
    clock_.advance(31 * 24h);
    ASSERT_TRUE(wait_for(queue_->erase_old_history()).has_value());
    EXPECT_EQ(ask("select count(*) from queue_history"), 0);
}

class QueueTracking : public QueueFixture {
protected:
    NewMessage taken_as(const std::string& intake, std::string to = "bob@partner.test")
    {
        NewMessage message = make_message({std::move(to)});
        message.facts = R"({"intake":")" + intake + R"(","outgoing":true})";
        return message;
    }
    std::vector<MessageId> find(HistoryFilter filter, bool with_waiting = true)
    {
        filter.with_waiting = with_waiting;
        std::vector<MessageId> found;
        for (const auto& view : wait_for(queue_->find_history(std::move(filter))).value()) found.push_back(view.id);
        return found;
    }
    HistoryFilter by_intake(std::string intake)
    {
        HistoryFilter filter;
        filter.intake = std::move(intake);
        return filter;
    }
};

TEST_F(QueueTracking, FindsAllThatAMessageBecameByTheIdThatOurReplyNamed)
{
    for (const char* facts : {"", "{broken", "[1]", R"({"intake":7})"}) {
        NewMessage other = make_message({"bob@partner.test"});
        other.facts = facts;
        const auto done = accept(other), waiting = accept(other);
        claim();
        settle(done, {outcome(0, Kind::delivered)});
        settle(waiting, {outcome(0, Kind::retry)});
    }
    const auto near = accept(taken_as("public-1-7.11"));
    std::vector<NewMessage> messages{taken_as("public-1-7.1"), taken_as("public-1-7.1", "dan@other.test")};
    const auto ids = wait_for(queue_->accept_all(messages, write(content))).value();
    claim();
    settle(near, {outcome(0, Kind::delivered)});
    settle(ids[1], {outcome(0, Kind::delivered)});
    EXPECT_EQ(find(by_intake("public-1-7.1")), (std::vector{ids[1], ids[0]}));
    EXPECT_EQ(find(by_intake("public-1-7.1"), false), (std::vector{ids[1]}));
    EXPECT_TRUE(find(by_intake("public-1-7")).empty());
}

TEST_F(QueueTracking, FindsAllThatAMessageBecameByItsMessageId)
{
    const auto with_id = [&](const std::string& id, std::vector<std::string> to) {
        NewMessage message = make_message(std::move(to));
        message.facts = R"({"intake":"public-1-7.1","message_id":")" + id + R"(","outgoing":true})";
        return message;
    };
    for (const char* facts :
         {"", "{broken", R"({"message_id":7})", R"({"intake":"x","text":"\",\"message_id\":\"7@acme.test\""})"}) {
        NewMessage other = make_message({"bob@partner.test"});
        other.facts = facts;
        const auto done = accept(other);
        accept(other);
        claim();
        settle(done, {outcome(0, Kind::delivered)});
    }
    accept(with_id("77@acme.test", {"bob@partner.test"}));
    const auto done = accept(with_id("7@acme.test", {"bob@partner.test", "carol@partner.test"}));
    const auto begun = accept(with_id("7@acme.test", {"bob@partner.test", "carol@partner.test"}));
    const auto waiting = accept(with_id("7@acme.test", {"dan@other.test"}));
    claim(100);
    settle(done, {outcome(0, Kind::delivered), outcome(1, Kind::delivered)});
    settle(begun, {outcome(0, Kind::retry), outcome(1, Kind::delivered)});
    HistoryFilter filter;
    filter.message_id = "<7@acme.test>";
    EXPECT_EQ(find(filter), (std::vector{waiting, begun, done}));
    EXPECT_EQ(find(filter, false), (std::vector{done}));
    filter.message_id = "7@acme.test";
    filter.address = "carol@partner.test";
    EXPECT_EQ(find(filter), (std::vector{begun, done}));
    filter.message_id = "7@acme.tes";
    EXPECT_TRUE(find(filter).empty());
}

TEST_F(QueueTracking, FindsWhatAFormerVersionDelivered)
{
    close();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
    {
        auto steps = schema_steps();
        steps.resize(3);
        auto former = test::open_store(path()).value();
        ASSERT_TRUE(former->migrate("queue", steps).has_value());
        auto insert = [](db::Connection& connection) {
            return connection.execute(
                "insert into queue_history (message, number, parent, bytes, lane, sender, address, accepted_at, finished_at, "
                "attempts, state, code, reply, remote_host, facts, message_facts) values "
                "(1, 0, 0, 0, 'bounce', '', '', 0, 0, 1, 'delivered', '', '', '', '', ''),"
                "(2, 0, 0, 0, 'relay', '', '', 0, 0, 1, 'delivered', '', '', '', '', '{\"intake\":\"public-1-7.1\"}')");
        };
        ASSERT_TRUE(former->write_now(std::move(insert)).has_value());
    }
    open();
    EXPECT_EQ(find(by_intake("public-1-7.1")), (std::vector{MessageId(2)}));
}

TEST_F(QueueTracking, FindsWhatWaitsBesideWhatIsDone)
{
    const auto done = accept(make_message({"bob@partner.test"}));
    const auto both = accept(make_message({"Bob@partner.test", "carol@partner.test"}));
    const auto waiting = accept(make_message({"bob@partner.test"}));
    claim();
    settle(done, {outcome(0, Kind::delivered)});
    settle(both, {outcome(0, Kind::delivered), outcome(1, Kind::retry)});
    for (const char* address : {"bob@partner.test", "alice@acme.test"})
        EXPECT_EQ(find({address, MessageId(), 10}), (std::vector{waiting, both, done})) << address;
    EXPECT_EQ(find({"carol@partner.test", MessageId(), 10}), (std::vector{both}));
    EXPECT_EQ(find({"", both, 10}), (std::vector{done}));
    EXPECT_EQ(find({"", MessageId(), 2}), (std::vector{waiting, both}));
    EXPECT_EQ(find({"", MessageId(), 10}, false), (std::vector{both, done}));
    HistoryFilter filter;
    filter.with_waiting = true;
    const auto views = wait_for(queue_->find_history(filter)).value();
    ASSERT_EQ(views.size(), 3U);
    ASSERT_EQ(views[1].recipients.size(), 2U);
    EXPECT_EQ(views[1].recipients[0].state, RecipientState::delivered);
    EXPECT_EQ(views[1].recipients[1].state, RecipientState::waiting);
}

TEST_F(QueueTracking, FindsByTimeAndByWhatWasSaid)
{
    std::vector<MessageId> ids;
    const WallTime begin = clock_.now();
    for (const char* said : {"550 5.1.1 Nobody here", "250 ok", "450 The MAILBOX is full", "250 ok"}) {
        ids.push_back(accept(make_message({"bob@partner.test"})));
        claim();
        settle(ids.back(), {outcome(0, said[0] == '4' ? Kind::retry : Kind::delivered, said)});
        clock_.advance(10s);
    }
    HistoryFilter filter;
    filter.since = begin + 10s;
    filter.until = begin + 30s;
    EXPECT_EQ(find(filter), (std::vector{ids[2], ids[1]}));
    filter.most = 1;
    EXPECT_EQ(find(filter), (std::vector{ids[2]})) << "the most of those that are wanted";
    filter = {};
    filter.text = "Mailbox";
    EXPECT_EQ(find(filter), (std::vector{ids[2]}));
    filter.text = "nobody";
    EXPECT_EQ(find(filter), (std::vector{ids[0]}));
    filter.address = "bob@partner.test";
    filter.since = begin + 10s;
    EXPECT_TRUE(find(filter).empty());
}

TEST_F(QueueTracking, FindsTheMostOfALaneBehindWhatIsOfOthers)
{
    std::vector<MessageId> replies;
    for (int number = 0; number < 3; ++number) {
        replies.push_back(accept(in_lane("reply")));
        for (const char* other : {"relay", "notification", "bounce"}) accept(in_lane(other));
    }
    claim();
    for (std::int64_t number = 1; number < replies[2].value() + 3; ++number)
        settle(MessageId(number), {outcome(0, Kind::delivered)});
    HistoryFilter filter;
    filter.lane = "reply";
    filter.most = 2;
    EXPECT_EQ(find(filter, false), (std::vector{replies[2], replies[1]}));
    filter.before = replies[1];
    EXPECT_EQ(find(filter, false), (std::vector{replies[0]}));
    const auto waiting = accept(in_lane("reply"));
    accept(in_lane("notification"));
    filter.before = MessageId();
    EXPECT_EQ(find(filter, false).front(), replies[2]);
    EXPECT_EQ(find(filter), (std::vector{waiting, replies[2]}));
    filter.address = "Bob@partner.test";
    EXPECT_EQ(find(filter), (std::vector{waiting, replies[2]}));
    filter.lane = "relay";
    filter.most = 10;
    EXPECT_EQ(find(filter).size(), 3U);
}

}  // namespace
}  // namespace sealpost::queue
