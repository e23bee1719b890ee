#include "core/tlsreports/row_json.hpp"
#include "core/tlsreports/schema.hpp"
#include "core/tlsreports/tls_reports_fixture.hpp"
#include "test_store.hpp"

namespace sealpost::tlsreports {
namespace {

class TlsReportsTest : public TlsReportsFixture {};

const Origin origin{"noreply@example.org", "example.org"};

TEST_F(TlsReportsTest, CountsEqualSessionsTogetherAndKeepsFailuresApart)
{
    see(make_success(clock_.now()), 3);
    see(make_failure(clock_.now()), 2);
    see(make_success(clock_.now()), 2);
    see(make_failure(clock_.now(), "starttls-not-supported"));
    const auto periods = value_of(tls_->list_periods({}));
    ASSERT_EQ(periods.size(), 1U);
    EXPECT_EQ(periods[0].domain, "partner.test");
    EXPECT_EQ(periods[0].succeeded, 5);
    EXPECT_EQ(periods[0].failed, 3);
    EXPECT_EQ(periods[0].rows, 3);
    const auto results = value_of(tls_->load_results(periods[0].id));
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].policy, make_policy());
    EXPECT_EQ(results[0].succeeded, 5U);
    EXPECT_EQ(results[0].failed, 3U);
    ASSERT_EQ(results[0].failures.size(), 2U);
    auto expected = *make_failure(clock_.now()).failure;
    expected.sessions = 2;
    EXPECT_EQ(results[0].failures[0], expected);
}

TEST_F(TlsReportsTest, MakesAReportOfEachDayAndDomainWithEachPolicyInIt)
{
    see(make_success(clock_.now()));
    see(make_success(clock_.now(), "Other.test"));
    Session other_policy = make_success(clock_.now());
    other_policy.policy = {tlsrpt::PolicyType::no_policy_found, {}, "partner.test", {}};
    see(other_policy);
    see(make_success(clock_.now() + std::chrono::hours(12)));  // 00:00 of the next day
    EXPECT_EQ(value_of(tls_->list_periods({})).size(), 3U);
    EXPECT_EQ(value_of(tls_->list_periods({"other.test", 10})).size(), 1U);
    const auto days = value_of(tls_->list_periods({"partner.test", 10}));
    ASSERT_EQ(days.size(), 2U);
    EXPECT_EQ(value_of(tls_->load_results(days[1].id)).size(), 2U);
}

TEST_F(TlsReportsTest, WritesNothingBeforeTheFlushAndKeepsWhatTheStoreRefuses)
{
    tls_->record(make_success(clock_.now()));
    EXPECT_TRUE(value_of(tls_->list_periods({})).empty());
    execute("alter table tlsreports_counted rename to away");
    EXPECT_TRUE(tls_->flush_now().has_error());
    tls_->record(make_success(clock_.now()));
    execute("alter table away rename to tlsreports_counted");
    ASSERT_TRUE(tls_->flush_now().has_value());
    EXPECT_EQ(value_of(tls_->list_periods({})).at(0).succeeded, 2);
}

TEST_F(TlsReportsTest, CountSessionsUnderAPolicyThatIsLongerThanAnIndexTakes)
{
    Session session = make_success(clock_.now());
    session.policy.lines.push_back("mx: " + dmarcreports::make_noise(40'000));
    see(session, 2);
    see(session);
    const auto results = value_of(tls_->load_results(value_of(tls_->list_periods({})).at(0).id));
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].policy, session.policy);
    EXPECT_EQ(results[0].succeeded, 3U);
    EXPECT_EQ(value_of(tls_->list_periods({})).at(0).rows, 1);
}

TEST_F(TlsReportsTest, AddToWhatAFormerVersionHasCounted)
{
    tls_.reset();
    database_ = test::open_store(directory_ + "/former.db").value();
    std::vector<std::string_view> former = schema_steps();
    former.resize(3);
    ASSERT_TRUE(database_->migrate("tlsreports", former).has_value());
    const Session failed = make_failure(clock_.now());
    execute(
        "insert into tlsreports_period (day, domain, state, rows, succeeded, failed, omitted, due_at, attempts, done, told)"
        " values (" +
        std::to_string(tally::number_of(tally::day_of(clock_.now()))) +
        ", 'partner.test', 0, 2, 5, 2, 0, 0, 0, '[]', '');"
        "insert into tlsreports_count select number, '" +
        format_policy(failed.policy) +
        "', '', 5 from tlsreports_period;"
        "insert into tlsreports_count select number, '" +
        format_policy(failed.policy) + "', '" + format_failure(*failed.failure) + "', 2 from tlsreports_period");
    open_tls({});
    see(failed, 3);
    const auto results = value_of(tls_->load_results(value_of(tls_->list_periods({})).at(0).id));
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].succeeded, 5U);
    ASSERT_EQ(results[0].failures.size(), 1U);
    EXPECT_EQ(results[0].failures[0].sessions, 5U);
}

