#include "serve/gateway/intake.hpp"

#include "serve/gateway/gateway_world.hpp"
#include "serve/gateway/intake_dialogue.hpp"
#include "serve/gateway/lanes.hpp"
#include "sys/crypto/password.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gmock/gmock.h>

namespace sealpost::gateway {
namespace {

using queue::wait_for;
using smtp::Reply;
using test::run;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view zone = R"(
192.0.2.5     PTR out.keys.test
out.keys.test A   192.0.2.5
192.0.2.6     PTR forged.keys.test
forged.keys.test A 192.0.2.200
192.0.2.99    PTR TEMPORARY
)";

const std::string& password_hash()
{
    static const std::string hash = crypto::hash_password(Secret::copy_of("right"));
    return hash;
}

class IntakeTest : public GatewayWorld, protected IntakeDialogue {
protected:
    IntakeTest()
    {
        parts_->policy = policy_;
        parts_->queue = queue_;
        parts_->resolver = std::make_shared<dns::CannedResolver>(zone);
        parts_->pool = &pool_;
        parts_->clock = &clock_;
        parts_->hostname = "mx1.acme.test";
    }
    void add_user() { parts_->users.push_back({"alice", password_hash()}); }

    std::unique_ptr<Intake> begin() { return std::make_unique<Intake>(parts_); }

    static smtpd::Admission connect(Intake& intake, const std::string& ip, const std::string& listener = "public")
    {
        smtpd::PeerFacts facts;
        facts.connection_id = "c1";
        facts.listener = listener;
        facts.peer = {*parse_ip(ip), 40000};
        facts.profile.hostname = "mx1.acme.test";
        facts.profile.offer_starttls = true;
        facts.profile.limits.max_message_bytes = 1000 * 1000;
        return wait_for(intake.connected(std::move(facts)));
    }
    // A connection that was let in and has said EHLO.
    std::unique_ptr<Intake> let_in(const std::string& ip, const std::string& listener = "public")
    {
        auto intake = begin();
        EXPECT_TRUE(std::holds_alternative<smtpd::Accept>(connect(*intake, ip, listener)));
        EXPECT_EQ(wait_for(intake->hello("client.test", true)).code, 250);
        return intake;
    }
    static void start_tls(Intake& intake)
    {
        smtpd::TlsFacts facts;
        facts.protocol = "TLSv1.3";
        facts.cipher = "TLS_AES_256_GCM_SHA384";
        run(intake.tls_started(facts));
    }
    static Reply sign_in(Intake& intake, const std::string& user, std::string_view password)
    {
        return wait_for(intake.authenticate({user, Secret::copy_of(password), ""}));
    }
    static Reply send(Intake& intake, const std::string& text)
    {
        EXPECT_EQ(wait_for(intake.data_begin()).code, 354);
        constexpr std::size_t piece = 65536;
        for (std::size_t at = 0; at < text.size(); at += piece) run(intake.data(text.substr(at, piece)));
        return wait_for(intake.data_end());
    }
    // The one message that a sender in the inner network sends to these.
    std::vector<queue::DueMessage> relay(const std::vector<std::string>& to, const std::string& text)
    {
        auto intake = let_in("192.0.2.10");
        EXPECT_EQ(mail(*intake, "alice@acme.test").code, 250);
        for (const auto& address : to) EXPECT_EQ(rcpt(*intake, address).code, 250);
        EXPECT_EQ(send(*intake, text).code, 250);
        return claim();
    }

