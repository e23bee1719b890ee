// DANE and MTA-STS on the very connection, in a world of canned answers and real TLS.
#include "base/encoding.hpp"
#include "serve/courier/by_domain.hpp"
#include "serve/post_office.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/crypto/x509_anchor.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace sealpost::courier {
namespace {

using smtpd::Authority;
using smtpd::MailServerOptions;
using smtpd::PostOffice;
using Kind = RecipientResult::Kind;
using Outcome = Attempt::Outcome;

const std::string hosts = "acme.test MX 10 mx.acme.test\nmx.acme.test A 127.0.0.1\n";
const std::string signed_hosts = hosts + "acme.test SECURE\nmx.acme.test SECURE\n";

std::string tlsa_owner(std::uint16_t port) { return "_" + std::to_string(port) + "._tcp.mx.acme.test"; }

std::string tlsa_line(std::uint16_t port, const std::string& usage, const crypto::Certificate& certificate)
{
    const auto digest = crypto::sha256(crypto::public_key_der(certificate));
    const std::string owner = tlsa_owner(port);
    return owner + " SECURE\n" + owner + " TLSA " + usage + " 1 1 " + format_hex(digest) + "\n";
}

// A mail host with a certificate, and what became of one letter to it.
class Proofs : public testing::Test {
protected:
    explicit Proofs() { identity_ = authority_.identity("mx.acme.test"); }

    PostOffice& open(bool with_tls = true)
    {
        MailServerOptions options = PostOffice::plain();
        if (with_tls) options.identity = identity_;
        options.profile.offer_starttls = with_tls;
        office_ = std::make_unique<PostOffice>(options);
        return *office_;
    }

    [[nodiscard]] const crypto::Certificate& leaf() const { return identity_->current()->pairs().front().chain.front(); }

    static Order order(std::uint16_t port, TlsDemand demand)
    {
        Order order;
        order.domain = "acme.test";
        order.tls = demand;
        order.mail.mail.sender = {"carol", "partner.test"};
        smtp::RcptTo rcpt;
        rcpt.recipient = {"alice", "acme.test"};
        order.mail.recipients.push_back(std::move(rcpt));
        order.content = [] { return std::make_unique<async::StringSource>("Subject: x\r\n\r\nHello\r\n"); };
        order.helo_name = "gw.partner.test";
        order.mx_port = port;
        return order;
    }

    CarryReport carry(const std::string& zone, Order what, bool trusted = false)
    {
        CourierOptions options;
        options.resolver = std::make_shared<dns::CannedResolver>(zone);
        const auto trust = trusted ? authority_.client() : Authority().client();
        options.trust = [trust] { return trust; };
        options.on_tls = [this](const TlsEvent& event) { events_.push_back(event); };
        options.on_tls_failure = [this](const TlsFailure& failure) { failures_.push_back(failure); };
        if (sts_)
            options.find_sts = [this](const std::string& domain, Deadline deadline) { return find_sts(*sts_, domain, deadline); };
        options.limits.max_hosts = max_hosts_;
        Courier courier(std::move(options));
        CarryReport report;
        async::run_here([&]() -> Task<void> {
            auto carried = co_await courier.carry(std::move(what), Deadline::after(std::chrono::seconds(20)));
            report = std::move(carried);
            co_await courier.close_idle();
        });
        return report;
    }

    static Task<route::StsFinding> find_sts(route::StsFinding finding, std::string, Deadline) { co_return finding; }

    void publish(route::StsPolicy::Mode mode, const std::string& mx)
    {
        sts_.emplace();
        sts_->status = route::StsFinding::Status::found;
        sts_->policy = {mode, {mx}, std::chrono::hours(1)};
    }

    [[nodiscard]] TlsEvent only_event() const
    {
        EXPECT_EQ(events_.size(), 1U);
        return events_.empty() ? TlsEvent() : events_.front();
    }

