#include "core/people/fixture.hpp"

namespace sealpost::people {
namespace {

using test::answer_of;
using test::value_of;

constexpr std::chrono::days period{30};
constexpr std::chrono::hours day{24};

class ForgettingTest : public test::PeopleTest {
protected:
    ForgettingTest() { see_clock(); }

    // As if it had been seen every minute.
    void see_clock()
    {
        const auto now = std::to_string(clock_.now().time_since_epoch().count());
        execute("delete from people_clock; insert into people_clock (number, seen_at, believed_at) values (1, " + now + ", " +
                now + ")");
    }
    void append(std::string what)
    {
        ASSERT_TRUE(answer_of(people_->audit().append({"operator", "local", std::move(what), "", "{}"})).has_value());
    }
    std::int64_t shorten() { return value_of(people_->audit().shorten(period)); }
    void advance_calmly(std::chrono::hours by)
    {
        clock_.advance(by);
        see_clock();
    }
    // So many jobs remove five each, and the next one nothing, or fails. -1: it failed.
    std::int64_t forget_things(int jobs, WallTime older_than, bool breaks_off = false)
    {
        Forgetting forgetting;
        forgetting.what = "thing.forgotten";
        forgetting.older_than = older_than;
        forgetting.remove_some = [jobs, breaks_off](db::Connection&) mutable -> Result<int> {
            if (jobs-- > 0) return 5;
            if (breaks_off) return Error{Fault::retry_later, "the store is away"};
            return 0;
        };
        const auto gone = answer_of(forget({database_, &clock_}, std::move(forgetting)));
        return gone.has_value() ? *gone : -1;
    }
    static std::string make_details(int count, WallTime older_than)
    {
        return R"({"count":)" + std::to_string(count) + R"(,"older_than":")" + format_rfc3339(older_than) + "\"}";
    }
    std::vector<AuditRecord> list(std::string what = {}) { return value_of(people_->audit().list({.what = std::move(what)})); }
    bool may_delete(const std::string& what)
    {
        auto work = [what](db::Connection& connection) {
            return connection.prepare("delete from people_audit where what = ?1").bind(1, what).run();
        };
        return database_->write_now(work).has_value();
    }
};

TEST_F(ForgettingTest, TheAuditTrailLosesWhatIsOlderAndSaysSo)
{
    append("key.stored");
    append("key.released");
    const auto before = list().front().number;
    const auto begun = clock_.now();
    advance_calmly(10 * day);
    append("key.refused");
    advance_calmly(20 * day);
    EXPECT_EQ(shorten(), 0) << "not to the day";
    EXPECT_EQ(list().size(), 3U);
    advance_calmly(day);
    EXPECT_EQ(shorten(), 2);
    const auto left = list();
    ASSERT_EQ(left.size(), 2U);
    EXPECT_EQ(left[0].entry.what, "audit.shortened");
    EXPECT_EQ(left[0].entry.who, "service");
    EXPECT_EQ(left[0].entry.details, R"({"count":2,"older_than":")" + format_rfc3339(begun + day) + "\"}");
    EXPECT_EQ(left[1].entry.what, "key.refused");
    EXPECT_GT(left[1].number, before) << "numbers stay";
    EXPECT_EQ(shorten(), 0);
    EXPECT_EQ(list().size(), 2U) << "a sweep that removes nothing says nothing";
}

TEST_F(ForgettingTest, TheStoreStillRefusesToLoseWhatIsNotOlder)
{
    append("key.stored");
    EXPECT_FALSE(may_delete("key.stored"));
    advance_calmly(period + day);
    EXPECT_FALSE(may_delete("key.stored")) << "nobody was told to forget it";
    append("key.released");
    ASSERT_EQ(shorten(), 1);
    EXPECT_FALSE(may_delete("key.released"));
    EXPECT_FALSE(may_delete("audit.shortened"));
    auto change = [](db::Connection& connection) { return connection.execute("update people_audit set who = 'nobody'"); };
    EXPECT_TRUE(database_->write_now(change).has_error());
    EXPECT_EQ(list().size(), 2U);
}

TEST_F(ForgettingTest, ManyRecordsGoInSeveralJobsAndOneRecordTellsOfThem)
{
    execute(
        "insert into people_audit (at, who, network, what, subject, details) with recursive n(i) as (select 1 union all"
        " select i + 1 from n where i < 1203) select i, 'operator', '', 'key.stored', '', '{}' from n");
    EXPECT_EQ(shorten(), 1203);
    const auto left = list();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].entry.details.find(R"({"count":1203,)"), 0U) << left[0].entry.details;
}