TEST_F(TlsReportsTest, KeepOnceWhatHasLongNames)
{
    auto report = make_report(dmarcreports::make_noise(2000));
    report.organisation = dmarcreports::make_noise(2048);
    EXPECT_TRUE(value_of(tls_->keep(report, origin)));
    EXPECT_FALSE(value_of(tls_->keep(report, origin)));
}

TEST_F(TlsReportsTest, BoundsItsRowsAndCountsTheRestAllTheSame)
{
    Settings settings;
    settings.max_rows = 2;
    settings.max_periods = 1;
    settings.max_reason_bytes = 4;
    open_tls(settings);
    for (int i = 0; i < 5; ++i)
        see(make_failure(clock_.now(), "certificate-expired", "mx" + std::to_string(i) + ".partner.test"));
    see(make_success(clock_.now(), "other.test"));
    const auto periods = value_of(tls_->list_periods({}));
    ASSERT_EQ(periods.size(), 1U);
    EXPECT_EQ(periods[0].failed, 5);
    EXPECT_EQ(periods[0].omitted, 3);
    EXPECT_EQ(value_of(tls_->load_results(periods[0].id)).at(0).failures.at(0).reason, "it e");
}

TEST_F(TlsReportsTest, KeepReadableWhatAHostSaysInAnyOctetsAndHoweverItIsCut)
{
    Settings settings;
    settings.max_reason_bytes = 6;
    open_tls(settings);
    Session latin = make_failure(clock_.now());
    latin.failure->receiving_helo = "h\xf4te";
    latin.failure->reason = "refus\xe9, cut";
    see(latin);
    Session utf8 = make_failure(clock_.now(), "validation-failure");
    utf8.failure->reason = "refus\xc3\xa9";  // cut inside the last character
    see(utf8);
    const auto results = value_of(tls_->load_results(value_of(tls_->list_periods({})).at(0).id));
    ASSERT_EQ(results.at(0).failures.size(), 2U);
    EXPECT_EQ(results[0].failures[0].receiving_helo, "h\xef\xbf\xbdte");
    EXPECT_EQ(results[0].failures[0].reason, "refus\xef\xbf\xbd");
    EXPECT_EQ(results[0].failures[1].reason, "refus");
}

TEST_F(TlsReportsTest, HasRoomForSoManyDifferentSessionsOnly)
{
    Settings settings;
    settings.max_pending = 2;
    open_tls(settings);
    for (int i = 0; i < 5; ++i) tls_->record(make_success(clock_.now(), "d" + std::to_string(i) + ".test"));
    tls_->record(make_success(clock_.now(), "d0.test"));
    value_of(tls_->flush());
    EXPECT_EQ(value_of(tls_->list_periods({})).size(), 2U);
    EXPECT_EQ(value_of(tls_->list_periods({"d0.test", 1})).at(0).succeeded, 2);
}

TEST_F(TlsReportsTest, AreDueWhenTheirDayIsOverUntilTheyAreSettled)
{
    see(make_success(clock_.now()));
    EXPECT_TRUE(value_of(tls_->due(10)).empty());
    clock_.advance(std::chrono::hours(14));
    const auto due = value_of(tls_->due(10));
    ASSERT_EQ(due.size(), 1U);
    value_of(tls_->postpone(due[0].id, clock_.now() + std::chrono::hours(1), {"a@partner.test"}, "b did not answer"));
    EXPECT_TRUE(value_of(tls_->due(10)).empty());
    clock_.advance(std::chrono::hours(1));
    const auto again = value_of(tls_->due(10));
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].attempts, 1);
    EXPECT_EQ(again[0].done, std::vector<std::string>{"a@partner.test"});
    EXPECT_EQ(again[0].told, "b did not answer");
    value_of(tls_->settle(due[0].id, PeriodState::sent, {"a@partner.test", "b@partner.test"}, ""));
    EXPECT_TRUE(value_of(tls_->due(10)).empty());
    EXPECT_EQ(value_of(tls_->find_period(due[0].id))->state, PeriodState::sent);
    // What comes late begins no second report about the same day.
    see(make_success(WallTime(due[0].day)));
    EXPECT_EQ(value_of(tls_->list_periods({})).at(0).succeeded, 1);
}

TEST_F(TlsReportsTest, KeepWhatOthersSendOnceAndAddItUp)
{
    EXPECT_TRUE(value_of(tls_->keep(make_report(), origin)));
    EXPECT_FALSE(value_of(tls_->keep(make_report(), origin)));
    EXPECT_TRUE(value_of(tls_->keep(make_report("r2"), {})));
    EXPECT_TRUE(value_of(tls_->keep(make_report("r3", "other.test"), {})));
    const auto list = value_of(tls_->list_received({"ACME.test", 10}));
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[1].origin.sender, "noreply@example.org");
    EXPECT_EQ(list[1].origin.author, "example.org");
    EXPECT_EQ(list[1].succeeded, 40);
    EXPECT_EQ(list[1].domains, std::vector<std::string>{"acme.test"});
    const auto loaded = value_of(tls_->load_received(list[1].id));
    ASSERT_TRUE(loaded.has_value());
    EXPECT_EQ(loaded->policies, make_report().policies);
    EXPECT_FALSE(value_of(tls_->load_received(ReceivedId(99))).has_value());
    const auto domains = value_of(tls_->summarise_domains(make_report().begin));
    ASSERT_EQ(domains.size(), 2U);
    EXPECT_EQ(domains[0].domain, "acme.test");
    EXPECT_EQ(domains[0].reports, 2);
    EXPECT_EQ(domains[0].failed, 6);
    EXPECT_EQ(value_of(tls_->summarise_domains(make_report().begin, 1)).size(), 1U);
    const auto failures = value_of(tls_->summarise_failures("acme.test", make_report().begin));
    ASSERT_EQ(failures.size(), 2U);
    EXPECT_EQ(failures[0].result, "certificate-expired");
    EXPECT_EQ(failures[0].sessions, 4);
    EXPECT_EQ(failures[0].reports, 2);
    EXPECT_TRUE(value_of(tls_->summarise_failures("acme.test", make_report().end)).empty());
}

