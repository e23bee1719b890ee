#include "serve/dmarcreports/sender.hpp"

#include "core/dmarcreports/reports_fixture.hpp"
#include "core/queue/queue_fixture.hpp"
#include "serve/resolver_of_two.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "wire/dmarc/report_mail.hpp"

namespace sealpost::dmarcreports {
namespace {

constexpr std::string_view zone =
    "example.org._report._dmarc.collect.test TXT v=DMARC1\n"
    "late.test._report._dmarc.down.test TEMPORARY\n"
    "collect.test A 192.0.2.1\n";

class SenderTest : public queue::QueueFixture {
protected:
    SenderTest()
    {
        reports_ = Reports::open(database_, clock_, log::Log::silent()).value();
        start(std::make_shared<dns::CannedResolver>(zone));
        day_ = std::chrono::floor<std::chrono::days>(clock_.now());
    }
    ~SenderTest() override
    {
        sender_.reset();
        reports_.reset();
    }

    void start(std::shared_ptr<dns::Resolver> resolver)
    {
        Sender::Parts parts;
        parts.reports = reports_;
        parts.queue = queue_;
        parts.resolver = std::move(resolver);
        parts.dns_timeout = std::chrono::seconds(2);
        parts.pool = &pool_;
        parts.clock = &clock_;
        parts.organisation = "Acme";
        parts.contact = "postmaster@acme.test";
        parts.from = "dmarc-reports@acme.test";
        parts.submitter = "mx1.acme.test";
        parts.lane = "relay";
        parts.facts = R"({"outgoing":true})";
        sender_ = std::make_unique<Sender>(std::move(parts));
    }

    void count(std::string domain, std::vector<dmarc::ReportAddress> addresses, int messages = 1)
    {
        auto judged = make_judged(clock_.now(), std::move(domain));
        judged.record.aggregate_reports = std::move(addresses);
        for (int i = 0; i < messages; ++i) reports_->record(judged);
        ASSERT_TRUE(reports_->flush_now().has_value());
    }
    void let_the_day_pass() { clock_.advance(std::chrono::hours(26)); }
    int send() { return value_of(sender_->send_due()); }
    Period period() { return value_of(reports_->list_periods({})).at(0); }