    Authority authority_;
    std::shared_ptr<tls::ServerIdentity> identity_;
    std::unique_ptr<PostOffice> office_;
    std::optional<route::StsFinding> sts_;
    unsigned max_hosts_ = 20;
    std::vector<TlsEvent> events_;
    std::vector<TlsFailure> failures_;
};

TEST_F(Proofs, DaneEeVouchesForACertificateThatNoAuthorityDoes)
{
    const auto port = open().port();
    const CarryReport report = carry(signed_hosts + tlsa_line(port, "3", leaf()), order(port, TlsDemand::dane));
    EXPECT_EQ(report.recipients[0].kind, Kind::delivered);
    ASSERT_TRUE(report.attempts[0].tls.has_value());
    EXPECT_EQ(report.attempts[0].tls->proof, TlsProof::dane_ee);
    EXPECT_TRUE(report.attempts[0].tls->verified);
    const TlsEvent event = only_event();
    EXPECT_EQ(event.policy_type, TlsPolicyType::tlsa);
    EXPECT_EQ(event.result, TlsResult::success);
    EXPECT_EQ(event.policy.size(), 1U);
    EXPECT_FALSE(event.helo.empty());
}

TEST_F(Proofs, DaneRefusesACertificateThatTheRecordsDoNotKnowThoughAuthoritiesDo)
{
    const auto port = open().port();
    const std::string other = tlsa_line(port, "3", authority_.issuer.certificate);
    for (const TlsDemand demand : {TlsDemand::dane, TlsDemand::dane_required, TlsDemand::mta_sts, TlsDemand::proven}) {
        events_.clear();
        const CarryReport report = carry(signed_hosts + other, order(port, demand), true);
        EXPECT_EQ(report.recipients[0].kind, Kind::deferred);
        EXPECT_TRUE(report.recipients[0].tls_unmet);
        EXPECT_EQ(only_event().result, TlsResult::validation_failure);
    }
    EXPECT_TRUE(office_->letters->take().empty());
}

TEST_F(Proofs, TellOfADestinationThatDoesNotMeetWhatItDemands)
{
    const auto port = open().port();
    for (const TlsDemand demand : {TlsDemand::none, TlsDemand::preferred}) carry(hosts, order(port, demand));
    Order of_the_sender = order(port, TlsDemand::preferred);
    of_the_sender.require_tls = true;
    carry(hosts, std::move(of_the_sender));
    EXPECT_TRUE(failures_.empty()) << "what a message demands is its sender's to hear of";
    carry(hosts, order(port, TlsDemand::required_verify));
    ASSERT_EQ(failures_.size(), 1U);
    EXPECT_EQ(failures_[0].domain, "acme.test");
    EXPECT_EQ(failures_[0].demand, TlsDemand::required_verify);
    EXPECT_FALSE(failures_[0].reason.empty());
}

TEST_F(Proofs, TlsaRecordsThatCannotBeLookedUpMakeTheMailWaitAndNoConnectionIsMade)
{
    const auto port = open().port();
    const CarryReport report = carry(signed_hosts + tlsa_owner(port) + " TLSA TEMPORARY\n", order(port, TlsDemand::dane));
    EXPECT_EQ(report.recipients[0].kind, Kind::deferred);
    EXPECT_EQ(report.recipients[0].reply.enhanced, "4.4.3");
    EXPECT_FALSE(report.recipients[0].tls_unmet);
    EXPECT_EQ(report.attempts[0].outcome, Outcome::undecided);
    EXPECT_EQ(office_->letters->connections, 0);
    EXPECT_EQ(only_event().result, TlsResult::dnssec_invalid);
}

TEST_F(Proofs, AddressesThatCannotBeLookedUpMakeTheMailWaitAndAreNoTlsFailure)
{
    const std::string zone = "acme.test MX 10 mx.acme.test\nacme.test SECURE\nmx.acme.test TEMPORARY\n";
    for (const TlsDemand demand : {TlsDemand::dane, TlsDemand::dane_required}) {
        for (const bool require_tls : {false, true}) {
            Order wanted = order(25, demand);
            wanted.require_tls = require_tls;
            const CarryReport report = carry(zone, std::move(wanted));
            EXPECT_EQ(report.recipients[0].kind, Kind::deferred);
            EXPECT_EQ(report.recipients[0].reply.enhanced, "4.4.3");
            EXPECT_FALSE(report.recipients[0].tls_unmet);
            EXPECT_EQ(report.attempts.at(0).outcome, Outcome::undecided);
        }
    }
    EXPECT_TRUE(events_.empty());
}

TEST_F(Proofs, ATrickedAwayStarttlsNeverGoesInClearWhereTlsaRecordsArePublished)
{
    const auto port = open(false).port();
    const std::string records = tlsa_line(port, "3", leaf());
    for (const TlsDemand demand : {TlsDemand::dane, TlsDemand::dane_required, TlsDemand::mta_sts, TlsDemand::proven}) {
        const CarryReport report = carry(signed_hosts + records, order(port, demand));
        EXPECT_TRUE(report.recipients[0].tls_unmet);
        EXPECT_EQ(report.attempts[0].outcome, Outcome::tls_unmet);
    }
    // Without validated records, `dane` is `preferred`.
    const CarryReport plain = carry(hosts + records, order(port, TlsDemand::dane));
    EXPECT_EQ(plain.recipients[0].kind, Kind::delivered);
    EXPECT_EQ(events_.back().result, TlsResult::starttls_not_supported);
    EXPECT_EQ(events_.back().policy_type, TlsPolicyType::no_policy_found);
}

TEST_F(Proofs, DaneRequiredRefusesAHostWithoutRecords)
{
    const auto port = open().port();
    const CarryReport report = carry(hosts, order(port, TlsDemand::dane_required), true);
    EXPECT_TRUE(report.recipients[0].tls_unmet);
    EXPECT_EQ(office_->letters->connections, 0);
    EXPECT_EQ(only_event().result, TlsResult::dane_required);
}

TEST_F(Proofs, AnEnforcedPolicyWantsAListedHostWithACertificateThatVerifies)
{
    const auto port = open().port();
    publish(route::StsPolicy::Mode::enforce, "*.acme.test");
    const CarryReport good = carry(hosts, order(port, TlsDemand::mta_sts), true);
    EXPECT_EQ(good.recipients[0].kind, Kind::delivered);
    EXPECT_EQ(good.attempts[0].tls->proof, TlsProof::mta_sts);
    EXPECT_EQ(only_event().policy_type, TlsPolicyType::sts);
    const CarryReport untrusted = carry(hosts, order(port, TlsDemand::mta_sts));
    EXPECT_TRUE(untrusted.recipients[0].tls_unmet);
    EXPECT_EQ(events_.back().result, TlsResult::certificate_not_trusted);
    publish(route::StsPolicy::Mode::enforce, "mx.partner.test");
    const CarryReport outside = carry(hosts, order(port, TlsDemand::mta_sts), true);
    EXPECT_TRUE(outside.recipients[0].tls_unmet);
    EXPECT_EQ(events_.back().result, TlsResult::validation_failure);
    EXPECT_EQ(office_->letters->take().size(), 1U);
}

TEST_F(Proofs, ATestedPolicyDeliversAndTellsWhatWouldHaveFailed)
{
    const auto port = open().port();
    publish(route::StsPolicy::Mode::testing, "mx.partner.test");
    EXPECT_EQ(carry(hosts, order(port, TlsDemand::mta_sts), true).recipients[0].kind, Kind::delivered);
    EXPECT_EQ(events_.back().result, TlsResult::validation_failure);
    publish(route::StsPolicy::Mode::testing, "mx.acme.test");
    EXPECT_EQ(carry(hosts, order(port, TlsDemand::mta_sts)).recipients[0].kind, Kind::delivered);
    EXPECT_EQ(events_.back().result, TlsResult::certificate_not_trusted);
    EXPECT_EQ(carry(hosts, order(port, TlsDemand::mta_sts), true).recipients[0].kind, Kind::delivered);
    EXPECT_EQ(events_.back().result, TlsResult::success);
}

// A fetch is one failure, however many orders hear of it.
TEST_F(Proofs, APolicyThatCannotBeHadIsToldOnceAndMailGoesOn)
{
    const auto port = open(false).port();
    sts_.emplace();
    sts_->status = route::StsFinding::Status::problem;
    sts_->fault = route::StsFinding::Fault::certificate;
    sts_->fault_is_new = true;
    EXPECT_EQ(carry(hosts, order(port, TlsDemand::mta_sts)).recipients[0].kind, Kind::delivered);
    ASSERT_EQ(events_.size(), 2U);
    EXPECT_EQ(events_[0].result, TlsResult::sts_webpki_invalid);
    EXPECT_EQ(events_[0].policy_type, TlsPolicyType::sts);
    EXPECT_TRUE(events_[0].host.empty());
    sts_->fault_is_new = false;
    events_.clear();
    EXPECT_EQ(carry(hosts, order(port, TlsDemand::mta_sts)).recipients[0].kind, Kind::delivered);
    EXPECT_EQ(only_event().host, "mx.acme.test");
}

TEST_F(Proofs, WithoutAWordFromDnsOrAFinderThePolicyLevelWaits)
{
    const auto port = open().port();
    EXPECT_EQ(carry(hosts, order(port, TlsDemand::mta_sts), true).attempts[0].outcome, Outcome::undecided);
    EXPECT_EQ(office_->letters->connections, 0);
    EXPECT_TRUE(events_.empty());
}

TEST_F(Proofs, ProvenIsAVerifiedCertificateWhereNothingIsPublished)
{
    const auto port = open().port();
    const CarryReport verified = carry(hosts, order(port, TlsDemand::proven), true);
    EXPECT_EQ(verified.attempts[0].tls->proof, TlsProof::pkix);
    EXPECT_TRUE(carry(hosts, order(port, TlsDemand::proven)).recipients[0].tls_unmet);
}

TEST_F(Proofs, RequiretlsFailsForGoodAtHostsThatDoNotOfferIt)
{
    const auto port = open().port();
    Order wanted = order(port, TlsDemand::preferred);
    wanted.require_tls = true;
    const CarryReport unsigned_mx = carry(hosts, wanted, true);
    EXPECT_EQ(unsigned_mx.recipients[0].kind, Kind::refused);
    EXPECT_EQ(unsigned_mx.recipients[0].reply.enhanced, "5.7.30");
    EXPECT_EQ(office_->letters->connections, 0);
    EXPECT_TRUE(events_.empty()) << "the domain is told nothing of what a sender asks for";
    Order unreachable = wanted;
    unreachable.mx_port = 1;
    EXPECT_EQ(carry(signed_hosts, unreachable, true).recipients[0].kind, Kind::deferred);
}

TEST_F(Proofs, RequiretlsWaitsWhileAHostWasNotTried)
{
    const auto port = open().port();
    Order wanted = order(port, TlsDemand::preferred);
    wanted.require_tls = true;
    wanted.from = std::optional(IpAddress::loopback_v4());
    EXPECT_EQ(carry(signed_hosts, wanted, true).recipients[0].kind, Kind::refused);
    const std::string second = signed_hosts + "acme.test MX 20 mx2.acme.test\nmx2.acme.test SECURE\n";
    const std::string of_another_family = second + "mx2.acme.test AAAA ::1\nmx2.acme.test AAAA ::2\n";
    EXPECT_EQ(carry(of_another_family, wanted, true).recipients[0].kind, Kind::deferred);
    max_hosts_ = 1;
    const CarryReport bounded = carry(second + "mx2.acme.test A 127.0.0.1\n", wanted, true);
    EXPECT_EQ(bounded.attempts.size(), 1U);
    EXPECT_EQ(bounded.recipients[0].kind, Kind::deferred);
    EXPECT_TRUE(bounded.recipients[0].tls_unmet);
}

TEST_F(Proofs, RequiretlsWaitsWhileThePolicyCannotBeHad)
{
    const auto port = open().port();
    Order wanted = order(port, TlsDemand::preferred);
    wanted.require_tls = true;
    sts_.emplace();
    sts_->status = route::StsFinding::Status::problem;
    sts_->fault = route::StsFinding::Fault::fetch;
    sts_->problem = "no connection";
    const CarryReport waiting = carry(hosts, wanted, true);
    EXPECT_EQ(waiting.recipients[0].kind, Kind::deferred);
    EXPECT_TRUE(waiting.recipients[0].tls_unmet) << "what is sealed where TLS fails does not wait";
    EXPECT_EQ(waiting.recipients[0].reply.code, 454);
    sts_->fault = route::StsFinding::Fault::invalid;
    EXPECT_EQ(carry(hosts, wanted, true).recipients[0].kind, Kind::refused);
    publish(route::StsPolicy::Mode::enforce, "mx.partner.test");
    EXPECT_EQ(carry(hosts, wanted, true).recipients[0].kind, Kind::refused);
    sts_->fault = route::StsFinding::Fault::fetch;  // of the policy in its place
    EXPECT_EQ(carry(hosts, wanted, true).recipients[0].kind, Kind::deferred);
    EXPECT_EQ(office_->letters->connections, 0);
}

TEST_F(Proofs, RequiretlsWaitsWhileNoAnswerCanBeValidated)
{
    const auto port = open().port();
    Order wanted = order(port, TlsDemand::preferred);
    wanted.require_tls = true;
    EXPECT_EQ(carry(hosts + "acme.test UNVALIDATED\n", wanted, true).recipients[0].kind, Kind::deferred);
    Order with_dane = wanted;
    with_dane.tls = TlsDemand::dane_required;
    EXPECT_EQ(carry(hosts + "acme.test UNVALIDATED\n", with_dane, true).recipients[0].kind, Kind::deferred);
    EXPECT_EQ(office_->letters->connections, 0);
    const std::string signed_mx = hosts + "acme.test SECURE\n";
    EXPECT_EQ(carry(signed_mx, wanted).recipients[0].kind, Kind::refused) << "the certificate proves nothing";
    EXPECT_EQ(carry(signed_mx + "mx.acme.test UNVALIDATED\n", wanted).recipients[0].kind, Kind::deferred);
    EXPECT_EQ(carry(signed_mx + "mx.acme.test UNVALIDATED\n", wanted, true).recipients[0].kind, Kind::refused)
        << "it does not offer REQUIRETLS, whatever DNS says";
}

// RFC 8689 §3.
TEST_F(Proofs, TlsNotRequiredPassesOverWhatTheRecipientsSidePublishesAndNothingElse)
{
    const auto port = open(false).port();
    const std::string records = tlsa_line(port, "3", leaf());
    publish(route::StsPolicy::Mode::enforce, "mx.acme.test");
    for (const TlsDemand demand : {TlsDemand::dane, TlsDemand::mta_sts, TlsDemand::dane_required, TlsDemand::required,
                                   TlsDemand::required_verify, TlsDemand::proven}) {
        Order wanted = order(port, demand);
        wanted.tls_not_required = true;
        const bool is_theirs = demand == TlsDemand::dane || demand == TlsDemand::mta_sts;
        EXPECT_EQ(carry(signed_hosts + records, wanted, true).recipients[0].kind == Kind::delivered, is_theirs)
            << format_tls_demand(demand);
        wanted.require_tls = true;
        EXPECT_NE(carry(signed_hosts + records, wanted, true).recipients[0].kind, Kind::delivered);
    }
    EXPECT_EQ(office_->letters->take().size(), 2U);
}

// RFC 8460 §3: "SHOULD NOT include this SMTP session in the next report".
TEST_F(Proofs, TellNothingOfAReportAboutTlsNorOfHostsThatARouteNames)
{
    const auto port = open().port();
    Order report = order(port, TlsDemand::preferred);
    report.tells_tls = false;
    EXPECT_EQ(carry(hosts, report).recipients[0].kind, Kind::delivered);
    Order routed = order(port, TlsDemand::preferred);
    routed.route.push_back({"127.0.0.1", port});
    EXPECT_EQ(carry(hosts, routed).recipients[0].kind, Kind::delivered);
    EXPECT_TRUE(events_.empty());
    EXPECT_EQ(carry(hosts, order(port, TlsDemand::preferred)).recipients[0].kind, Kind::delivered);
    EXPECT_EQ(events_.size(), 1U);
}

// What the queue keeps of each recipient: protocol, cipher, verdict, fingerprint and proof.
TEST_F(Proofs, AreRecordedForEachRecipient)
{
    const auto port = open().port();
    DomainCarried carried;
    carried.domain = "acme.test";
    carried.recipients.resize(1);
    carried.report = carry(signed_hosts + tlsa_line(port, "3", leaf()), order(port, TlsDemand::dane));
    const auto facts = boost::json::parse(to_outcome(carried, 0).facts).as_object();
    const auto& tls = facts.at("tls").as_object();
    EXPECT_EQ(tls.at("version").as_string(), "TLSv1.3");
    EXPECT_FALSE(tls.at("cipher").as_string().empty());
    EXPECT_TRUE(tls.at("verified").as_bool());
    EXPECT_EQ(tls.at("proof").as_string(), "dane-ee");
    EXPECT_EQ(tls.at("fingerprint").as_string(), leaf().sha256_fingerprint());
}

}  // namespace
}  // namespace sealpost::courier