    async::BlockingPool pool_{1};
    std::shared_ptr<IntakeParts> parts_ = std::make_shared<IntakeParts>();
};

const std::string letter = "From: carol@partner.test\r\nSubject: Hello\r\n\r\nThe body.\r\n";

// --- what is said of TLS

TEST_F(IntakeTest, KeepsRequireTlsWithTheMessageAndThenPassesOverItsOppositeInTheHead)
{
    for (const bool is_required : {false, true}) {
        auto intake = let_in("192.0.2.10");
        start_tls(*intake);
        smtp::MailFrom from;
        from.sender = sealpost::mail::parse_mailbox("alice@acme.test").value();
        from.require_tls = is_required;
        EXPECT_EQ(wait_for(intake->mail(std::move(from))).code, 250);
        EXPECT_EQ(rcpt(*intake, "carol@partner.test").code, 250);
        EXPECT_EQ(send(*intake, "From: alice@acme.test\r\nTLS-Required: No\r\n\r\nHello\r\n").code, 250);
        const auto due = claim();
        ASSERT_EQ(due.size(), 1U);
        EXPECT_EQ(due[0].require_tls, is_required);
        EXPECT_EQ(read_facts(due[0].facts).tls_not_required, !is_required);
    }
}

TEST_F(IntakeTest, TakesTlsRequiredForNoOnlyWhereItSaysJustThat)
{
    const std::vector<std::pair<std::string, bool>> cases = {
        {"TLS-Required: No\r\n", true}, {"tls-required:  NO \r\n", true},  {"TLS-Required: Yes\r\n", false},
        {"TLS-Required: \r\n", false},  {"X-TLS-Required: No\r\n", false}, {"TLS-Required: No\r\nTLS-Required: No\r\n", false},
    };
    for (const auto& [field, expected] : cases) {
        const auto due = relay({"carol@partner.test"}, "From: alice@acme.test\r\n" + field + "\r\nHello\r\n");
        ASSERT_EQ(due.size(), 1U);
        EXPECT_EQ(read_facts(due[0].facts).tls_not_required, expected) << field;
    }
}

// --- who may come in

TEST_F(IntakeTest, DemandsTlsOfAHostWhoseNameIsVerified)
{
    const auto admission = connect(*begin(), "192.0.2.5");
    ASSERT_TRUE(std::holds_alternative<smtpd::Accept>(admission));
    EXPECT_TRUE(std::get<smtpd::Accept>(admission).profile.require_tls);
    EXPECT_TRUE(std::get<smtpd::Accept>(admission).profile.offer_starttls);
}

TEST_F(IntakeTest, TakesAForgedNameForNoName)
{
    const auto admission = connect(*begin(), "192.0.2.6");
    ASSERT_TRUE(std::holds_alternative<smtpd::Accept>(admission));
    EXPECT_FALSE(std::get<smtpd::Accept>(admission).profile.require_tls);
}

TEST_F(IntakeTest, AsksAHostToComeBackWhenItsNameIsNotKnownForTheMoment)
{
    const auto metrics = log::Metrics::make();
    parts_->log = log::Log::silent().with(metrics);
    const auto admission = connect(*begin(), "192.0.2.99");
    ASSERT_TRUE(std::holds_alternative<smtpd::Reject>(admission));
    EXPECT_EQ(std::get<smtpd::Reject>(admission).reply.code, 421);
    EXPECT_EQ(std::get<smtpd::Reject>(admission).reply.enhanced, "4.4.3");
    EXPECT_THAT(metrics.format_text(), HasSubstr(R"(sealpost_undecided_connections_total{listener="public"} 1)"));
}

TEST_F(IntakeTest, RejectsWithTheTextOfThePolicy)
{
    const auto admission = connect(*begin(), "192.0.2.66");
    ASSERT_TRUE(std::holds_alternative<smtpd::Reject>(admission));
    const Reply& reply = std::get<smtpd::Reject>(admission).reply;
    EXPECT_EQ(reply.code, 554);
    EXPECT_EQ(reply.enhanced, "5.7.1");
    EXPECT_EQ(reply.text(), "No mail from 192.0.2.66");
}

TEST_F(IntakeTest, RefusesWithoutAWord) { EXPECT_TRUE(std::holds_alternative<smtpd::Refuse>(connect(*begin(), "192.0.2.68"))); }

TEST_F(IntakeTest, RejectsLaterAtEachRecipientWhenThePolicySaysSo)
{
    auto intake = let_in("192.0.2.67");
    EXPECT_EQ(mail(*intake, "carol@partner.test").code, 250);
    EXPECT_EQ(rcpt(*intake, "alice@acme.test").code, 554);
}

TEST_F(IntakeTest, KeepsTheTighterOfTwoLimits)
{
    const auto admission = connect(*begin(), "192.0.2.50");
    const auto& limits = std::get<smtpd::Accept>(admission).profile.limits;
    EXPECT_EQ(limits.max_message_bytes, 20U * 1024);
    EXPECT_EQ(limits.max_recipients, 7U);
    const auto inside = connect(*begin(), "192.0.2.10");
    EXPECT_EQ(std::get<smtpd::Accept>(inside).profile.limits.max_message_bytes, 1000U * 1000)
        << "no policy allows more than the node";
}

TEST_F(IntakeTest, KeepsThePolicyItBeganWith)
{
    auto intake = let_in("192.0.2.10");
    ASSERT_EQ(policy_->submit("[[mail_flow_policy]]\nname = \"NONE\"\nbehavior = \"reject\"\n", "x", "ann").value().kind,
              revisions::SubmitResult::Kind::staged);
    ASSERT_TRUE(policy_->commit("ann", ""));
    EXPECT_EQ(mail(*intake, "alice@acme.test").code, 250);
    EXPECT_EQ(rcpt(*intake, "bob@elsewhere.test").code, 250);
}

// --- recipients

TEST_F(IntakeTest, RefusesARecipientThatTheRatDoesNotName)
{
    auto intake = let_in("192.0.2.50");
    EXPECT_EQ(mail(*intake, "carol@partner.test").code, 250);
    const Reply reply = rcpt(*intake, "bob@elsewhere.test");
    EXPECT_EQ(reply.code, 550);
    EXPECT_EQ(reply.enhanced, "5.7.1");
    EXPECT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
}

TEST_F(IntakeTest, RelaysForThoseInside)
{
    const auto due = relay({"bob@elsewhere.test"}, letter);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, relay_lane);
    EXPECT_EQ(due[0].sender, "alice@acme.test");
    EXPECT_EQ(due[0].recipients.at(0).address, "bob@elsewhere.test");
}

