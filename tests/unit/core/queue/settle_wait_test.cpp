// What a message that was kept back, by a limit, a suspension or an operator, has of its age and its attempts; and how long a
// settlement waits for the store.
#include "core/queue/queue_fixture.hpp"

#include "core/queue/answering.hpp"
#include "deaf_database.hpp"

#include <fstream>
#include <iterator>

namespace sealpost::queue {
namespace {

using namespace std::chrono_literals;
using Kind = RecipientOutcome::Kind;
using QueueWait = QueueFixture;

RecipientOutcome postponed(int index, std::chrono::milliseconds wait)
{
    RecipientOutcome outcome;
    outcome.index = index;
    outcome.postponed_for = wait;
    return outcome;
}

TEST_F(QueueWait, CountsNoAttemptWhenAllThatRemainsWasPostponed)
{
    const auto id = accept(make_message({"bob@partner.test", "carol@partner.test", "dave@partner.test"}));
    claim();
    settle(id, {outcome(0, Kind::delivered), postponed(1, 20min), postponed(2, 10min)});
    clock_.advance(10min - 1ms);
    EXPECT_TRUE(claim().empty());
    clock_.advance(1ms);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].attempt, 1);
    EXPECT_EQ(due[0].recipients.size(), 2U);
    settle(id, {outcome(1, Kind::retry), postponed(2, 10min)});
    clock_.advance(60s);
    EXPECT_EQ(claim().at(0).attempt, 2);
}

TEST_F(QueueWait, AsksAgainWithinTheLongestIntervalHoweverLongThePostponement)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    settle(id, {postponed(0, 30h)});
    clock_.advance(1h);
    EXPECT_EQ(claim().size(), 1U);
}

TEST_F(QueueWait, GivesUpAPostponedMessageAtTwiceItsAge)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    settle(id, {outcome(0, Kind::retry)});
    for (int hour = 1; hour <= 144; ++hour) {
        clock_.advance(1h);
        ASSERT_EQ(claim().at(0).lane, "relay") << hour;
        settle(id, {postponed(0, 1h)});
    }
    EXPECT_EQ(claim().at(0).lane, "bounce");
}

TEST_F(QueueWait, TriesAMessageThatIsTooOldOnceMoreWhenOurOwnLimitLetsIt)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    settle(id, {outcome(0, Kind::retry)});
    clock_.advance(100h);  // its destination was suspended
    claim();
    settle(id, {postponed(0, 1h)});
    clock_.advance(1h);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].attempt, 2);
    settle(id, {outcome(0, Kind::retry)});
    EXPECT_EQ(claim().at(0).lane, "bounce") << "this was its last attempt";
}

TEST_F(QueueWait, TriesThoseWhomALimitKeptBackThoughOthersAreGivenUp)
{
    const auto id = accept(make_message({"bob@partner.test", "carol@partner.test"}));
    clock_.advance(100h);  // its destination was suspended
    claim();
    settle(id, {outcome(0, Kind::retry), postponed(1, 1h)});
    EXPECT_EQ(claim().at(0).lane, "bounce") << "of bob, who was tried";
    clock_.advance(1h);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    ASSERT_EQ(due[0].recipients.size(), 1U);
    EXPECT_EQ(due[0].recipients[0].address, "carol@partner.test");
    settle(id, {outcome(1, Kind::delivered)});
    EXPECT_FALSE(wait_for(queue_->show(id)).value().has_value());
}

TEST_F(QueueWait, GivesAMessageItsAttemptWhoseDestinationWasSuspendedTwice)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    for (int time = 0; time < 3; ++time) {
        clock_.advance(100h);
        ASSERT_EQ(claim().at(0).lane, "relay") << time;
        settle(id, {postponed(0, 1h)});
    }
    clock_.advance(1h);
    EXPECT_EQ(claim().at(0).lane, "relay");
}

TEST_F(QueueWait, GivesAReleasedMessageItsAttemptHoweverLongItWasHeld)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    settle(id, {outcome(0, Kind::retry)});
    for (int time = 0; time < 3; ++time) {
        EXPECT_TRUE(wait_for(queue_->hold(id)).value());
        clock_.advance(1000h);
        EXPECT_TRUE(wait_for(queue_->release(id)).value());
        ASSERT_EQ(claim().at(0).lane, "relay");
        settle(id, {postponed(0, 1h)});
        clock_.advance(1h);
        ASSERT_EQ(claim().at(0).lane, "relay");
        settle(id, {postponed(0, 1h)});
    }
}

TEST_F(QueueWait, WaitsForTheFirstAttemptOfAMessageThatIsTooOldAsLongAgainAsItsAge)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    clock_.advance(100h);  // its destination was suspended
    for (int hour = 100; hour < 172; ++hour) {
        ASSERT_EQ(claim().at(0).lane, "relay") << hour;
        settle(id, {postponed(0, 1h)});
        clock_.advance(1h);
    }
    ASSERT_EQ(claim().at(0).lane, "relay");
    settle(id, {postponed(0, 1h)});
    EXPECT_EQ(claim().at(0).lane, "bounce");
}

