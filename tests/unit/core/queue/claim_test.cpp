#include "core/queue/queue_fixture.hpp"
#include "test_store.hpp"

namespace sealpost::queue {
namespace {

using namespace std::chrono_literals;
using Kind = RecipientOutcome::Kind;
using QueueClaim = QueueFixture;

TEST_F(QueueClaim, GivesAMessageToOneDeliveryOnly)
{
    accept(make_message({"bob@partner.test"}));
    EXPECT_EQ(claim().size(), 1U);
    EXPECT_TRUE(claim().empty());
    clock_.advance(10h);
    EXPECT_TRUE(claim().empty());
}

TEST_F(QueueClaim, GivesAMessageAgainThatWasGivenBack)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    queue_->give_back(id);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].attempt, 1);
}

// The row cannot be read, in words that both stores understand.
void break_recipient(db::Database& database, MessageId message)
{
    const auto broken = database.write_now([id = std::to_string(message.value())](db::Connection& connection) {
        return connection.execute(
            "alter table queue_recipient rename to whole_recipient;"
            "create view queue_recipient as select message, address, notify, orcpt, is_held, code, reply,"
            " remote_host, facts, case when message = " +
            id + " then abs(-9223372036854775807 - (message - " + id +
            " + 1)) else number end as number"
            " from whole_recipient");
    });
    ASSERT_TRUE(broken.has_value()) << broken.error().text;
}

TEST_F(QueueClaim, GivesOutWhatIsForOthersThoughTheRowsOfOneDomainCannotBeRead)
{
    const auto broken = accept(make_message({"bob@broken.test"}));
    accept(make_message({"dan@other.test"}));
    accept(make_message({"eve@partner.test"}));
    break_recipient(*database_, broken);
    EXPECT_EQ(claim().size(), 2U);
    const auto mended = database_->write_now([](db::Connection& connection) {
        return connection.execute("drop view queue_recipient; alter table whole_recipient rename to queue_recipient");
    });
    ASSERT_TRUE(mended.has_value());
    EXPECT_TRUE(claim().empty()) << "it is not asked about again and again";
    clock_.advance(1min);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].id, broken);
}

TEST_F(QueueClaim, DoesNotLetOneDestinationStarveTheOthers)
{
    for (int number = 0; number < 50; ++number) accept(make_message({"user@busy.test"}));
    accept(make_message({"bob@partner.test"}));
    accept(make_message({"dan@other.test"}));
    const auto due = claim(9);
    std::map<std::string, int> taken;
    for (const auto& message : due) ++taken[message.recipients[0].address];
    EXPECT_EQ(taken["bob@partner.test"], 1);
    EXPECT_EQ(taken["dan@other.test"], 1);
    EXPECT_EQ(taken["user@busy.test"], 3);
}

TEST_F(QueueClaim, LetsTheSingleMessageOfASenderPassTheManyOfAnother)
{
    for (int number = 0; number < 100; ++number) {
        accept(make_message({"user@busy.test"}, "flood@acme.test"));
        clock_.advance(10ms);
    }
    EXPECT_EQ(claim(5).size(), 5U);
    const auto single = accept(make_message({"user@busy.test"}, "alice@acme.test"));
    const auto due = claim(2);
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].id, single);
    EXPECT_EQ(due[1].sender, "flood@acme.test");
}

TEST_F(QueueClaim, GivesWhatReplacesAMessageItsPlaceInTheLine)
{
    for (int number = 0; number < 20; ++number) {
        accept(make_message({"user@busy.test"}, "flood@acme.test"));
        clock_.advance(10ms);
    }
    claim(5);
    accept(make_message({"user@busy.test"}, "alice@acme.test"));
    const auto due = claim(1);
    Report report = report_of({outcome(0, Kind::relayed_elsewhere)});
    Replacement replacement;
    replacement.messages.push_back(make_message({"user@busy.test"}, "alice@acme.test"));
    report.replacements.push_back(std::move(replacement));
    EXPECT_TRUE(wait_for(queue_->settle(due[0].id, std::move(report))).has_value());
    EXPECT_EQ(claim(1)[0].sender, "alice@acme.test");
}