    async::BlockingPool pool_{1};
    Day day_;
    std::shared_ptr<Reports> reports_;
    std::unique_ptr<Sender> sender_;
};

TEST_F(SenderTest, MailsWhatWasCountedWhenTheDayIsOver)
{
    count("example.org", {{"d@example.org", 0}, {"all@collect.test", 10'000'000}}, 7);
    EXPECT_EQ(send(), 0);
    let_the_day_pass();
    EXPECT_EQ(send(), 1);
    EXPECT_EQ(send(), 0);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, "relay");
    EXPECT_EQ(due[0].facts, R"({"outgoing":true})");
    EXPECT_EQ(due[0].sender, "dmarc-reports@acme.test");
    ASSERT_EQ(due[0].recipients.size(), 2U);
    EXPECT_EQ(due[0].recipients[0].address, "d@example.org");
    EXPECT_EQ(due[0].recipients[0].notify, "NEVER");
    EXPECT_EQ(due[0].recipients[1].address, "all@collect.test");
    const auto received = dmarc::read_report_mail(read(due[0].content));
    ASSERT_EQ(received.state, dmarc::ReceivedReport::State::report) << received.problem;
    EXPECT_EQ(received.report.organisation, "Acme");
    EXPECT_EQ(received.report.email, "postmaster@acme.test");
    EXPECT_EQ(received.report.begin, WallTime(day_));
    EXPECT_EQ(received.report.end, WallTime(day_ + std::chrono::days(1)) - std::chrono::seconds(1));
    EXPECT_EQ(received.report.policy.domain, "example.org");
    ASSERT_EQ(received.report.rows.size(), 1U);
    EXPECT_EQ(received.report.rows[0].count, 7U);
    EXPECT_EQ(period().state, PeriodState::sent);
    EXPECT_EQ(period().told, "d@example.org, all@collect.test");
}

TEST_F(SenderTest, MailsAReportOnceThoughTheStoreDoesNotTakeThatItWasSent)
{
    count("example.org", {{"d@example.org", 0}}, 7);
    let_the_day_pass();
    const auto run = [this](const std::string& sql) {
        return database_->write_now([&](db::Connection& connection) { return connection.execute(sql); }).has_value();
    };
    ASSERT_TRUE(run("create trigger no_end before update on reports_period begin select raise(abort, 'no end'); end"));
    EXPECT_TRUE(queue::wait_for(sender_->send_due()).has_error());
    ASSERT_TRUE(run(test::drop_trigger("no_end", "reports_period")));
    EXPECT_EQ(send(), 1);
    EXPECT_EQ(claim().size(), 1U);
    EXPECT_EQ(period().state, PeriodState::sent);
}

TEST_F(SenderTest, SendsNothingToAnotherOrganisationThatDoesNotAgree)
{
    count("acme.test", {{"d@collect.test", 0}});  // collect.test agreed for example.org only
    let_the_day_pass();
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(period().state, PeriodState::unwanted);
    EXPECT_TRUE(claim().empty());
}

TEST_F(SenderTest, LetsNobodyWhoIsSlowHoldUpTheOthers)
{
    start(std::make_shared<dns::ResolverOfTwo>());
    count("slow.test", {{"d@collect.test", 0}});
    count("other.test", {{"d@collect.test", 0}});
    let_the_day_pass();
    EXPECT_EQ(send(), 0);
    for (const auto& each : value_of(reports_->list_periods({})))
        EXPECT_EQ(each.state, PeriodState::unwanted) << each.policy.domain;
}

TEST_F(SenderTest, AsksAllWhoAreToReadAReportAtOneTime)
{
    start(std::make_shared<dns::ResolverOfTwo>());
    count("example.org", {{"d@slow.test", 0}, {"d@collect.test", 0}});
    let_the_day_pass();
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(period().state, PeriodState::unwanted);
}

TEST_F(SenderTest, SendsTheOthersWhenTheStoreCannotReadOne)
{
    count("example.org", {{"d@example.org", 0}});
    auto break_it = [](db::Connection& connection) { return connection.execute("update reports_counted set row = '{'"); };
    ASSERT_TRUE(database_->write_now(std::move(break_it)).has_value());
    count("acme.test", {{"d@acme.test", 0}});
    let_the_day_pass();
    EXPECT_EQ(send(), 1);
    const auto broken = value_of(reports_->list_periods({"example.org", 1})).at(0);
    EXPECT_EQ(broken.state, PeriodState::open);
    EXPECT_EQ(broken.attempts, 1);
    EXPECT_GT(broken.due_at, clock_.now());
    EXPECT_FALSE(broken.told.empty());
    EXPECT_EQ(value_of(reports_->list_periods({"acme.test", 1})).at(0).state, PeriodState::sent);
}

TEST_F(SenderTest, SendsNothingLargerThanItsReaderWants)
{
    count("example.org", {{"d@example.org", 10}});
    let_the_day_pass();
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(period().state, PeriodState::unwanted);
    count("acme.test", {{"d@acme.test", 10}, {"e@acme.test", 0}});
    let_the_day_pass();
    EXPECT_EQ(send(), 1);
    EXPECT_EQ(claim().at(0).recipients.size(), 1U);
}

TEST_F(SenderTest, TriesAgainWhatCannotBeAskedAndGivesUpAfterSomeDays)
{
    count("late.test", {{"d@down.test", 0}});
    let_the_day_pass();
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(period().state, PeriodState::open);
    EXPECT_EQ(period().attempts, 1);
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(period().attempts, 1);  // not before an hour
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(period().attempts, 2);
    clock_.advance(std::chrono::days(3));
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(period().state, PeriodState::given_up);
}

TEST_F(SenderTest, GoesToThoseThatAgreeWhenTheOthersCannotBeAskedForLong)
{
    count("late.test", {{"d@down.test", 0}, {"d@late.test", 0}});
    let_the_day_pass();
    int sent = 0;
    int tries = 0;
    for (; sent == 0 && tries < 10; ++tries) {
        sent = send();
        clock_.advance(std::chrono::hours(1));
    }
    EXPECT_EQ(tries, 6);
    EXPECT_EQ(period().told, "d@late.test");
}

TEST_F(SenderTest, SaysWhatItCouldNotList)
{
    Settings settings;
    settings.max_rows = 1;
    reports_ = Reports::open(database_, clock_, log::Log::silent(), settings).value();
    count("example.org", {{"d@example.org", 0}});
    auto other = make_judged(clock_.now(), "example.org", "192.0.2.77");
    reports_->record(other);
    ASSERT_TRUE(reports_->flush_now().has_value());
    let_the_day_pass();
    EXPECT_EQ(send(), 1);
    const auto received = dmarc::read_report_mail(read(claim().at(0).content));
    ASSERT_EQ(received.report.errors.size(), 1U);
    EXPECT_EQ(received.report.errors[0].substr(0, 2), "1 ");
}

TEST_F(SenderTest, SendsManyInOneTurnWithDifferentIds)
{
    for (int i = 0; i < 120; ++i) {
        const std::string domain = "d" + std::to_string(i) + ".test";
        reports_->record(make_judged(clock_.now(), domain));
    }
    ASSERT_TRUE(reports_->flush_now().has_value());
    let_the_day_pass();
    EXPECT_EQ(send(), 120);
    std::set<std::string> ids;
    for (const auto& message : claim(200)) ids.insert(dmarc::read_report_mail(read(message.content)).report.id);
    EXPECT_EQ(ids.size(), 120U);
}

}  // namespace
}  // namespace sealpost::dmarcreports