TEST_F(IntakeTest, TakesMailForPostmasterWithoutADomain)
{
    auto intake = let_in("192.0.2.10");
    ASSERT_EQ(mail(*intake, "").code, 250);
    smtp::RcptTo postmaster;
    postmaster.recipient.local = "Postmaster";
    EXPECT_EQ(wait_for(intake->rcpt(postmaster)).code, 250);
    ASSERT_EQ(send(*intake, letter).code, 250);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].recipients.at(0).address, "Postmaster@mx1.acme.test");
    EXPECT_EQ(due[0].sender, "");
}

// --- AUTH

TEST_F(IntakeTest, LetsARightPasswordRelayAndAWrongOneNot)
{
    add_user();
    auto intake = let_in("192.0.2.50", "submission");
    start_tls(*intake);
    EXPECT_EQ(sign_in(*intake, "alice", "wrong").code, 535);
    EXPECT_EQ(mail(*intake, "alice@acme.test").code, 530) << "not signed in";
    EXPECT_EQ(sign_in(*intake, "alice", "right").code, 235);
    EXPECT_EQ(mail(*intake, "alice@acme.test").code, 250);
    EXPECT_EQ(rcpt(*intake, "bob@elsewhere.test").code, 250);
}

TEST_F(IntakeTest, TellsAnUnknownUserWhatItTellsAWrongPassword)
{
    add_user();
    auto intake = let_in("192.0.2.50", "submission");
    EXPECT_EQ(sign_in(*intake, "mallory", "right"), sign_in(*intake, "alice", "wrong"));
}

TEST_F(IntakeTest, LetsNobodyActForSomebodyElse)
{
    add_user();
    auto intake = let_in("192.0.2.50", "submission");
    EXPECT_EQ(wait_for(intake->authenticate({"alice", Secret::copy_of("right"), "bob"})).code, 535);
    EXPECT_EQ(mail(*intake, "alice@acme.test").code, 530);
}

TEST_F(IntakeTest, StillDemandsAuthWhereThereAreNoUsers)
{
    auto intake = begin();
    const auto admission = connect(*intake, "192.0.2.50", "submission");
    ASSERT_TRUE(std::holds_alternative<smtpd::Accept>(admission));
    EXPECT_TRUE(std::get<smtpd::Accept>(admission).profile.require_auth);
    EXPECT_FALSE(std::get<smtpd::Accept>(admission).profile.may_offer_auth);
    EXPECT_EQ(sign_in(*intake, "alice", "right").code, 535);
    EXPECT_EQ(mail(*intake, "alice@acme.test").code, 530);
}

// --- client certificates

TEST_F(IntakeTest, WantsAClientCertificateThatVerifiesWhereThePolicySaysSo)
{
    struct Case {
        bool shown, verified;
        int code;
    };
    for (const Case& given : {Case{false, false, 550}, Case{true, false, 550}, Case{true, true, 250}}) {
        auto intake = begin();
        const auto admission = connect(*intake, "192.0.2.20");
        EXPECT_TRUE(std::get<smtpd::Accept>(admission).ask_certificate);
        smtpd::TlsFacts facts;
        facts.protocol = "TLSv1.3";
        facts.client_shown = given.shown;
        facts.client_verified = given.verified;
        run(intake->tls_started(facts));
        EXPECT_EQ(mail(*intake, "carol@partner.test").code, given.code) << given.shown << given.verified;
    }
}

// --- the head