TEST_F(QueueClaim, HandsOutMailToSeveralDomainsThoughTheFirstIsSuspended)
{
    const auto most = [](const std::string& line) { return line == "away.test" ? 0 : 20; };
    accept(make_message({"bob@away.test", "carol@away.test"}));
    const auto both = accept(make_message({"bob@away.test", "carol@partner.test"}));
    auto due = wait_for(queue_->claim(10, most)).value();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].id, both);
    auto waits = outcome(0, Kind::retry);
    waits.postponed_for = std::chrono::minutes(1);
    waits.is_suspended = true;
    settle(both, {waits, outcome(1, Kind::delivered)});
    clock_.advance(std::chrono::hours(1));
    EXPECT_TRUE(wait_for(queue_->claim(10, most)).value().empty()) << "the rest is for that domain alone";
    clock_.advance(std::chrono::minutes(1));  // the domain is asked about again some seconds later
    EXPECT_EQ(claim().size(), 2U);
}

TEST_F(QueueClaim, MeasuresWhatTheQueueTakes)
{
    EXPECT_EQ(wait_for(queue_->measure()).value().contents, 0);
    std::vector<NewMessage> two{make_message({"bob@partner.test"}), make_message({"dan@other.test"})};
    ASSERT_TRUE(wait_for(queue_->accept_all(std::move(two), write(content))).has_value());
    accept(make_message({"bob@partner.test"}));
    const auto full = wait_for(queue_->measure()).value();
    EXPECT_EQ(full.contents, 2);
    EXPECT_EQ(full.bytes, static_cast<std::int64_t>(2 * content.size()));
    for (const auto& due : claim()) settle(due.id, {outcome(0, Kind::delivered)});
    const auto empty = wait_for(queue_->measure()).value();
    EXPECT_EQ(empty.contents, 0);
    EXPECT_EQ(empty.bytes, 0);
}

TEST_F(QueueClaim, HandsOutEverythingOnceInTheEnd)
{
    std::set<MessageId> accepted;
    for (int number = 0; number < 200; ++number) {
        accepted.insert(accept(make_message({"user@d" + std::to_string(number % 7) + ".test"})));
    }
    std::set<MessageId> claimed;
    for (int round = 0; round < 200 && claimed.size() < 200; ++round) {
        for (const auto& due : claim(7)) {
            EXPECT_TRUE(claimed.insert(due.id).second);
            settle(due.id, {outcome(0, Kind::delivered)});
        }
    }
    EXPECT_EQ(claimed, accepted);
    EXPECT_EQ(queue_->next_due(), std::nullopt);
    EXPECT_EQ(ask("select count(*) from queue_piece"), 0);
}

TEST_F(QueueClaim, LimitsWhatOneDomainHasUnderWayAndGoesOnWhenAPlaceIsFree)
{
    for (int number = 0; number < 5; ++number) accept(make_message({"user@busy.test"}));
    const auto first = claim(10, 2);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_TRUE(claim(10, 2).empty());
    settle(first[0].id, {outcome(0, Kind::delivered)});
    EXPECT_EQ(claim(10, 2).size(), 1U);
}

TEST_F(QueueClaim, GrantsEachDomainItsOwnShare)
{
    for (int number = 0; number < 3; ++number) accept(make_message({"user@small.test"}));
    for (int number = 0; number < 30; ++number) accept(make_message({"user@large.test"}));
    const MostToDomain shares = [](const std::string& domain) { return domain == "small.test" ? 1 : 25; };
    std::map<std::string, int> claimed;
    for (int round = 0; round < 2; ++round)
        for (const auto& message : wait_for(queue_->claim(100, shares)).value()) ++claimed[message.recipients[0].address];
    EXPECT_EQ(claimed, (std::map<std::string, int>{{"user@small.test", 1}, {"user@large.test", 25}}));
}