TEST_F(QueueWait, LetsNoAgeEndWhatAnOperatorKeepsBack)
{
    const auto id = accept(make_message({"bob@away.test", "carol@gone.test"}));
    const auto suspended = [](int number) {
        auto outcome = postponed(number, 1min);
        outcome.is_suspended = true;
        return outcome;
    };
    for (int day = 0; day < 20; ++day) {
        const auto due = claim();
        ASSERT_EQ(due.size(), 1U) << "day " << day << ", and nobody is told of a delay";
        ASSERT_EQ(due[0].recipients.size(), 2U);
        EXPECT_EQ(due[0].attempt, 1);
        settle(id, {suspended(0), suspended(1)});
        clock_.advance(24h);
    }
    ASSERT_EQ(claim().at(0).lane, "relay");
    settle(id, {outcome(0, Kind::delivered), suspended(1)});
    clock_.advance(24h);
    EXPECT_EQ(claim().at(0).recipients.at(0).address, "carol@gone.test");
}

TEST_F(QueueWait, GivesUpWhomALimitKeepsBackThoughAnotherIsSuspended)
{
    const auto id = accept(make_message({"bob@away.test", "carol@partner.test"}));
    auto suspended = postponed(0, 15min);
    suspended.is_suspended = true;
    for (int hour = 0; hour < 144; ++hour) {
        ASSERT_EQ(claim().at(0).recipients.size(), 2U) << hour;
        settle(id, {suspended, postponed(1, 1h)});
        clock_.advance(1h);
    }
    ASSERT_EQ(claim().at(0).lane, "relay");
    settle(id, {suspended, postponed(1, 1h)});
    EXPECT_EQ(claim().at(0).lane, "bounce") << "of carol";
    clock_.advance(15min);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].recipients.at(0).address, "bob@away.test");
}

TEST_F(QueueWait, TellsOnceOfWhoIsSuspendedAndAsksAtOnceWhenThatMayHaveEnded)
{
    const std::string file = directory_ + "/log";
    const auto log = log::Log::to_file(file, log::Format::json, log::Level::info);
    queue_ = Queue::open(database_, clock_, log, settings_).value();
    const auto suspended = [](int number) { return postpone_suspended({.index = number}); };
    const auto id = accept(make_message({"bob@away.test", "carol@partner.test"}));
    for (int times = 0; times < 3; ++times) {
        ASSERT_EQ(claim().size(), 1U) << times;
        settle(id, {suspended(0), suspended(1)});
        clock_.advance(15min - 1ms);
        EXPECT_TRUE(claim().empty());
        clock_.advance(1ms);
    }
    ASSERT_EQ(claim().size(), 1U);
    settle(id, {suspended(0), outcome(1, Kind::retry)});
    clock_.advance(1s);
    EXPECT_TRUE(claim().empty()) << "by its own plan";
    EXPECT_TRUE(wait_for(queue_->ask_suspended()).has_value());
    EXPECT_EQ(claim().size(), 1U);
    log.warning("test.ends", {});  // writes at once what was before
    std::ifstream in(file);
    const std::string told((std::istreambuf_iterator<char>(in)), {});
    const std::string line = R"("said":")" + std::string(suspended_words);
    int lines = 0;
    for (auto at = told.find(line); at != std::string::npos; at = told.find(line, at + 1)) ++lines;
    EXPECT_EQ(lines, 2) << "one for each recipient";
}

class QueueOnABusyStore : public QueueFixture {
protected:
    QueueOnABusyStore() { queue_ = Queue::open(busy_, clock_, log::Log::silent(), settings_).value(); }

    std::shared_ptr<test::DeafDatabase> busy_ = std::make_shared<test::DeafDatabase>(database_);
};

TEST_F(QueueOnABusyStore, KeepsWhatWasDeliveredThoughTheProgramStops)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    queue_->stop_waiting(Deadline::after(1h));
    busy_->refuses = 3;
    settle(id, {outcome(0, Kind::delivered)});
    EXPECT_EQ(busy_->refuses, 0);
    EXPECT_FALSE(wait_for(queue_->show(id)).value().has_value());
}

TEST_F(QueueOnABusyStore, GivesUpASettlementBehindTheLastDeadline)
{
    const auto id = accept(make_message({"bob@partner.test"}));
    claim();
    queue_->stop_waiting(Deadline::after(0s));
    busy_->refuses = 1;
    EXPECT_TRUE(wait_for(queue_->settle(id, report_of({outcome(0, Kind::delivered)}))).has_error());
    EXPECT_TRUE(wait_for(queue_->show(id)).value().has_value());
    EXPECT_TRUE(claim().empty()) << "the lease stays";
}

}  // namespace
}  // namespace sealpost::queue
