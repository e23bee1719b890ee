#include "core/dmarcreports/reports_fixture.hpp"
#include "core/dmarcreports/row_json.hpp"
#include "core/dmarcreports/schema.hpp"
#include "deaf_database.hpp"

namespace sealpost::dmarcreports {
namespace {

class CountingTest : public ReportsFixture {};

TEST_F(CountingTest, AddsUpEqualMessagesAndKeepsDifferentOnesApart)
{
    const Judged judged = make_judged(clock_.now());
    record(judged, 3);
    record(make_judged(clock_.now(), "example.org", "2001:db8::1"));
    record(judged, 2);
    const auto periods = value_of(reports_->list_periods({}));
    ASSERT_EQ(periods.size(), 1U);
    EXPECT_EQ(periods[0].policy.domain, "example.org");
    EXPECT_EQ(periods[0].policy.policy, dmarc::Policy::reject);
    EXPECT_EQ(periods[0].addresses, (std::vector<dmarc::ReportAddress>{{"d@example.org", 0}}));
    EXPECT_EQ(periods[0].messages, 6);
    EXPECT_EQ(periods[0].rows, 2);
    const auto rows = value_of(reports_->load_rows(periods[0].id));
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].count, 5U);
    EXPECT_EQ(rows[0].source, judged.row.source);
    EXPECT_EQ(rows[0].disposition, dmarc::Policy::reject);
    EXPECT_EQ(rows[0].header_from, "example.org");
    EXPECT_EQ(rows[0].envelope_from, "evil.test");
    EXPECT_EQ(rows[0].dkim, judged.row.dkim);
    EXPECT_EQ(rows[0].spf, judged.row.spf);
    EXPECT_EQ(rows[1].count, 1U);
}

TEST_F(CountingTest, MakesAReportOfEachDayDomainAndPolicy)
{
    record(make_judged(clock_.now()));
    record(make_judged(clock_.now(), "acme.test"));
    Judged other_policy = make_judged(clock_.now());
    other_policy.record.percent = 50;
    record(other_policy);
    record(make_judged(clock_.now() + std::chrono::hours(12)));  // 00:00 of the next day
    record(make_judged(clock_.now() + std::chrono::hours(12) - std::chrono::milliseconds(1)));
    EXPECT_EQ(value_of(reports_->list_periods({})).size(), 4U);
    EXPECT_EQ(value_of(reports_->list_periods({"acme.test", 10})).size(), 1U);
}

TEST_F(CountingTest, ListsADomainInAnyCase)
{
    record(make_judged(clock_.now(), "acme.test"));
    EXPECT_EQ(value_of(reports_->list_periods({"Acme.TEST", 10})).size(), 1U);
    EXPECT_TRUE(value_of(reports_->list_periods({"cme.test", 10})).empty());
}

TEST_F(CountingTest, WritesNothingBeforeTheFlushAndNothingTwice)
{
    reports_->record(make_judged(clock_.now()));
    EXPECT_TRUE(value_of(reports_->list_periods({})).empty());
    ASSERT_TRUE(reports_->flush_now().has_value());
    ASSERT_TRUE(reports_->flush_now().has_value());
    value_of(reports_->flush());
    EXPECT_EQ(value_of(reports_->list_periods({})).at(0).messages, 1);
}

TEST_F(CountingTest, KeepsWhatTheStoreRefuses)
{
    execute("alter table reports_counted rename to away");
    reports_->record(make_judged(clock_.now()));
    EXPECT_TRUE(reports_->flush_now().has_error());
    reports_->record(make_judged(clock_.now()));
    execute("alter table away rename to reports_counted");
    ASSERT_TRUE(reports_->flush_now().has_value());
    EXPECT_EQ(value_of(reports_->list_periods({})).at(0).messages, 2);
}

