#include "serve/gateway/outgoing_mail.hpp"

#include "serve/breaking_key_service.hpp"
#include "serve/ended_key_service.hpp"
#include "serve/gateway/gateway_world.hpp"
#include "serve/gateway/lanes.hpp"
#include "serve/post_office.hpp"
#include "serve/sealer/late_notification.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gmock/gmock.h>

namespace sealpost::gateway {
namespace {

using smtpd::Authority;
using smtpd::MailServerOptions;
using smtpd::PostOffice;
using Kind = queue::RecipientOutcome::Kind;

// The post office is the mail host of acme.test and of void.test.
constexpr std::string_view zone = R"(
acme.test     MX 10 mx.acme.test
void.test     MX 10 mx.acme.test
mx.acme.test  A  127.0.0.1
plain.test    MX 10 mx.plain.test
mx.plain.test A  127.0.0.1
acme.test     SECURE
mx.acme.test  SECURE
)";

constexpr std::string_view letter = "From: Alice <alice@acme.test>\r\nSubject: hello\r\n\r\nThe body.\r\n";

class OutgoingMailTest : public GatewayWorld {
protected:
    static MailServerOptions with_tls(const Authority& authority)
    {
        MailServerOptions options = PostOffice::plain();
        options.identity = authority.identity("mx.acme.test");
        options.profile.offer_starttls = true;
        return options;
    }

    // What becomes of a message to these when the gateway trusts `authority` and the office is at `port`.
    queue::Report deliver(std::string_view lane, std::vector<std::string> to, const PostOffice& office)
    {
        queue::NewMessage message = queue::make_message(std::move(to));
        message.lane = lane;
        policy::EncryptionDecision decision;
        decision.action =
            lane == seal_lane || lane == seal_unless_tls_lane ? policy::SealAction::seal : policy::SealAction::clear;
        message.facts = format_facts({"c1.1", true}, decision, clock_.now());
        accept(std::move(message));
        auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        return queue::wait_for(carry(due.at(0), office.port()));
    }

    // The content that arrives when acme.test has a key.
    std::string send_signed(const PostOffice& office, std::string_view lane, bool outgoing, bool dkim_sign = true)
    {
        const auto key = crypto::PrivateKey::make_rsa(1024).value();
        std::vector<courier::ContentKey> keys;
        keys.push_back({dkim::SigningKey::make("test", "s1", key.to_pem()).value()});
        signer_ = std::make_shared<const courier::ContentSigner>(std::move(keys), clock_, log::Log::silent());
        queue::NewMessage message = queue::make_message({"alice@acme.test"});
        message.lane = lane;
        message.facts = format_facts({"c1.1", outgoing, dkim_sign}, policy::EncryptionDecision{}, clock_.now());
        accept(std::move(message), letter);
        const auto report = queue::wait_for(carry(claim().at(0), office.port()));
        EXPECT_EQ(report.outcomes.at(0).kind, Kind::delivered);
        return office.letters->take().at(0).content;
    }

    Task<queue::Report> carry(queue::DueMessage message, std::uint16_t port)
    {
        courier::CourierOptions options;
        options.resolver = std::make_shared<dns::CannedResolver>(std::string(zone) + more_zone_);
        options.trust = [trust = authority_.client()] { return trust; };
        OutgoingMail::Parts parts;
        parts.policy = policy_;
        parts.queue = queue_;
        parts.courier = std::make_shared<courier::Courier>(std::move(options));
        parts.sending.helo_name = "mx1.acme.test";
        parts.sending.mx_port = port;
        parts.sending.signer = signer_;
        parts.chain_sealer = chain_sealer_;
        parts.sealer = sealer_;
        auto courier = parts.courier;
        OutgoingMail outgoing(std::move(parts));
        auto report = co_await outgoing.deliver(std::move(message));
        co_await courier->close_idle();
        co_return report;
    }