TEST_F(IntakeTest, AddsATraceFieldAndLeavesTheRestAlone)
{
    auto intake = let_in("192.0.2.50");
    start_tls(*intake);
    const std::string text = "X-Sealpost-Seal: yes\r\n" + letter;
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    const Reply reply = send(*intake, text);
    EXPECT_EQ(reply.code, 250);
    EXPECT_EQ(reply.enhanced, "2.0.0");
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, relay_lane) << "what comes from outside cannot ask for an envelope";
    const std::string stored = read(due[0].content);
    EXPECT_THAT(stored, StartsWith("Received: from client.test"));
    EXPECT_THAT(stored, HasSubstr("192.0.2.50"));
    EXPECT_THAT(stored, HasSubstr("TLSv1.3"));
    ASSERT_GE(stored.size(), text.size());
    EXPECT_EQ(stored.substr(stored.size() - text.size()), text) << "incoming mail keeps every octet";
}

TEST_F(IntakeTest, TakesControlHeadersOutOfOutgoingMail)
{
    const auto due = relay({"bob@elsewhere.test"},
                           "From: alice@acme.test\r\nx-sealpost-seal: no\r\nX-PostX-Reply-Enabled: no\r\n"
                           "Subject: Hello\r\n\r\nThe body.\r\n");
    ASSERT_EQ(due.size(), 1U);
    const std::string stored = read(due[0].content);
    EXPECT_THAT(stored, Not(HasSubstr("sealpost-seal")));
    EXPECT_THAT(stored, Not(HasSubstr("X-PostX")));
    EXPECT_THAT(stored, HasSubstr("Subject: Hello\r\n"));
}

TEST_F(IntakeTest, CompletesWhatASubmissionLacks)
{
    const auto due = relay({"bob@elsewhere.test"}, "Subject: Hello\r\n\r\nThe body.\r\n");
    ASSERT_EQ(due.size(), 1U);
    const auto text = read(due[0].content);
    const auto head = mail::HeaderBlock::parse(std::string_view(text).substr(0, *mail::find_end_of_head(text))).value();
    EXPECT_EQ(head.find("Date"), format_rfc5322_date(clock_.now()));
    EXPECT_THAT(head.find("Message-ID").value_or(""), testing::EndsWith("@mx1.acme.test>"));
    EXPECT_EQ(head.find("From"), "alice@acme.test");
}

TEST_F(IntakeTest, ChangesNothingThatASubmissionHas)
{
    const std::string complete =
        "Date: Sun, 22 Nov 2026 08:15:30 +0000\r\nMessage-ID: <1@acme.test>\r\nFrom: a@acme.test\r\n\r\nThe body.\r\n";
    const auto due = relay({"bob@elsewhere.test"}, complete);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_THAT(read(due[0].content), testing::EndsWith("\r\n" + complete));
}

TEST_F(IntakeTest, RefusesAMessageThatGoesInACircle)
{
    std::string text;
    for (int i = 0; i < 100; ++i) text += "Received: by a.test; Sun, 22 Nov 2026 08:15:30 +0000\r\n";
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    const Reply reply = send(*intake, text + letter);
    EXPECT_EQ(reply.code, 554);
    EXPECT_EQ(reply.enhanced, "5.4.6");
    EXPECT_TRUE(claim().empty());
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    EXPECT_EQ(send(*intake, text.substr(text.find('\n') + 1) + letter).code, 250) << "99 hops are none";
}

TEST_F(IntakeTest, RefusesABrokenHead)
{
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    const Reply reply = send(*intake, "Subject: x\r\nno colon here\r\n\r\nbody\r\n");
    EXPECT_EQ(reply.code, 554);
    EXPECT_EQ(reply.enhanced, "5.6.0");
    EXPECT_TRUE(claim().empty());
}

TEST_F(IntakeTest, RefusesAHeadThatIsTooLargeWhereverItEnds)
{
    std::string fields;
    while (fields.size() <= intake_limits.max_bytes) fields += "X-A: " + std::string(900, 'a') + "\r\n";
    for (const std::string& text : {fields + "\r\nbody\r\n", fields + fields}) {
        auto intake = let_in("192.0.2.10");
        ASSERT_EQ(mail(*intake, "alice@acme.test").code, 250);
        ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
        const Reply reply = send(*intake, text);
        EXPECT_EQ(reply.code, 552);
        EXPECT_EQ(reply.enhanced, "5.3.4");
    }
    EXPECT_TRUE(claim().empty());
}