TEST_F(CountingTest, CountsAMessageWhoseRowIsLongerThanAnIndexTakes)
{
    Judged judged = make_judged(clock_.now());
    judged.row.dkim = {{make_noise(10'000), "s1", "fail", ""}};
    reports_->record(judged);
    reports_->record(make_judged(clock_.now(), "acme.test"));
    ASSERT_TRUE(reports_->flush_now().has_value());
    record(judged);
    const auto periods = value_of(reports_->list_periods({"example.org", 10}));
    ASSERT_EQ(periods.size(), 1U);
    EXPECT_EQ(periods[0].rows, 1);
    EXPECT_EQ(value_of(reports_->load_rows(periods[0].id)).at(0).dkim, judged.row.dkim);
    EXPECT_EQ(value_of(reports_->load_rows(periods[0].id)).at(0).count, 2U);
    EXPECT_EQ(value_of(reports_->list_periods({"acme.test", 10})).size(), 1U);
}

TEST_F(CountingTest, KeepsAPolicyThatRepeatsItselfShort)
{
    Judged judged = make_judged(clock_.now());
    judged.record.failure_options = "1";
    for (const char option : make_noise(4000)) judged.record.failure_options += option < 'n' ? ":1" : ":d";
    record(judged);
    EXPECT_EQ(value_of(reports_->list_periods({})).at(0).policy.failure_options, "1:d");
}

TEST_F(CountingTest, AddsToWhatAFormerVersionHasCounted)
{
    reports_.reset();
    database_ = test::open_store(directory_ + "/former.db").value();
    std::vector<std::string_view> former = schema_steps();
    former.resize(3);
    ASSERT_TRUE(database_->migrate("reports", former).has_value());
    const Judged judged = make_judged(clock_.now());
    const std::string other = format_row(make_judged(clock_.now(), "example.org", "192.0.2.9").row);
    execute(
        "insert into reports_period (day, domain, published, addresses, state, rows, messages, omitted, due_at, attempts, told)"
        " values (" +
        std::to_string(tally::number_of(tally::day_of(clock_.now()))) + ", 'example.org', '" +
        format_policy(dmarc::describe_policy(judged.record, "")) +
        "', '[]', 0, 2, 9, 0, 0, 0, '');"
        "insert into reports_count select number, '" +
        format_row(judged.row) +
        "', 5 from reports_period;"
        "insert into reports_count select number, '" +
        other + "', 4 from reports_period");
    open({});
    record(judged, 2);
    const auto periods = value_of(reports_->list_periods({}));
    ASSERT_EQ(periods.size(), 1U);
    EXPECT_EQ(periods[0].messages, 11);
    const auto rows = value_of(reports_->load_rows(periods[0].id));
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].count, 7U);
    EXPECT_EQ(rows[1].count, 4U);
}

TEST_F(CountingTest, HasRoomForSoManyDifferentMessagesOnly)
{
    Settings settings;
    settings.max_pending = 2;
    open(settings);
    for (int i = 0; i < 5; ++i) reports_->record(make_judged(clock_.now(), "d" + std::to_string(i) + ".test"));
    reports_->record(make_judged(clock_.now(), "d0.test"));  // finds its place
    value_of(reports_->flush());
    EXPECT_EQ(value_of(reports_->list_periods({})).size(), 2U);
    EXPECT_EQ(value_of(reports_->list_periods({"d0.test", 1})).at(0).messages, 2);
}

TEST_F(CountingTest, CountsMessagesBeyondTheRowsOfAReportWithoutListingThem)
{
    Settings settings;
    settings.max_rows = 2;
    settings.max_periods = 1;
    open(settings);
    for (int i = 0; i < 5; ++i) record(make_judged(clock_.now(), "example.org", "192.0.2." + std::to_string(i)), 2);
    record(make_judged(clock_.now(), "example.org", "192.0.2.0"));
    const auto period = value_of(reports_->list_periods({})).at(0);
    EXPECT_EQ(period.messages, 11);
    EXPECT_EQ(period.rows, 2);
    EXPECT_EQ(period.omitted, 6);
    EXPECT_EQ(value_of(reports_->load_rows(period.id)).size(), 2U);
    record(make_judged(clock_.now(), "acme.test"));  // a second report of the day
    EXPECT_EQ(value_of(reports_->list_periods({})).size(), 1U);
}

TEST_F(CountingTest, FallsDueAfterTheDayWithinTheHour)
{
    record(make_judged(clock_.now()));
    clock_.advance(std::chrono::hours(12) + std::chrono::minutes(4));
    EXPECT_TRUE(value_of(reports_->due(10)).empty());
    clock_.advance(std::chrono::minutes(62));
    const auto due = value_of(reports_->due(10));
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].state, PeriodState::open);
}

TEST_F(CountingTest, IsDueLaterWhenPutOffAndNeverAgainWhenSettled)
{
    record(make_judged(clock_.now()));
    go_to_next_day();
    auto period = value_of(reports_->due(10)).at(0);
    value_of(reports_->postpone(period.id, clock_.now() + std::chrono::hours(1), "DNS"));
    EXPECT_TRUE(value_of(reports_->due(10)).empty());
    clock_.advance(std::chrono::hours(1));
    period = value_of(reports_->due(10)).at(0);
    EXPECT_EQ(period.attempts, 1);
    EXPECT_EQ(period.told, "DNS");
    value_of(reports_->settle(period.id, PeriodState::sent, "d@example.org"));
    EXPECT_TRUE(value_of(reports_->due(10)).empty());
    value_of(reports_->settle(period.id, PeriodState::given_up, "no"));  // it is settled
    const auto settled = value_of(reports_->find_period(period.id)).value();
    EXPECT_EQ(settled.state, PeriodState::sent);
    EXPECT_EQ(settled.told, "d@example.org");
    EXPECT_EQ(settled.settled_at, clock_.now());
}