TEST_F(TlsReportsTest, AreKeptThoughAnotherHasTakenTheirName)
{
    EXPECT_TRUE(value_of(tls_->keep(make_report(), {"x@evil.test", "evil.test"})));
    EXPECT_TRUE(value_of(tls_->keep(make_report(), {"", ""})));
    EXPECT_TRUE(value_of(tls_->keep(make_report(), origin)));
    EXPECT_FALSE(value_of(tls_->keep(make_report(), {"other@example.org", "example.org"})));
    EXPECT_EQ(value_of(tls_->list_received({})).size(), 3U);
}

TEST_F(TlsReportsTest, KeepWhatAFormerVersionHasKept)
{
    tls_.reset();
    reports_.reset();
    database_ = test::open_store(directory_ + "/former.db").value();
    ASSERT_TRUE(database_->migrate("tlsreports", {schema_steps().front()}).has_value());
    execute("insert into tlsreports_received values (7, 'Example Org', 'r1', 'noreply@example.org', 1, 2, 3, 40, 3, '{}')");
    open_tls({});
    EXPECT_TRUE(value_of(tls_->keep(make_report(), origin)));
    EXPECT_EQ(count("select count(*) from tlsreports_received where number = 7 and author = '' and failed = 3"), 1);
    EXPECT_EQ(count("select bytes from tlsreports_received where number = 7"), 2);
    EXPECT_EQ(count("select count(*) from tlsreports_received where number = 8 and author = 'example.org'"), 1);
}

TEST_F(TlsReportsTest, AreForgottenWhenTheyAreOldOrTooMany)
{
    Settings settings;
    settings.max_received = 2;
    open_tls(settings);
    see(make_success(clock_.now()));
    value_of(tls_->settle(value_of(tls_->list_periods({})).at(0).id, PeriodState::sent, {}, ""));
    for (const char* id : {"r1", "r2", "r3"}) value_of(tls_->keep(make_report(id), {}));
    value_of(tls_->sweep());
    EXPECT_EQ(value_of(tls_->list_received({})).size(), 2U);
    EXPECT_EQ(count("select count(*) from tlsreports_received_failure"), 4);
    EXPECT_EQ(value_of(tls_->list_periods({})).size(), 1U);
    clock_.advance(std::chrono::hours(24 * 401));
    value_of(tls_->sweep());
    EXPECT_TRUE(value_of(tls_->list_received({})).empty());
    EXPECT_TRUE(value_of(tls_->list_periods({})).empty());
    for (const char* table : {"tlsreports_counted", "tlsreports_received_policy", "tlsreports_received_failure"})
        EXPECT_EQ(count(std::string("select count(*) from ") + table), 0) << table;
}

TEST_F(TlsReportsTest, OfOthersHaveALimitOfOctetsForEachAuthorAndInAll)
{
    value_of(tls_->keep(make_report("r1"), origin));
    const auto bytes = count("select bytes from tlsreports_received");
    EXPECT_EQ(bytes, count("select length(report) from tlsreports_received"));
    Settings settings;
    settings.max_received_octets = {bytes * 3, bytes * 2};
    open_tls(settings);
    for (const char* id : {"r2", "r3", "r4"}) value_of(tls_->keep(make_report(id), {"", "evil.test"}));
    auto list = value_of(tls_->list_received({}));
    ASSERT_EQ(list.size(), 3U);  // the oldest of the one who has too many went
    EXPECT_EQ(list[2].report_id, "r1");
    EXPECT_EQ(list[1].report_id, "r3");
    value_of(tls_->keep(make_report("r5"), {"", "more.test"}));
    list = value_of(tls_->list_received({}));
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list[2].report_id, "r3");
    EXPECT_EQ(count("select count(*) from tlsreports_received_policy"), 3);
    EXPECT_EQ(count("select count(*) from tlsreports_received_failure"), 6);
    settings.max_received_octets = {bytes, bytes};
    open_tls(settings);
    value_of(tls_->sweep());
    EXPECT_EQ(value_of(tls_->list_received({})).size(), 1U);
}

}  // namespace
}  // namespace sealpost::tlsreports
