#include "core/queue/queue_fixture.hpp"
#include "core/tlsreports/tls_reports_fixture.hpp"
#include "serve/resolver_of_two.hpp"
#include "serve/tlsreports/counter.hpp"
#include "serve/tlsreports/sender.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "wire/tlsrpt/report_mail.hpp"

namespace sealpost::tlsreports {
namespace {

constexpr std::string_view zone = R"(
_smtp._tls.partner.test TXT v=TLSRPTv1; rua=mailto:tls@partner.test,mailto:all@collect.test
_smtp._tls.late.test TXT TEMPORARY
_smtp._tls.web.test TXT v=TLSRPTv1; rua=https://tls.web.test/v1,mailto:tls@web.test
_smtp._tls.inward.test TXT v=TLSRPTv1; rua=https://127.0.0.1/v1,https://localhost/v1,https://[::1]/v1
_smtp._tls.two.test TXT v=TLSRPTv1; rua=mailto:a@two.test
_smtp._tls.two.test TXT v=TLSRPTv1; rua=mailto:b@two.test
)";

class TlsSenderTest : public queue::QueueFixture {
protected:
    TlsSenderTest()
    {
        reports_ = Reports::open(database_, clock_, log::Log::silent()).value();
        start(std::make_shared<dns::CannedResolver>(zone));
        day_ = std::chrono::floor<std::chrono::days>(clock_.now());
    }
    ~TlsSenderTest() override
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
        parts.client = std::make_shared<http::HttpClient>(http::ClientOptions{nullptr, parts.resolver});
        parts.pool = &pool_;
        parts.clock = &clock_;
        parts.reporter = {"Acme", "postmaster@acme.test", "mx1.acme.test"};
        parts.from = "tls-reports@acme.test";
        parts.lane = "relay";
        parts.facts = R"({"outgoing":true,"tls_report":true})";
        sender_ = std::make_unique<Sender>(std::move(parts));
    }