TEST_F(CountingTest, TakesNothingMoreForAReportThatHasLeft)
{
    const Judged judged = make_judged(clock_.now());
    record(judged);
    go_to_next_day();
    const auto period = value_of(reports_->due(10)).at(0);
    value_of(reports_->settle(period.id, PeriodState::sent, ""));
    record(judged);
    EXPECT_EQ(value_of(reports_->list_periods({})).size(), 1U);
    EXPECT_EQ(value_of(reports_->find_period(period.id)).value().messages, 1);
}

TEST_F(CountingTest, ForgetsSentReportsAfterAMonth)
{
    record(make_judged(clock_.now()));
    go_to_next_day();
    value_of(reports_->settle(value_of(reports_->due(10)).at(0).id, PeriodState::sent, ""));
    clock_.advance(std::chrono::days(30));
    value_of(reports_->sweep());
    EXPECT_EQ(value_of(reports_->list_periods({})).size(), 1U);
    clock_.advance(std::chrono::milliseconds(1));
    value_of(reports_->sweep());
    EXPECT_TRUE(value_of(reports_->list_periods({})).empty());
    EXPECT_EQ(count("select count(*) from reports_counted"), 0);
}

TEST_F(CountingTest, ForgetsADayInPiecesSinceOthersWantToWriteToo)
{
    for (int i = 0; i < 1500; ++i)
        reports_->record(
            make_judged(clock_.now(), "example.org", "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250)));
    value_of(reports_->flush());
    go_to_next_day();
    value_of(reports_->settle(value_of(reports_->due(10)).at(0).id, PeriodState::sent, ""));
    clock_.advance(std::chrono::days(31));
    auto deaf = std::make_shared<test::DeafDatabase>(database_);
    auto others = Reports::open(deaf, clock_, log::Log::silent()).value();
    deaf->loses_after = 0;
    EXPECT_TRUE(async::wait_here(others->sweep()).has_error());
    EXPECT_EQ(count("select count(*) from reports_counted"), 500);
    EXPECT_EQ(count("select count(*) from reports_period"), 1);
    value_of(others->sweep());
    EXPECT_EQ(count("select count(*) from reports_counted"), 0);
    EXPECT_EQ(count("select count(*) from reports_period"), 0);
}

dmarc::Judgement make_judgement(dmarc::Outcome outcome)
{
    dmarc::Judgement judgement;
    judgement.author_domain = "mail.example.org";
    judgement.discovery.state = dmarc::Discovery::State::found;
    judgement.discovery.domain = "example.org";
    judgement.discovery.record.aggregate_reports = {{"d@example.org", 0}};
    judgement.verdict.outcome = outcome;
    judgement.verdict.spf_aligned = outcome == dmarc::Outcome::pass;
    judgement.verdict.applied = outcome == dmarc::Outcome::fail ? dmarc::Policy::reject : dmarc::Policy::none;
    return judgement;
}

TEST(Describe, TellsWhatWasDoneAndWhyItWasNotWhatTheDomainAskedFor)
{
    MessageFacts facts;
    facts.envelope_from = "example.org";
    facts.envelope_to = "acme.test";
    facts.disposition = dmarc::Policy::reject;
    auto judged = describe(make_judgement(dmarc::Outcome::fail), facts);
    ASSERT_TRUE(judged);
    EXPECT_EQ(judged->domain, "example.org");
    EXPECT_EQ(judged->row.header_from, "mail.example.org");
    EXPECT_EQ(judged->row.envelope_to, "acme.test");
    EXPECT_FALSE(judged->row.spf_aligned);
    EXPECT_TRUE(judged->row.reasons.empty());
    facts.disposition = dmarc::Policy::none;
    facts.override_reason = "mark only";
    judged = describe(make_judgement(dmarc::Outcome::fail), facts);
    EXPECT_EQ(judged->row.reasons, (std::vector<dmarc::Reason>{{"local_policy", "mark only"}}));
    auto sampled = make_judgement(dmarc::Outcome::fail);
    sampled.verdict.applied = dmarc::Policy::none;
    sampled.verdict.sampled_out = true;
    EXPECT_EQ(describe(sampled, facts)->row.reasons, (std::vector<dmarc::Reason>{{"sampled_out", ""}}));
    EXPECT_TRUE(describe(make_judgement(dmarc::Outcome::pass), facts)->row.spf_aligned);
}

TEST(Describe, IsNothingWhereNobodyAsks)
{
    EXPECT_FALSE(describe(make_judgement(dmarc::Outcome::temperror), {}));
    auto judgement = make_judgement(dmarc::Outcome::fail);
    judgement.discovery.record.aggregate_reports.clear();
    EXPECT_FALSE(describe(judgement, {}));
    judgement = make_judgement(dmarc::Outcome::permerror);
    judgement.discovery.state = dmarc::Discovery::State::broken;
    EXPECT_FALSE(describe(judgement, {}));
    EXPECT_FALSE(describe({}, {}));
}

}  // namespace
}  // namespace sealpost::dmarcreports
