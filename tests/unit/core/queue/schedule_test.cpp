#include "core/queue/schedule.hpp"

#include <gtest/gtest.h>

#include <map>

namespace sealpost::queue {
namespace {

using namespace std::chrono_literals;

constexpr int places = 100;
constexpr int per_domain = 20;
constexpr int beyond_memory = 250'000;
const MostToDomain share_of_each = [](const std::string&) { return per_domain; };

std::string domain(int number) { return "d" + std::to_string(number) + ".test"; }

// Domains with more mail than can ever be delivered, and those who deliver it.
class ScheduleTest : public testing::Test {
protected:
    void note(const std::string& name) { schedule_.note(name, now_); }

    // What a dispatcher with all its places would begin now, by domain.
    std::map<std::string, int> claim()
    {
        const auto claim = schedule_.begin_claim(now_, places - static_cast<int>(under_way_.size()), share_of_each);
        std::vector<Schedule::Found> found;
        std::map<std::string, int> taken;
        for (const auto& turn : claim->turns) {
            Schedule::Found all{turn.domain, {}, true, std::nullopt, now_};
            for (int i = 0; i < turn.quota; ++i) {
                all.messages.emplace_back(++last_id_);
                under_way_.emplace(last_id_, turn.domain);
            }
            taken[turn.domain] = turn.quota;
            found.push_back(std::move(all));
        }
        schedule_.end_claim(found, now_);
        return taken;
    }
    int claim_until_full()
    {
        int taken = 0;
        for (auto round = claim(); !round.empty(); round = claim())
            for (const auto& [name, count] : round) taken += count;
        return taken;
    }
    void finish(const std::string& name, bool is_done)
    {
        for (auto at = under_way_.begin(); at != under_way_.end(); ++at) {
            if (at->second != name) continue;
            const MessageId message(at->first);
            under_way_.erase(at);
            schedule_.note_outcome(message, is_done, now_);
            schedule_.release(message, now_);
            return;
        }
        FAIL() << "nothing is under way to " << name;
    }

    // One message each of more senders than are remembered; the place of the last.
    WallTime flood(const std::string& name)
    {
        WallTime last{};
        for (int number = 0; number < beyond_memory; ++number)
            last = schedule_.take_turn(name, "sender" + std::to_string(number) + "@acme.test", now_);
        return last;
    }
    // One with many messages in the line, and then another: he does not wait behind all of them.
    void expect_that_senders_are_parted(const std::string& name)
    {
        const WallTime begun = schedule_.take_turn(name, "bulk@acme.test", now_);
        now_ += 1h;
        for (int number = 1; number < 100; ++number)
            EXPECT_EQ(schedule_.take_turn(name, "bulk@acme.test", now_), begun + number * 1ms);
        EXPECT_EQ(schedule_.take_turn(name, "alice@acme.test", now_), begun);
    }