    void see(const std::string& domain, int times = 1)
    {
        for (int i = 0; i < times; ++i) reports_->record(make_success(clock_.now(), domain));
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

TEST_F(TlsSenderTest, MailsWhatWasCountedWhenTheDayIsOver)
{
    see("partner.test", 7);
    EXPECT_EQ(send(), 0);
    let_the_day_pass();
    EXPECT_EQ(send(), 1);
    EXPECT_EQ(send(), 0);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, "relay");
    EXPECT_EQ(due[0].facts, R"({"outgoing":true,"tls_report":true})");
    EXPECT_EQ(due[0].sender, "tls-reports@acme.test");
    ASSERT_EQ(due[0].recipients.size(), 2U);
    EXPECT_EQ(due[0].recipients[0].address, "tls@partner.test");
    EXPECT_EQ(due[0].recipients[0].notify, "NEVER");
    const auto received = tlsrpt::read_report_mail(read(due[0].content));
    ASSERT_EQ(received.state, tlsrpt::ReceivedReport::State::report) << received.problem;
    EXPECT_EQ(received.report.organisation, "Acme");
    EXPECT_EQ(received.report.contact, "postmaster@acme.test");
    EXPECT_EQ(received.report.begin, WallTime(day_));
    EXPECT_EQ(received.report.end, WallTime(day_ + std::chrono::days(1)) - std::chrono::seconds(1));
    ASSERT_EQ(received.report.policies.size(), 1U);
    EXPECT_EQ(received.report.policies[0].policy.domain, "partner.test");
    EXPECT_EQ(received.report.policies[0].succeeded, 7U);
    EXPECT_EQ(period().state, PeriodState::sent);
    EXPECT_EQ(period().done, (std::vector<std::string>{"tls@partner.test", "all@collect.test"}));
}

TEST_F(TlsSenderTest, MailsAReportOnceThoughTheStoreDoesNotTakeThatItWasSent)
{
    see("partner.test");
    let_the_day_pass();
    const auto run = [this](const std::string& sql) {
        return database_->write_now([&](db::Connection& connection) { return connection.execute(sql); }).has_value();
    };
    ASSERT_TRUE(run("create trigger no_end before update on tlsreports_period begin select raise(abort, 'no end'); end"));
    EXPECT_TRUE(queue::wait_for(sender_->send_due()).has_error());
    ASSERT_TRUE(run(test::drop_trigger("no_end", "tlsreports_period")));
    EXPECT_EQ(send(), 1);
    EXPECT_EQ(claim().size(), 1U);
    EXPECT_EQ(period().state, PeriodState::sent);
}

TEST_F(TlsSenderTest, SendsNothingToDomainsThatDoNotAskForIt)
{
    for (const char* domain : {"nobody.test", "two.test", "inward.test"}) {
        see(domain);
        let_the_day_pass();
        EXPECT_EQ(send(), 0);
        EXPECT_EQ(period().domain, domain);
        EXPECT_EQ(period().state, PeriodState::unwanted);
        EXPECT_FALSE(period().told.empty());
    }
    EXPECT_TRUE(claim().empty());
}

TEST_F(TlsSenderTest, TriesForADayWhatCannotBeAskedAndThenGivesUp)
{
    see("late.test");
    let_the_day_pass();
    const auto begun = clock_.now();
    int tries = 0;
    while (period().state == PeriodState::open && tries < 50) {
        EXPECT_EQ(send(), 0);
        EXPECT_EQ(send(), 0);  // not before its time
        ++tries;
        clock_.advance(std::chrono::duration_cast<std::chrono::milliseconds>(period().due_at - clock_.now()));
    }
    EXPECT_EQ(period().state, PeriodState::given_up);
    EXPECT_EQ(tries, Sender::max_attempts + 1);
    EXPECT_GT(clock_.now() - begun, std::chrono::hours(19));
    EXPECT_LE(clock_.now() - begun, std::chrono::hours(24));
}

// The client trusts nobody: the first address fails each time.
TEST_F(TlsSenderTest, MailsOnceWhileItTriesTheOtherAddressAgain)
{
    see("web.test");
    let_the_day_pass();
    EXPECT_EQ(send(), 0);
    EXPECT_EQ(claim().size(), 1U);
    EXPECT_EQ(period().done, std::vector<std::string>{"tls@web.test"});
    EXPECT_NE(period().told.find("https://tls.web.test/v1: "), std::string::npos);
    for (int i = 0; i < 12; ++i) {
        clock_.advance(std::chrono::hours(4));
        EXPECT_EQ(send(), 0);
    }
    EXPECT_EQ(period().state, PeriodState::sent) << "to one of two";
    EXPECT_TRUE(claim().empty());
}

TEST_F(TlsSenderTest, SendsManyInOneTurnWithDifferentIds)
{
    for (int i = 0; i < 60; ++i) see("nobody" + std::to_string(i) + ".test");
    see("partner.test");
    let_the_day_pass();
    EXPECT_EQ(send(), 1);
}

TEST_F(TlsSenderTest, LetsNobodyWhoIsSlowHoldUpTheOthers)
{
    start(std::make_shared<dns::ResolverOfTwo>());
    see("slow.test");
    see("other.test");
    let_the_day_pass();
    EXPECT_EQ(send(), 0);
    for (const auto& each : value_of(reports_->list_periods({}))) EXPECT_EQ(each.state, PeriodState::unwanted) << each.domain;
}

TEST_F(TlsSenderTest, SendsTheOthersWhenTheStoreCannotReadOne)
{
    see("web.test");
    auto break_it = [](db::Connection& connection) { return connection.execute("update tlsreports_counted set policy = '{'"); };
    ASSERT_TRUE(database_->write_now(std::move(break_it)).has_value());
    see("partner.test");
    let_the_day_pass();
    EXPECT_EQ(send(), 1);
    const auto broken = value_of(reports_->list_periods({"web.test", 1})).at(0);
    EXPECT_EQ(broken.state, PeriodState::open);
    EXPECT_EQ(broken.attempts, 1);
    EXPECT_GT(broken.due_at, clock_.now());
    EXPECT_FALSE(broken.told.empty());
    EXPECT_EQ(value_of(reports_->list_periods({"partner.test", 1})).at(0).state, PeriodState::sent);
}

TEST(TlsCounter, TellsWhatTheCourierSaw)
{
    courier::TlsEvent event;
    event.domain = "partner.test";
    event.policy_type = courier::TlsPolicyType::sts;
    event.policy = {"version: STSv1"};
    event.mx_patterns = {"*.partner.test"};
    event.host = "mx1.partner.test";
    event.peer = *parse_ip("192.0.2.25");
    event.from = *parse_ip("192.0.2.1");
    event.helo = "mx1";
    const WallTime now{std::chrono::hours(1)};
    const auto good = describe(event, now);
    EXPECT_EQ(good.policy, (tlsrpt::Policy{tlsrpt::PolicyType::sts, {"version: STSv1"}, "partner.test", {"*.partner.test"}}));
    EXPECT_FALSE(good.failure.has_value());
    EXPECT_EQ(good.at, now);
    event.result = courier::TlsResult::certificate_expired;
    event.reason = "it ended";
    const auto bad = describe(event, now);
    EXPECT_EQ(bad.failure,
              (tlsrpt::Failure{"certificate-expired", 0, "192.0.2.1", "mx1.partner.test", "mx1", "192.0.2.25", "", "it ended"}));
}

TEST(TlsCounter, TellsOfAPolicyThatCouldNotBeHadWithoutAHost)
{
    courier::TlsEvent event;
    event.domain = "partner.test";
    event.policy_type = courier::TlsPolicyType::sts;
    event.result = courier::TlsResult::sts_policy_fetch_error;
    event.reason = "it answers 503";
    const auto told = describe(event, WallTime{std::chrono::hours(1)});
    EXPECT_EQ(told.policy, (tlsrpt::Policy{tlsrpt::PolicyType::sts, {}, "partner.test", {}}));
    EXPECT_EQ(told.failure, (tlsrpt::Failure{"sts-policy-fetch-error", 0, "", "", "", "", "", "it answers 503"}));
}

}  // namespace
}  // namespace sealpost::tlsreports
