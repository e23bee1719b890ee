#include "core/people/fixture.hpp"

namespace sealpost::people {
namespace {

using test::answer_of;
using test::value_of;

constexpr std::chrono::days period{30};
constexpr std::chrono::hours day{24};

class ForgettingTest : public test::PeopleTest {
protected:
    void append(std::string what)
    {
        ASSERT_TRUE(answer_of(people_->audit().append({"operator", "local", std::move(what), "", "{}"})).has_value());
    }
    std::int64_t shorten() { return value_of(people_->audit().shorten(period)); }
    // As if it had been seen every minute.
    void advance_calmly(std::chrono::hours by)
    {
        clock_.advance(by);
        execute("delete from people_clock");
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
    int jobs = 0;
    Forgetting forgetting;
    forgetting.what = "thing.forgotten";
    forgetting.older_than = clock_.now();
    forgetting.remove_some = [&jobs](db::Connection&) -> Result<int> {
        if (++jobs == 2) return Error{Fault::retry_later, "the store is away"};
        return jobs < 4 ? 5 : 0;
    };
    const Store store{database_, &clock_};
    EXPECT_TRUE(answer_of(forget(store, forgetting)).has_error());
    EXPECT_TRUE(list("thing.forgotten").empty());
    EXPECT_EQ(value_of(forget(store, forgetting)), 5);
    const auto told = list("thing.forgotten");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].entry.details.find(R"({"count":10,)"), 0U) << told[0].entry.details;
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