    Authority authority_;
    std::string more_zone_;
    std::shared_ptr<const courier::ContentSigner> signer_;
    std::shared_ptr<const courier::ContentSealer> chain_sealer_;
    std::shared_ptr<sealer::EnvelopeSealer> sealer_;
};

TEST_F(OutgoingMailTest, SignsWhatItsOwnPeopleSendAndNothingFromOutside)
{
    PostOffice office;
    const std::string sent = send_signed(office, relay_lane, true);
    EXPECT_TRUE(sent.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=test;")) << sent;
    EXPECT_TRUE(sent.ends_with("\r\n" + std::string(letter)));
    EXPECT_EQ(send_signed(office, relay_lane, false), letter);
    EXPECT_TRUE(send_signed(office, notification_lane, false).starts_with("DKIM-Signature:"));
}

TEST_F(OutgoingMailTest, SignsNothingOfAPolicyThatSaysSo)
{
    PostOffice office;
    EXPECT_EQ(send_signed(office, relay_lane, true, false), letter);
}

TEST_F(OutgoingMailTest, SealsWhatComesFromOutsideAndNothingOfItsOwnPeople)
{
    const auto key = crypto::PrivateKey::make_rsa(1024).value();
    chain_sealer_ = courier::ContentSealer::make({dkim::SigningKey::make("acme.test", "arc", key.to_pem()).value(),
                                                  "mx1.acme.test", std::make_shared<dns::CannedResolver>(zone),
                                                  std::chrono::seconds(1), clock_, log::Log::silent()})
                        .value();
    PostOffice office;
    const std::string passed_on = send_signed(office, relay_lane, false);
    EXPECT_TRUE(passed_on.starts_with("ARC-Seal: i=1; a=rsa-sha256;")) << passed_on;
    EXPECT_TRUE(passed_on.ends_with("\r\n" + std::string(letter)));
    EXPECT_EQ(passed_on.find("DKIM-Signature"), std::string::npos);
    EXPECT_EQ(send_signed(office, relay_lane, true).find("ARC-Seal"), std::string::npos);
    EXPECT_EQ(send_signed(office, bounce_lane, false).find("ARC-Seal"), std::string::npos);
}

TEST_F(OutgoingMailTest, CarriesInClearFormByMx)
{
    PostOffice office;
    const auto report = deliver(relay_lane, {"alice@acme.test", "nobody@acme.test"}, office);
    ASSERT_EQ(report.outcomes.size(), 2U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
    EXPECT_EQ(report.outcomes[1].kind, Kind::failed);
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].content, content);
}

TEST_F(OutgoingMailTest, CarriesWhatRequiresTlsOnlyToHostsThatTakeItSo)
{
    for (const bool is_offered : {false, true}) {
        MailServerOptions options = with_tls(authority_);
        options.profile.offer_require_tls = is_offered;
        PostOffice office(std::move(options));
        queue::NewMessage message = queue::make_message({"alice@acme.test"});
        message.lane = relay_lane;
        message.require_tls = true;
        accept(std::move(message));
        auto due = claim();
        const auto id = due.at(0).id;
        const auto report = queue::wait_for(carry(std::move(due.at(0)), office.port()));
        EXPECT_EQ(report.outcomes.at(0).kind == Kind::delivered, is_offered);
        EXPECT_EQ(office.letters->take().size(), is_offered ? 1U : 0U);
        settle(id, {outcome(0, Kind::delivered)});
    }
}

TEST_F(OutgoingMailTest, LeavesASuspendedDomainAloneBehindOneThatIsNot)
{
    const std::string suspended = "\n[[destination]]\ndomain = \"void.test\"\nsuspended = true\n";
    commit(suspended);
    for (const auto lane : {relay_lane, seal_unless_tls_lane}) {
        PostOffice office(with_tls(authority_));
        const auto report = deliver(lane, {"alice@acme.test", "bob@void.test"}, office);
        ASSERT_EQ(report.outcomes.size(), 2U) << lane;
        for (const auto& outcome : report.outcomes) {
            const bool is_suspended = outcome.index == 1;
            EXPECT_EQ(outcome.kind, is_suspended ? Kind::retry : Kind::delivered) << lane << ": " << outcome.text;
            EXPECT_EQ(outcome.postponed_for.has_value(), is_suspended) << "no attempt is counted";
        }
        EXPECT_EQ(office.letters->take().size(), 1U);
        clock_.advance(std::chrono::hours(1));
    }
}

TEST_F(OutgoingMailTest, SealsForAllWhileOneOfThemMayHearOfIt)
{
    const std::string suspended =
        "\n[[destination]]\ndomain = \"void.test\"\nsuspended = true\n[[destination]]\ndomain = \"plain.test\"\nsuspended = "
        "true\n";
    commit(suspended);
    PostOffice office;
    auto report = deliver(seal_lane, {"bob@void.test", "carol@plain.test"}, office);
    ASSERT_EQ(report.outcomes.size(), 2U);
    for (const auto& outcome : report.outcomes) {
        EXPECT_EQ(outcome.kind, Kind::retry);
        EXPECT_TRUE(outcome.is_suspended);
    }
    clock_.advance(std::chrono::hours(1));
    report = deliver(seal_lane, {"bob@void.test", "alice@acme.test"}, office);
    for (const auto& outcome : report.outcomes)
        EXPECT_THAT(outcome.text, testing::HasSubstr("cannot seal")) << "there is no service, which was asked for both";
}

// RFC 8460 §3: "sending MTAs MUST deliver reports despite any TLS-related failures".
TEST_F(OutgoingMailTest, CarriesReportsAboutTlsAlsoWhereTlsIsRequiredAndFails)
{
    const std::string strict = "\n[[destination]]\ndomain = \"acme.test\"\ntls = \"required_verify\"\n";
    commit(strict);
    PostOffice office;
    for (const bool is_report : {false, true}) {
        IntakeFacts facts{"tls-report", true};
        facts.tls_report = is_report;
        queue::NewMessage message = queue::make_message({"alice@acme.test"});
        message.lane = relay_lane;
        message.facts = format_facts(facts, {}, clock_.now());
        accept(std::move(message));
        auto due = claim();
        const auto id = due.at(0).id;
        const auto report = queue::wait_for(carry(std::move(due.at(0)), office.port()));
        EXPECT_EQ(report.outcomes.at(0).kind == Kind::delivered, is_report);
        settle(id, {outcome(0, Kind::delivered)});
    }
}

TEST_F(OutgoingMailTest, KeepsForReportsAboutTlsWhatARouteDemands)
{
    PostOffice office;
    const std::string port = std::to_string(office.port());
    more_zone_ =
        "_" + port + "._tcp.mx.acme.test TLSA 3 1 1 " + std::string(64, '0') + "\n_" + port + "._tcp.mx.acme.test SECURE\n";
    const std::string routed =
        "\n[[destination]]\ndomain = \"acme.test\"\ntls = \"dane\"\n"
        "[[route]]\ndomain = \"acme.test\"\nhosts = [\"mx.acme.test:" +
        port + "\"]\n";
    commit(routed);
    IntakeFacts facts{"tls-report", true};
    facts.tls_report = true;
    queue::NewMessage message = queue::make_message({"alice@acme.test"});
    message.lane = relay_lane;
    message.facts = format_facts(facts, {}, clock_.now());
    accept(std::move(message));
    const auto report = queue::wait_for(carry(claim().at(0), office.port()));
    EXPECT_EQ(report.outcomes.at(0).kind, Kind::retry);
    EXPECT_TRUE(office.letters->take().empty());
}

TEST_F(OutgoingMailTest, DropsWhatIsRoutedToNowhere)
{
    PostOffice office;
    for (const auto lane : {relay_lane, notification_lane, seal_unless_tls_lane}) {
        const auto report = deliver(lane, {"alice@void.test"}, office);
        ASSERT_EQ(report.outcomes.size(), 1U) << lane;
        EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
        EXPECT_EQ(report.outcomes[0].remote_host, "");
        EXPECT_TRUE(report.outcomes[0].passed_notify_on) << "a report of success would not be so";
    }
    EXPECT_EQ(office.letters->connections, 0);
}

TEST_F(OutgoingMailTest, KeepsWhatItCannotSeal)
{
    PostOffice office;
    const auto report = deliver(seal_lane, {"alice@acme.test"}, office);
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::retry);
    EXPECT_TRUE(report.replacements.empty());
    EXPECT_EQ(office.letters->connections, 0);
}