// Whoever reads a head behind us goes by HeaderLimits; what we add must not make it too large for them.
TEST_F(IntakeTest, TakesNoHeadThatOurOwnFieldsWouldMakeTooLarge)
{
    std::string fields, many;
    while (fields.size() + 900 < intake_limits.max_bytes) fields += "X-A: " + std::string(800, 'a') + "\r\n";
    for (std::size_t i = 0; i < intake_limits.max_fields; ++i) many += "X-A: a\r\n";
    for (const std::string& text : {fields, many}) {
        const auto due = relay({"bob@elsewhere.test"}, text + "\r\nbody\r\n");
        ASSERT_EQ(due.size(), 1U);
        const auto stored = read(due[0].content);
        const auto head = stored.substr(0, *mail::find_end_of_head(stored));
        ASSERT_TRUE(mail::HeaderBlock::parse(head).has_value());
        EXPECT_LT(head.size() + 60 * 1024, mail::HeaderLimits().max_bytes);
        EXPECT_LT(mail::HeaderBlock::parse(head)->fields().size() + 90, mail::HeaderLimits().max_fields);
    }
    auto intake = let_in("192.0.2.10");
    ASSERT_EQ(mail(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    EXPECT_EQ(send(*intake, many + "X-A: a\r\n\r\nbody\r\n").code, 554);
}

TEST_F(IntakeTest, TakesAMessageWithoutABody)
{
    const auto due = relay({"bob@elsewhere.test"}, "Subject: only a head\r\n");
    ASSERT_EQ(due.size(), 1U);
    const auto stored = read(due[0].content);
    EXPECT_THAT(stored, HasSubstr("Subject: only a head\r\n"));
    EXPECT_THAT(stored, testing::EndsWith("\r\n\r\n"));
}

TEST_F(IntakeTest, TakesAnEmptyMessage) { EXPECT_EQ(relay({"bob@elsewhere.test"}, "").size(), 1U); }

TEST_F(IntakeTest, FindsTheEndOfAHeadThatComesInSmallPieces)
{
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(wait_for(intake->data_begin()).code, 354);
    for (const char c : letter) run(intake->data(std::string(1, c)));
    ASSERT_EQ(wait_for(intake->data_end()).code, 250);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_THAT(read(due[0].content), testing::EndsWith(letter));
}

// --- lanes

TEST_F(IntakeTest, ChoosesTheLaneOfEachRecipientOverOneContent)
{
    const auto due = relay({"bob@partner.test", "dora@elsewhere.test", "eve@careful.test"}, letter);
    ASSERT_EQ(due.size(), 3U);
    std::map<std::string, std::string> lanes;
    for (const auto& message : due) {
        EXPECT_EQ(message.content, due[0].content);
        ASSERT_EQ(message.recipients.size(), 1U);
        lanes[message.recipients[0].address] = message.lane;
        EXPECT_EQ(parse_plan(message.facts).has_value(), message.lane != relay_lane);
    }
    EXPECT_EQ(lanes["bob@partner.test"], seal_lane);
    EXPECT_EQ(lanes["dora@elsewhere.test"], relay_lane);
    EXPECT_EQ(lanes["eve@careful.test"], seal_unless_tls_lane);
}

TEST_F(IntakeTest, KeepsRecipientsOfOneLaneTogether)
{
    const auto due = relay({"bob@partner.test", "carol@partner.test"}, letter);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].recipients.size(), 2U);
}

TEST_F(IntakeTest, SealsWhatAHeaderFromInsideAsksFor)
{
    const auto due = relay({"dora@elsewhere.test"}, "X-Sealpost-Seal: yes\r\nX-Sealpost-Forward: yes\r\n" + letter);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, seal_lane);
    EXPECT_TRUE(parse_plan(due[0].facts).value().may_forward);
}

// --- the promise

TEST_F(IntakeTest, SaysTryAgainWhenTheStoreFails)
{
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    database_->close();
    const Reply reply = send(*intake, letter);
    EXPECT_EQ(reply.code, 452);
    EXPECT_EQ(reply.enhanced, "4.3.1");
}

TEST_F(IntakeTest, SaysTryAgainWhenTheStoreFailsUnderALargeMessage)
{
    auto intake = let_in("192.0.2.10");
    ASSERT_EQ(mail(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    database_->close();
    EXPECT_EQ(send(*intake, letter + std::string(1500 * 1000, 'x')).code, 452);
}

TEST_F(IntakeTest, ForgetsATransactionThatIsReset)
{
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "carol@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(wait_for(intake->data_begin()).code, 354);
    run(intake->data("Subject: first\r\n\r\n"));
    intake->reset();
    ASSERT_EQ(mail(*intake, "dora@partner.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "bob@acme.test").code, 250);
    ASSERT_EQ(send(*intake, "Subject: second\r\n\r\n").code, 250);
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].sender, "dora@partner.test");
    ASSERT_EQ(due[0].recipients.size(), 1U);
    EXPECT_EQ(due[0].recipients[0].address, "bob@acme.test");
    EXPECT_THAT(read(due[0].content), Not(HasSubstr("first")));
}

}  // namespace
}  // namespace sealpost::gateway
