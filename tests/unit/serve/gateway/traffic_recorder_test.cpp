#include "serve/gateway/traffic_recorder.hpp"

#include "serve/gateway/gateway_world.hpp"
#include "serve/gateway/intake_dialogue.hpp"
#include "serve/task_answers.hpp"
#include "sys/dns/canned_resolver.hpp"

namespace sealpost::gateway {
namespace {

using policy::Stage;
using queue::wait_for;
using test::run;
using traffic::Outcome;

constexpr std::string_view zone = R"(
192.0.2.5     PTR out.keys.test
out.keys.test A   192.0.2.5
192.0.2.99    PTR TEMPORARY
)";

const std::string letter = "From: carol@partner.test\r\nSubject: secret words\r\n\r\nThe body.\r\n";

// What a client says and what is noted down of it.
class TrafficRecorderTest : public GatewayWorld {
protected:
    TrafficRecorderTest()
    {
        parts_->policy = policy_;
        parts_->queue = queue_;
        parts_->resolver = std::make_shared<dns::CannedResolver>(zone);
        parts_->passwords = std::make_shared<people::PasswordChecker>();
        parts_->clock = &clock_;
        parts_->hostname = "mx1.acme.test";
        traffic_ = traffic::Traffic::open(database_, log::Log::silent()).value();
    }

    std::unique_ptr<RecordedIntake> connect(const std::string& ip)
    {
        auto intake = std::make_unique<RecordedIntake>(std::make_unique<Intake>(parts_), traffic_, clock_);
        auto facts = IntakeDialogue::peer(ip);
        facts.profile.hostname = "mx1.acme.test";
        wait_for(intake->connected(std::move(facts)));
        wait_for(intake->hello("client.test", true));
        return intake;
    }
    static int mail(RecordedIntake& intake, const std::string& sender)
    {
        smtp::MailFrom from;
        if (!sender.empty()) from.sender = sealpost::mail::parse_mailbox(sender).value();
        return wait_for(intake.mail(std::move(from))).code;
    }
    static int rcpt(RecordedIntake& intake, const std::string& address)
    {
        smtp::RcptTo to;
        to.recipient = sealpost::mail::parse_mailbox(address).value();
        return wait_for(intake.rcpt(std::move(to))).code;
    }
    static int send(RecordedIntake& intake, const std::string& text)
    {
        wait_for(intake.data_begin());
        run(intake.data(text));
        return wait_for(intake.data_end()).code;
    }
    traffic::Facts facts()
    {
        EXPECT_TRUE(traffic_->flush_now());
        return traffic_->load_now(100).value();
    }
    traffic::MessageRecord only_message()
    {
        auto all = facts();
        EXPECT_EQ(all.messages.size(), 1U);
        return all.messages.empty() ? traffic::MessageRecord() : all.messages.front();
    }

    std::shared_ptr<IntakeParts> parts_ = std::make_shared<IntakeParts>();
    std::shared_ptr<traffic::Traffic> traffic_;
};

TEST_F(TrafficRecorderTest, NotesTheGreetingOfEachConnection)
{
    connect("192.0.2.5");
    connect("192.0.2.66");
    connect("192.0.2.68");
    connect("192.0.2.99");
    const auto all = facts().connections;
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].facts.host, "out.keys.test");
    EXPECT_EQ(all[0].outcome, (Outcome{Stage::connect, 250, true}));
    EXPECT_EQ(all[1].outcome, (Outcome{Stage::connect, 554, true}));
    EXPECT_EQ(all[2].outcome, (Outcome{Stage::connect, 0, true}));
    EXPECT_EQ(all[3].facts.host_state, policy::HostState::temporary);
    EXPECT_EQ(all[3].outcome, (Outcome{Stage::connect, 421, true}));
}