TEST_F(OutgoingMailTest, GivesUpWhatNobodyCouldOpenAnyMore)
{
    PostOffice office;
    queue::NewMessage message = queue::make_message({"alice@acme.test"});
    message.lane = seal_lane;
    policy::EncryptionDecision decision;
    decision.action = policy::SealAction::seal;
    decision.profile.expires_after = std::chrono::hours(1);
    message.facts = format_facts({"c1.1", true}, decision, clock_.now());
    accept(std::move(message));
    clock_.advance(std::chrono::hours(2));
    const auto report = queue::wait_for(carry(claim().at(0), office.port()));
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::failed);
    EXPECT_EQ(report.outcomes[0].enhanced_code, "5.4.7");
}

TEST_F(OutgoingMailTest, SendsNobodyToAnEnvelopeThatEndedWhileItsNotificationWaited)
{
    async::BlockingPool pool(1);
    auto keys = std::make_shared<sealer::EndedKeyService>();
    sealer_ = std::make_shared<sealer::EnvelopeSealer>(
        sealer::EnvelopeSealer::Parts{queue_, keys, &pool, &clock_, directory_, "mx1.acme.test", log::Log::silent()});
    PostOffice office;
    for (const auto ending : {sealer::Ending::none, sealer::Ending::expired}) {
        keys->ending = ending;
        queue::NewMessage message = queue::make_message({"alice@acme.test"});
        message.lane = notification_lane;
        message.facts = sealer::format_notification_facts("abcdefghijklmnopqrstuvwxya");
        accept(std::move(message));
        clock_.advance(std::chrono::hours(2));
        const auto due = claim().at(0);
        const auto report = queue::wait_for(carry(due, office.port()));
        ASSERT_EQ(report.outcomes.size(), 1U);
        EXPECT_EQ(report.outcomes[0].kind, ending == sealer::Ending::none ? Kind::delivered : Kind::failed);
        settle(due.id, {outcome(0, Kind::delivered)});
    }
    EXPECT_EQ(office.letters->take().size(), 1U);
}

