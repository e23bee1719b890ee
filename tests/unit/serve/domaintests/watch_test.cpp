#include "serve/domaintests/watch.hpp"

#include "serve/domaintests/alert_texts.hpp"
#include "serve/service_world.hpp"

namespace sealpost::test {
namespace {

using namespace std::chrono_literals;
using domaintests::find_expiry_stage;

class WatchTest : public ServiceWorld {
protected:
    WatchTest()
    {
        make_watch(false);
        value_of(domains_->add("acme.test", account_, "admin@acme.test", "w"));
        value_of(domains_->proofs().trust_ownership({"acme.test", account_}, "operator"));
        record(R"({"hosts":[]})");
        value_of(domains_->set_replies({"acme.test", account_}, true, domains::OnFailure::hold, "w"));
    }

    void make_watch(bool tests_any_address)
    {
        queue_ = queue::Queue::open(database_, clock_, log::Log::silent()).value();
        alerts::Alerts::Parts telling;
        telling.ledger = alerts::Ledger::open(database_, clock_).value();
        telling.queue = queue_;
        telling.clock = &clock_;
        telling.from = "sealpost@keys.test";
        telling.hostname = "keys.test";
        telling.lane = "notification";
        telling.facts = "{}";
        domaintests::Watch::Parts parts;
        parts.test = [this](domaintests::TestOrder order) { return play(std::move(order)); };
        parts.domains = domains_;
        parts.alerts = std::make_shared<alerts::Alerts>(std::move(telling));
        parts.clock = &clock_;
        parts.tests_any_address = tests_any_address;
        watch_ = std::make_unique<domaintests::Watch>(std::move(parts));
    }

    void record(const std::string& report, bool ready = true)
    {
        value_of(domains_->record_test("acme.test", {clock_.now(), ready, "", report, domains::TestCause::asked}));
    }
    void record_chain(std::chrono::hours leaf, std::chrono::hours intermediate)
    {
        const auto end = [&](std::chrono::hours left) { return format_rfc3339(clock_.now() + left); };
        json::array chain{{{"subject", "CN=mx"}, {"not_after", end(leaf)}},
                          {{"subject", "CN=i"}, {"not_after", end(intermediate)}}};
        json::object host{{"mx", "mx.acme.test"}, {"verdict", "ok"}, {"chain", std::move(chain)}};
        record(json::serialize(json::object{{"hosts", json::array{std::move(host)}}}));
    }

    Task<tlstest::DomainTestResult> play(domaintests::TestOrder order)
    {
        ++played_;
        tlstest::DomainTestResult result;
        result.domain = order.domain;
        if (!can_tell_) {
            result.problem = tlstest::DomainProblem::dns_failure;
            co_return result;
        }
        tlstest::HostResult host;
        host.mx = "mx.acme.test";
        host.address = "192.0.2.1";
        host.verdict = verdict_;
        if (order.may_test && !order.may_test(*parse_ip(host.address))) host.verdict = route::TlsVerdict::unreachable;
        result.hosts.push_back(host);
        co_return result;
    }

    void test_due() { value_of(watch_->test_due()); }
    void tell_all() { value_of(watch_->tell_all()); }
    // Of the alerts that were mailed since the last look.
    std::vector<std::string> take_mails()
    {
        std::vector<std::string> mails;
        for (const auto& message : value_of(queue_->list(queue::ListFilter()))) {
            if (message.id.value() <= last_seen_) continue;
            mails.push_back(message.recipients.front().address);
            newest_ = std::max(newest_, message.id.value());
        }
        last_seen_ = newest_;
        return mails;
    }