TEST_F(TrafficRecorderTest, NotesAMessageWithoutItsContent)
{
    auto intake = connect("192.0.2.1");
    EXPECT_EQ(mail(*intake, "carol@partner.test"), 250);
    EXPECT_EQ(rcpt(*intake, "alice@acme.test"), 250);
    EXPECT_EQ(rcpt(*intake, "dave@example.org"), 550);
    EXPECT_EQ(send(*intake, letter), 250);
    const auto message = only_message();
    EXPECT_EQ(message.helo, "client.test");
    EXPECT_EQ(message.sender, "carol@partner.test");
    EXPECT_EQ(message.size, letter.size());
    EXPECT_EQ(message.tls, traffic::TlsKind::none);
    EXPECT_EQ(message.outcome, (Outcome{Stage::end, 250, true}));
    ASSERT_EQ(message.recipients.size(), 2U);
    EXPECT_EQ(message.recipients[0].outcome, (Outcome{Stage::rcpt, 250, true}));
    EXPECT_EQ(message.recipients[0].action_from, "default");
    EXPECT_EQ(message.recipients[1].outcome, (Outcome{Stage::rcpt, 550, true}));
    EXPECT_EQ(message.recipients[1].address, "dave@example.org");
    auto work = [](db::Connection& connection) -> Result<std::string> {
        auto row = connection.prepare("select facts from traffic_message");
        SEALPOST_CHECK(row.step());
        return row.column_text(0);
    };
    const auto kept = database_->read_now(std::move(work)).value();
    EXPECT_EQ(kept.find("secret words"), std::string::npos);
    EXPECT_EQ(kept.find("The body"), std::string::npos);
}

TEST_F(TrafficRecorderTest, NotesATransactionWhoseRecipientsWereAllRefused)
{
    auto intake = connect("192.0.2.1");
    mail(*intake, "");
    EXPECT_EQ(rcpt(*intake, "dave@example.org"), 550);
    intake->closed();
    const auto message = only_message();
    EXPECT_EQ(message.sender, "");
    EXPECT_EQ(message.outcome, (Outcome{Stage::rcpt, 550, true}));
}

TEST_F(TrafficRecorderTest, NotesABounceAsTheTablesAreAskedAboutIt)
{
    const auto said = [this](const char* sender) {
        auto intake = connect("192.0.2.1");
        mail(*intake, sender);
        rcpt(*intake, "prvs=0123abcdef=alice@acme.test");
        intake->closed();
        return facts().messages.back().recipients.at(0).address;
    };
    EXPECT_EQ(said(""), "prvs=0123abcdef=alice@acme.test") << "no keys: whose tag it is nobody knows";
    std::vector<sealpost::mail::BounceKey> keys;
    keys.push_back(sealpost::mail::BounceKey::parse(std::string(64, 'a')).value());
    parts_->bounce_keys = std::make_shared<const sealpost::mail::BounceKeys>(std::move(keys));
    EXPECT_EQ(said(""), "alice@acme.test");
    EXPECT_EQ(said("carol@partner.test"), "prvs=0123abcdef=alice@acme.test") << "no bounce";
}

// Else strangers with long addresses could fill store and memory with them.
TEST_F(TrafficRecorderTest, KeepsNoMoreThanAFewKilobytesOfRecipients)
{
    auto intake = connect("192.0.2.1");
    mail(*intake, "carol@partner.test");
    const std::string label(60, 'x');
    const std::string domain = label + '.' + label + '.' + label + ".example.org";
    for (int i = 0; i < 50; ++i) EXPECT_EQ(rcpt(*intake, std::string(60, 'y') + '@' + domain), 550);
    EXPECT_EQ(rcpt(*intake, "d@example.org"), 550);
    intake->closed();
    const auto message = only_message();
    EXPECT_EQ(message.recipients.size(), 16U);  // of 255 octets each
    EXPECT_EQ(message.more_recipients, 35U);
}

TEST_F(TrafficRecorderTest, NotesNothingOfATransactionThatNamedNobody)
{
    auto intake = connect("192.0.2.1");
    mail(*intake, "carol@partner.test");
    intake->reset();
    intake->closed();
    EXPECT_TRUE(facts().messages.empty());
}

TEST_F(TrafficRecorderTest, NotesAClientThatWentBeforeItWasAnswered)
{
    auto intake = connect("192.0.2.1");
    mail(*intake, "carol@partner.test");
    rcpt(*intake, "alice@acme.test");
    intake->reset();
    EXPECT_EQ(only_message().outcome, (Outcome{Stage::data, 0, true}));
}