TEST_F(OutgoingMailTest, CarriesInsideVerifiedTlsInsteadOfSealing)
{
    PostOffice office(with_tls(authority_));
    const auto report = deliver(seal_unless_tls_lane, {"alice@acme.test"}, office);
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_NE(letters[0].tls, "");
}

TEST_F(OutgoingMailTest, RemembersWhoWasReachedWhenSealingForTheRestIsBrokenOff)
{
    async::BlockingPool pool(1);
    sealer_ = std::make_shared<sealer::EnvelopeSealer>(sealer::EnvelopeSealer::Parts{
        queue_, std::make_shared<sealer::BreakingKeyService>(), &pool, &clock_, directory_, "mx1.acme.test", log::Log::silent()});
    PostOffice office(with_tls(authority_));
    const auto report = deliver(seal_unless_tls_lane, {"alice@acme.test", "bob@plain.test"}, office);
    ASSERT_EQ(report.outcomes.size(), 1U) << "bob counts as one to try again";
    EXPECT_EQ(report.outcomes[0].index, 0);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
    EXPECT_EQ(office.letters->take().size(), 1U);
}

TEST_F(OutgoingMailTest, SendsNothingInClearTextWhenTlsIsMissingOrUnverified)
{
    const Authority stranger;
    PostOffice without;
    PostOffice unverified(with_tls(stranger));
    for (const PostOffice* office : {&without, &unverified}) {
        const auto report = deliver(seal_unless_tls_lane, {"alice@acme.test"}, *office);
        ASSERT_EQ(report.outcomes.size(), 1U);
        EXPECT_EQ(report.outcomes[0].kind, Kind::retry) << "there is no service to seal it";
        EXPECT_THAT(report.outcomes[0].text, testing::HasSubstr("cannot seal"));
        EXPECT_EQ(office->letters->connections, 1);
        EXPECT_TRUE(office->letters->take().empty());
    }
}

TEST_F(OutgoingMailTest, LeavesTheLanesOfOthersAlone)
{
    PostOffice office;
    const auto report = deliver("reply", {"alice@acme.test"}, office);
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::retry);
    EXPECT_EQ(office.letters->connections, 0);
}

}  // namespace
}  // namespace sealpost::gateway