TEST_F(ForgettingTest, WhatBreaksOffIsToldOfWithWhatGoesLater)
{
    EXPECT_EQ(forget_things(1, clock_.now(), true), -1);
    EXPECT_TRUE(list("thing.forgotten").empty());
    EXPECT_EQ(forget_things(1, clock_.now()), 5);
    const auto told = list("thing.forgotten");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].entry.details, make_details(10, clock_.now()));
}

TEST_F(ForgettingTest, OneCallEndsAfterSomeJobsAndTheNextGoesOn)
{
    EXPECT_EQ(forget_things(most_forgetting_jobs + 3, clock_.now()), most_forgetting_jobs * 5);
    EXPECT_TRUE(list("thing.forgotten").empty());
    EXPECT_EQ(forget_things(3, clock_.now()), 15);
    const auto told = list("thing.forgotten");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].entry.details, make_details((most_forgetting_jobs + 3) * 5, clock_.now()));
}

TEST_F(ForgettingTest, TheLimitThatIsToldIsTheOneByWhichItWent)
{
    const auto ahead = clock_.now() + 3650 * day;
    EXPECT_EQ(forget_things(1, ahead), 5);
    EXPECT_EQ(forget_things(1, clock_.now()), 5);
    EXPECT_EQ(forget_things(1, ahead, true), -1);
    EXPECT_EQ(forget_things(1, clock_.now()), 5);
    const auto told = list("thing.forgotten");
    ASSERT_EQ(told.size(), 3U);
    EXPECT_EQ(told[2].entry.details, make_details(5, ahead));
    EXPECT_EQ(told[1].entry.details, make_details(5, clock_.now())) << "the clock was put right";
    EXPECT_EQ(told[0].entry.details, make_details(10, ahead)) << "some went by the clock that was ahead";
}

TEST_F(ForgettingTest, AClockThatJumpsForgetsNothing)
{
    append("key.stored");
    EXPECT_EQ(shorten(), 0);
    clock_.advance(3650 * day);
    EXPECT_EQ(shorten(), 0);
    clock_.advance(std::chrono::minutes(10));
    EXPECT_EQ(shorten(), 0) << "nor a little later";
    clock_.advance(-3650 * day);
    EXPECT_EQ(shorten(), 0);
    EXPECT_EQ(list().size(), 1U);
}

TEST_F(ForgettingTest, AClockThatIsSeenForTheFirstTimeIsDoubtedForADay)
{
    append("key.stored");
    clock_.advance(3650 * day);
    execute("delete from people_clock");
    for (int i = 0; i < 24 * 6; ++i, clock_.advance(std::chrono::minutes(10))) ASSERT_EQ(shorten(), 0) << i;
    EXPECT_EQ(shorten(), 1);
}

TEST_F(ForgettingTest, AClockThatWasAheadLeavesTheStoreAsStrictAsBefore)
{
    append("key.stored");
    advance_calmly(3650 * day);
    ASSERT_EQ(shorten(), 1);
    advance_calmly(-3650 * day);
    append("key.released");
    EXPECT_FALSE(may_delete("key.released"));
    EXPECT_EQ(shorten(), 0);
    EXPECT_FALSE(may_delete("key.released"));
    EXPECT_EQ(count("select count(*) from people_forgetting where older_than <> 0 or removed <> 0"), 0);
}

TEST_F(ForgettingTest, RecordsGoFromTheOldEndUpToTheFirstThatIsKept)
{
    append("key.stored");
    execute(
        "insert into people_audit (at, who, network, what, subject, details) values (0, 'operator', '', 'key.released', '', "
        "'{}')");
    EXPECT_EQ(shorten(), 0) << "the clock stood at 1970 for a while";
    EXPECT_EQ(list().size(), 2U);
    advance_calmly(period + day);
    append("key.refused");
    EXPECT_EQ(shorten(), 2);
    EXPECT_EQ(list("key").size(), 1U);
}

TEST_F(ForgettingTest, TheSweepShortensTheTrailOnlyWhereItIsTold)
{
    append("key.stored");
    advance_calmly(3650 * day);
    ASSERT_TRUE(answer_of(people_->sweep()).has_value());
    EXPECT_EQ(list().size(), 1U);
    People::Options options;
    options.keep_audit = period;
    people_ = People::open(database_, clock_, std::move(options)).value();
    ASSERT_TRUE(answer_of(people_->sweep()).has_value());
    EXPECT_TRUE(list("key").empty());
    EXPECT_EQ(list("audit.shortened").size(), 1U);
}

}  // namespace
}  // namespace sealpost::people