    using Mails = std::vector<std::string>;
    const Mails one_ = {"admin@acme.test"};
    std::int64_t last_seen_ = 0;
    std::int64_t newest_ = 0;
    int played_ = 0;
    bool can_tell_ = true;
    route::TlsVerdict verdict_ = route::TlsVerdict::ok;
    std::shared_ptr<queue::Queue> queue_;
    std::unique_ptr<domaintests::Watch> watch_;
};

TEST_F(WatchTest, TestsEachDayAndAfterAFailedDelivery)
{
    test_due();
    EXPECT_EQ(played_, 0);
    clock_.advance(24h);
    test_due();
    EXPECT_EQ(played_, 1);
    EXPECT_EQ(value_of(domains_->find("acme.test"))->last_test->cause, domains::TestCause::daily);
    value_of(domains_->note_failed_delivery("acme.test", "expired"));
    test_due();
    EXPECT_EQ(played_, 2);
    const auto domain = value_of(domains_->find("acme.test")).value();
    EXPECT_EQ(domain.last_test->cause, domains::TestCause::failed_delivery);
    EXPECT_FALSE(domain.needs_test);
    EXPECT_TRUE(take_mails().empty());
}

TEST_F(WatchTest, ReachesPublicAddressesOnlyUnlessTheOperatorVouches)
{
    const auto is_ready = [&] {
        clock_.advance(24h);
        test_due();
        return value_of(domains_->find("acme.test"))->last_test->ready;
    };
    EXPECT_TRUE(is_ready());
    const auto claim = value_of(domains_->find("acme.test")).value();
    value_of(domains_->proofs().check_records(claim.key(), {claim.proof.value}, {"administrator:1", ""}));
    ASSERT_EQ(value_of(domains_->find("acme.test"))->proven_by, domains::ProvenBy::txt);
    EXPECT_FALSE(is_ready()) << "who owns some domain may not look into the operator's network";
    make_watch(true);
    EXPECT_TRUE(is_ready());
}

TEST_F(WatchTest, TellsTheContactOnceWhatIsWrongAndAgainWhenItChanges)
{
    verdict_ = route::TlsVerdict::expired;
    clock_.advance(24h);
    test_due();
    EXPECT_EQ(take_mails(), one_);
    EXPECT_TRUE(value_of(domains_->decide_reply_way("acme.test")).tls_verified) << "each connection is judged by itself";
    tell_all();
    clock_.advance(24h);
    test_due();
    EXPECT_TRUE(take_mails().empty());
    verdict_ = route::TlsVerdict::name_mismatch;
    clock_.advance(24h);
    test_due();
    EXPECT_EQ(take_mails(), one_);
    verdict_ = route::TlsVerdict::ok;
    clock_.advance(24h);
    test_due();
    verdict_ = route::TlsVerdict::expired;
    clock_.advance(24h);
    test_due();
    EXPECT_EQ(take_mails(), one_) << "it was over in between";
}

TEST_F(WatchTest, WaitsWhenDnsDoesNotTell)
{
    can_tell_ = false;
    value_of(domains_->note_failed_delivery("acme.test", "x"));
    test_due();
    test_due();
    EXPECT_EQ(played_, 1);
    EXPECT_TRUE(take_mails().empty());
    EXPECT_TRUE(value_of(domains_->find("acme.test"))->needs_test);
    clock_.advance(1min);
    can_tell_ = true;
    test_due();
    EXPECT_FALSE(value_of(domains_->find("acme.test"))->needs_test);
}

TEST_F(WatchTest, TellsOfACertificateBeforeItEndsOncePerStage)
{
    record_chain(24h * 90, 24h * 31);
    tell_all();
    EXPECT_TRUE(take_mails().empty());
    for (const int days : {30, 14, 7, 3, 1}) {
        record_chain(24h * 90, 24h * days);
        tell_all();
        EXPECT_EQ(take_mails(), one_) << days;
        tell_all();
        EXPECT_TRUE(take_mails().empty()) << days;
    }
    record_chain(24h * 90, 24h * 365);  // renewed
    tell_all();
    EXPECT_TRUE(take_mails().empty());
}

TEST_F(WatchTest, TellsOfAnotherCertificateThatEndsSoonAnew)
{
    record_chain(24h * 7, 24h * 365);
    tell_all();
    EXPECT_EQ(take_mails(), one_);
    record_chain(24h * 20, 24h * 365);
    tell_all();
    EXPECT_EQ(take_mails(), one_);
}

TEST_F(WatchTest, SaysNothingAboutDomainsWithoutTlsReplies)
{
    record_chain(24h, 24h);
    value_of(domains_->set_replies({"acme.test", account_}, false, domains::OnFailure::hold, "w"));
    tell_all();
    EXPECT_TRUE(take_mails().empty());
}

TEST(ExpiryStage, IsTheLeastThatTheTimeLeftIsWithin)
{
    const WallTime end{24h * 1000};
    EXPECT_FALSE(find_expiry_stage(end, end - 24h * 30 - 1ms));
    EXPECT_EQ(find_expiry_stage(end, end - 24h * 30), 30);
    EXPECT_EQ(find_expiry_stage(end, end - 24h * 15), 30);
    EXPECT_EQ(find_expiry_stage(end, end - 24h * 5), 7);
    EXPECT_EQ(find_expiry_stage(end, end - 1h), 1);
    EXPECT_EQ(find_expiry_stage(end, end + 1h), 1);
}

TEST(FailingAlert, SaysWhichHostWhatToDoAndWhatFollows)
{
    domains::Domain domain;
    domain.name = "acme.test";
    domain.on_failure = domains::OnFailure::hold;
    domain.last_test = domains::TestRecord{
        WallTime{24h}, false, "",
        R"({"hosts":[{"mx":"mx.acme.test","address":"192.0.2.1","verdict":"expired","detail":"CN=mx ended\r\nBcc: x","chain":[]},)"
        R"({"mx":"mx2.acme.test","verdict":"ok"}]})",
        domains::TestCause::daily};
    const auto alert = domaintests::make_failing_alert(domain);
    EXPECT_EQ(alert.to, "postmaster@acme.test");
    EXPECT_EQ(alert.stage, "expired");
    EXPECT_THAT(alert.body.en, testing::HasSubstr("mx.acme.test (192.0.2.1)"));
    EXPECT_THAT(alert.body.en, testing::HasSubstr("CN=mx ended  Bcc: x")) << "what a host says stays on its line";
    EXPECT_THAT(alert.body.en, testing::Not(testing::HasSubstr("mx2.acme.test")));
    EXPECT_THAT(alert.body.en, testing::HasSubstr("replies are held"));
    EXPECT_THAT(alert.body.fr, testing::HasSubstr("retenues"));
}

TEST(FailingAlert, SaysOfHostsThatWereNotTriedThatTheyWereNot)
{
    domains::Domain domain;
    domain.name = "acme.test";
    domain.last_test = domains::TestRecord{
        WallTime{24h}, false, "",
        R"({"hosts":[{"mx":"mx33.acme.test","verdict":"unreachable","asked":false,"left_out":true,"detail":"not tested: 2 more hosts"}]})",
        domains::TestCause::daily};
    const auto alert = domaintests::make_failing_alert(domain);
    EXPECT_EQ(alert.stage, "left_out");
    EXPECT_THAT(alert.body.en, testing::HasSubstr("mx33.acme.test: not tested: 2 more hosts\nTo do: Name fewer"));
}

TEST(FailingAlert, CutsWhatAHostSaysBetweenCharacters)
{
    domains::Domain domain;
    domain.name = "acme.test";
    const std::string said = std::string(299, 'a') + "\xc3\xa9 and more";
    domain.last_test = domains::TestRecord{
        WallTime{24h}, false, "",
        R"({"hosts":[{"mx":"mx.acme.test","address":"192.0.2.1","verdict":"expired","detail":")" + said + R"(","chain":[]}]})",
        domains::TestCause::daily};
    EXPECT_THAT(domaintests::make_failing_alert(domain).body.en, testing::HasSubstr(std::string(299, 'a') + "..."));
}

}  // namespace
}  // namespace sealpost::test