TEST_F(QueueClaim, KnowsWhenTheNextMessageIsDue)
{
    ASSERT_TRUE(claim().empty());
    EXPECT_EQ(queue_->next_due(), std::nullopt);
    const auto id = accept(make_message({"bob@partner.test"}));
    EXPECT_LE(*queue_->next_due(), clock_.now());
    claim();
    settle(id, {outcome(0, Kind::retry)});
    const auto next = queue_->next_due();
    ASSERT_TRUE(next.has_value());
    EXPECT_EQ(next, wait_for(queue_->show(id)).value()->due_at);
    EXPECT_GE(*next, clock_.now() + 54s);
    EXPECT_LE(*next, clock_.now() + 60s);
}

TEST_F(QueueClaim, FindsEveryDomainAfterAReopening)
{
    std::vector<NewMessage> messages;
    for (int number = 0; number < 4500; ++number) messages.push_back(make_message({"user@d" + std::to_string(number) + ".test"}));
    ASSERT_TRUE(wait_for(queue_->accept_all(std::move(messages), write(content))).has_value());
    close();
    open();
    std::set<MessageId> claimed;
    for (int round = 0; round < 20; ++round) {
        for (const auto& due : claim(1000)) {
            if (claimed.insert(due.id).second) queue_->give_back(due.id);
        }
    }
    EXPECT_EQ(claimed.size(), 4500U);
}

TEST_F(QueueClaim, NoticesWhatAnotherProcessChanged)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    settle(id, {outcome(0, Kind::retry)});
    EXPECT_FALSE(wait_for(queue_->notice_changes()).value());
    auto database = test::open_store(path()).value();
    auto beside = Queue::open_beside(database, clock_, log::Log::silent(), settings_).value();
    EXPECT_TRUE(wait_for(beside->deliver_now(id)).value());
    EXPECT_TRUE(wait_for(queue_->notice_changes()).value());
    EXPECT_FALSE(wait_for(queue_->notice_changes()).value());
    EXPECT_EQ(claim().size(), 1U);
}

TEST_F(QueueClaim, TellsItsListenerAboutNewMessages)
{
    int woken = 0;
    queue_->on_change([&] { ++woken; });
    accept(make_message({"bob@partner.test"}));
    EXPECT_EQ(woken, 1);
    queue_->on_change({});
    accept(make_message({"dan@other.test"}));
    EXPECT_EQ(woken, 1);
}

TEST_F(QueueClaim, DoesNotWaitForATimeThatAClockAheadHadPlanned)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    wait_for(queue_->notice_changes());
    claim();
    clock_.advance(24h * 30);
    wait_for(queue_->notice_changes());
    accept(make_message({"dan@other.test"}));
    settle(id, {outcome(0, Kind::retry)});
    clock_.advance(-24h * 30);
    EXPECT_TRUE(wait_for(queue_->notice_changes()).value());
    EXPECT_FALSE(wait_for(queue_->notice_changes()).value()) << "once is enough";
    EXPECT_TRUE(claim().empty());
    EXPECT_LE(queue_->next_due().value(), clock_.now() + 1h);
    clock_.advance(1h);  // the longest interval
    EXPECT_EQ(claim().size(), 2U);
}

TEST_F(QueueClaim, DoesNotWaitForATimeThatAnEarlierLifeHadPlanned)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    clock_.advance(24h * 2);
    settle(id, {outcome(0, Kind::retry)});
    close();
    clock_.advance(-24h * 2);
    open();
    EXPECT_TRUE(claim().empty());
    clock_.advance(1h);
    EXPECT_EQ(claim().size(), 1U);
}

TEST_F(QueueClaim, LeavesAMessageTheIntervalThatItsOwnPlanNames)
{
    auto message = make_message({"bob@partner.test"});
    message.plan.emplace();
    message.plan->retry.first_retry = 4h;
    message.plan->retry.max_interval = 4h;
    const auto id = accept(std::move(message));
    claim();
    settle(id, {outcome(0, Kind::retry)});
    close();
    open();
    clock_.advance(3h);
    EXPECT_TRUE(claim().empty());
    clock_.advance(1h);
    EXPECT_EQ(claim().size(), 1U);
}

}  // namespace
}  // namespace sealpost::queue