TEST_F(TrafficRecorderTest, NotesWhatTheSessionItselfRefused)
{
    auto intake = connect("192.0.2.5");
    intake->refused({smtp::Refusal::At::mail, smtp::Reply(530, "5.7.0", "no"), "FROM:<carol@partner.test> SIZE=500"});
    const auto message = only_message();
    EXPECT_EQ(message.sender, "carol@partner.test");
    EXPECT_EQ(message.declared_size, 500U);
    EXPECT_EQ(message.outcome, (Outcome{Stage::mail, 530, true}));
    intake->refused({smtp::Refusal::At::mail, smtp::Reply(530, "5.7.10", "no"), "FROM:<dave@partner.test> REQUIRETLS"});
    EXPECT_EQ(facts().messages.back().sender, "dave@partner.test");
    auto large = connect("192.0.2.1");
    mail(*large, "carol@partner.test");
    rcpt(*large, "alice@acme.test");
    large->refused({smtp::Refusal::At::rcpt, smtp::Reply(452, "4.5.3", "no"), "TO:<bob@acme.test>"});
    wait_for(large->data_begin());
    run(large->data(std::string(25'000, 'x')));
    large->refused({smtp::Refusal::At::content, smtp::Reply(552, "5.3.4", "no"), ""});
    large->reset();
    const auto last = facts().messages.back();
    EXPECT_EQ(last.outcome, (Outcome{Stage::end, 552, true}));  // larger than the 20K of its policy
    ASSERT_EQ(last.recipients.size(), 2U);
    EXPECT_EQ(last.recipients[1].outcome, (Outcome{Stage::rcpt, 452, false}));  // 7 are allowed
}

TEST_F(TrafficRecorderTest, TakesNoCommandOutOfOrderForATransaction)
{
    auto intake = connect("192.0.2.1");
    mail(*intake, "carol@partner.test");
    rcpt(*intake, "alice@acme.test");
    intake->refused({smtp::Refusal::At::mail, smtp::Reply(503, "5.5.1", "no"), "FROM:<eve@partner.test>"});
    intake->refused({smtp::Refusal::At::rcpt, smtp::Reply(503, "5.5.1", "no"), "TO:<bob@acme.test>"});
    intake->refused({smtp::Refusal::At::auth, smtp::Reply(503, "5.5.1", "no"), ""});
    EXPECT_EQ(send(*intake, letter), 250);
    const auto message = only_message();
    EXPECT_EQ(message.sender, "carol@partner.test");
    EXPECT_EQ(message.recipients.size(), 1U);
}

TEST_F(TrafficRecorderTest, TellsStarttlsFromImplicitTls)
{
    auto intake = connect("192.0.2.1");
    smtpd::TlsFacts tls;
    tls.client_shown = true;
    run(intake->tls_started(tls));
    mail(*intake, "carol@partner.test");
    rcpt(*intake, "alice@acme.test");
    send(*intake, letter);
    const auto message = only_message();
    EXPECT_EQ(message.tls, traffic::TlsKind::starttls);
    EXPECT_EQ(message.certificate, policy::ClientCertificate::invalid);
    EXPECT_FALSE(message.signed_in);
}

TEST_F(TrafficRecorderTest, NotesWhetherTheClientWasAskedForACertificate)
{
    auto unasked = connect("192.0.2.1");
    run(unasked->tls_started({}));
    EXPECT_EQ(mail(*unasked, "carol@partner.test"), 250);
    rcpt(*unasked, "alice@acme.test");
    send(*unasked, letter);
    EXPECT_FALSE(facts().messages.at(0).certificate_asked);
    auto asked = connect("192.0.2.20");
    run(asked->tls_started({}));
    EXPECT_EQ(mail(*asked, "carol@partner.test"), 550);
    const auto message = facts().messages.at(1);
    EXPECT_TRUE(message.certificate_asked);
    EXPECT_TRUE(message.outcome.by_policy) << "asked again, the policy refuses it again";
}

TEST_F(TrafficRecorderTest, NotesWhatWasDecidedAboutSealing)
{
    auto intake = connect("192.0.2.10");
    mail(*intake, "alice@acme.test");
    rcpt(*intake, "bob@partner.test");
    rcpt(*intake, "eve@careful.test");
    send(*intake, "X-Sealpost-Profile: default\r\n" + letter);
    const auto message = only_message();
    ASSERT_EQ(message.recipients.size(), 2U);
    EXPECT_EQ(message.recipients[0].action, policy::SealAction::seal);
    EXPECT_EQ(message.recipients[0].action_from, "rule partner");
    EXPECT_EQ(message.recipients[1].action, policy::SealAction::if_tls_fails);
    EXPECT_FALSE(message.recipients[1].by_content);
}

TEST_F(TrafficRecorderTest, CountsTransactionsOfAConnection)
{
    auto intake = connect("192.0.2.1");
    for (int i = 0; i < 3; ++i) {
        mail(*intake, "carol@partner.test");
        rcpt(*intake, "alice@acme.test");
        send(*intake, letter);
    }
    const auto all = facts().messages;
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].number, 1U);
    EXPECT_EQ(all[2].number, 3U);
}

}  // namespace
}  // namespace sealpost::gateway