    Schedule schedule_;
    WallTime now_{std::chrono::milliseconds(1'800'000'000'000)};
    std::map<std::int64_t, std::string> under_way_;
    std::int64_t last_id_ = 0;
};

TEST_F(ScheduleTest, DoesNotFloodADestination)
{
    note(domain(1));
    EXPECT_EQ(claim_until_full(), per_domain);
}

TEST_F(ScheduleTest, KeepsAQuarterOfThePlacesFromDestinationsThatHang)
{
    for (int number = 0; number < 30; ++number) note(domain(number));
    EXPECT_EQ(claim_until_full(), 75);
    now_ += 1min;
    EXPECT_TRUE(claim().empty());
    EXPECT_FALSE(schedule_.next_due().has_value()) << "nothing to do before one of them ends";
}

TEST_F(ScheduleTest, GivesThatQuarterToDestinationsThatDeliver)
{
    note("good.test");
    claim_until_full();
    finish("good.test", true);
    for (int number = 0; number < 30; ++number) note(domain(number));
    claim_until_full();
    const int under_way_to_good = per_domain;
    EXPECT_EQ(under_way_.size(), 75U + under_way_to_good);
    now_ += 10s;
    finish("good.test", true);
    EXPECT_EQ(claim(), (std::map<std::string, int>{{"good.test", 1}}));
}

TEST_F(ScheduleTest, TakesADestinationThatBecomesSlowForOneThatHangs)
{
    note("good.test");
    claim_until_full();
    finish("good.test", true);
    now_ += 31s;
    finish("good.test", true);  // it took half a minute
    for (int number = 0; number < 30; ++number) note(domain(number));
    claim_until_full();
    EXPECT_EQ(under_way_.size(), 75U);
}

TEST_F(ScheduleTest, TakesADestinationForOneThatHangsWhileItsDeliveriesTakeLong)
{
    note("good.test");
    claim_until_full();
    finish("good.test", true);
    now_ += 31s;  // and none of the others ends
    for (int number = 0; number < 30; ++number) note(domain(number));
    claim_until_full();
    EXPECT_EQ(under_way_.size(), 75U);
}

TEST_F(ScheduleTest, GoesRoundAllDestinationsThatHang)
{
    for (int number = 0; number < 100; ++number) note(domain(number));
    std::map<std::string, int> seen;
    for (int round = 0; round < 1000 && seen.size() < 100; ++round) {
        for (const auto& [name, count] : claim()) seen[name] += count;
        ASSERT_FALSE(under_way_.empty());
        finish(std::string(under_way_.begin()->second), false);
    }
    EXPECT_EQ(seen.size(), 100U);
}

TEST_F(ScheduleTest, LeavesASuspendedDomainAloneAndAsksAgainSoon)
{
    bool is_suspended = true;
    const MostToDomain share = [&](const std::string& name) { return is_suspended && name == "away.test" ? 0 : per_domain; };
    const auto claim_some = [&] {
        const auto claimed = schedule_.begin_claim(now_, places, share);
        schedule_.end_claim({}, now_);
        return claimed->turns;
    };
    note("away.test");
    EXPECT_TRUE(claim_some().empty());
    ASSERT_TRUE(schedule_.next_due().has_value());
    EXPECT_GT(*schedule_.next_due(), now_) << "nothing is asked in a circle";
    is_suspended = false;
    EXPECT_TRUE(claim_some().empty()) << "not yet";
    now_ += 5s;
    const auto turns = claim_some();
    ASSERT_EQ(turns.size(), 1U);
    EXPECT_EQ(turns[0].domain, "away.test");
}

TEST_F(ScheduleTest, LetsTheFirstMessageOfASenderInWhereTheLineHasGotTo)
{
    const WallTime flood_began = now_;
    for (int number = 0; number < 1000; ++number, now_ += 1ms) {
        const auto turn = schedule_.take_turn("busy.test", "flood@acme.test", now_);
        EXPECT_EQ(turn, now_) << "who is alone waits by age";
    }
    note("busy.test");
    const auto claimed = schedule_.begin_claim(now_, places, share_of_each);
    ASSERT_EQ(claimed->turns.size(), 1U);
    const WallTime reached = flood_began + 20ms;
    schedule_.end_claim({{"busy.test", {MessageId(1)}, true, std::nullopt, reached}}, now_);
    EXPECT_EQ(schedule_.take_turn("busy.test", "alice@acme.test", now_), reached);
    EXPECT_EQ(schedule_.take_turn("other.test", "alice@acme.test", now_), now_);
    EXPECT_EQ(schedule_.take_turn("busy.test", "flood@acme.test", now_), now_) << "who waits already waits behind himself";
}

TEST_F(ScheduleTest, MixesTwoSendersOfManyMessages)
{
    EXPECT_EQ(schedule_.take_turn("busy.test", "one@acme.test", now_), now_);
    const WallTime begun = now_;
    now_ += 1h;
    std::vector<WallTime> turns;
    for (int number = 0; number < 3; ++number) turns.push_back(schedule_.take_turn("busy.test", "two@acme.test", now_));
    EXPECT_EQ(turns, (std::vector<WallTime>{begun, begun + 1ms, begun + 2ms}));
    EXPECT_EQ(schedule_.take_turn("busy.test", "three@acme.test", now_), begun + 1ms) << "not behind all of the second";
}

TEST_F(ScheduleTest, MovesOnWithSendersWithoutNumberSoThatNobodyWaitsForEver)
{
    const WallTime begun = schedule_.take_turn("busy.test", "old@acme.test", now_);
    now_ += 1h;
    WallTime last{};
    for (int number = 0; number < 1000; ++number)
        last = schedule_.take_turn("busy.test", "sender" + std::to_string(number) + "@acme.test", now_);
    EXPECT_EQ(last, begun + 999ms);
}

TEST_F(ScheduleTest, PartsTheSendersOfOtherDomainsWhileOneIsFloodedBySendersWithoutNumber)
{
    const WallTime begun = schedule_.take_turn("known.test", "bulk@acme.test", now_);
    static_cast<void>(schedule_.take_turn("busy.test", "old@acme.test", now_));
    now_ += 1h;
    for (int number = 1; number < 100; ++number) static_cast<void>(schedule_.take_turn("known.test", "bulk@acme.test", now_));
    const WallTime last = flood("busy.test");
    EXPECT_EQ(schedule_.take_turn("known.test", "alice@acme.test", now_), begun);
    EXPECT_EQ(schedule_.take_turn("known.test", "bulk@acme.test", now_), begun + 100ms) << "he is still known there";
    EXPECT_EQ(schedule_.take_turn("busy.test", "alice@acme.test", now_), last + 1ms) << "and that line goes on where it was";
    expect_that_senders_are_parted("other.test");
}

TEST_F(ScheduleTest, PartsTheSendersOfOtherDomainsWhileNoneOfTheFloodHasHadHisTurn)
{
    EXPECT_EQ(flood("busy.test"), now_);  // all at the same time: the line passes nobody
    expect_that_senders_are_parted("other.test");
    expect_that_senders_are_parted("one.more.test");
}

TEST_F(ScheduleTest, PartsTheSendersOfADomainBehindMoreDomainsThanAreRemembered)
{
    for (int number = 0; number < beyond_memory; ++number)
        static_cast<void>(schedule_.take_turn(domain(number), "flood@acme.test", now_));
    expect_that_senders_are_parted("other.test");
}

TEST_F(ScheduleTest, ForgetsALineThatHasEnded)
{
    EXPECT_EQ(schedule_.take_turn("busy.test", "one@acme.test", now_), now_);
    note("busy.test");
    const auto claimed = schedule_.begin_claim(now_, places, share_of_each);
    schedule_.end_claim({{"busy.test", {MessageId(1)}, false, std::nullopt, now_}}, now_);
    now_ += 1h;
    EXPECT_EQ(schedule_.take_turn("busy.test", "two@acme.test", now_), now_);
}

}  // namespace
}  // namespace sealpost::queue
