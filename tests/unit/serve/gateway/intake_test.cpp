#include "core/queue/retry.hpp"
#include "serve/gateway/intake_world.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

namespace sealpost::gateway {
namespace {

using queue::wait_for;
using smtp::Reply;
using test::run;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Time passes with each look.
class RestlessClock final : public Clock {
public:
    explicit RestlessClock(WallTime start) : now_(start) {}
    [[nodiscard]] WallTime now() const override { return now_ += std::chrono::milliseconds(1); }

private:
    mutable WallTime now_;
};

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
    EXPECT_EQ(limits.max_text_line_bytes, 2000U);
    const auto inside = connect(*begin(), "192.0.2.10");
    EXPECT_EQ(std::get<smtpd::Accept>(inside).profile.limits.max_message_bytes, 1000U * 1000)
        << "no policy allows more than the node";
    EXPECT_EQ(std::get<smtpd::Accept>(inside).profile.limits.max_text_line_bytes, 1000U);
}

TEST_F(IntakeTest, KeepsThePolicyItBeganWith)
{
    auto intake = let_in("192.0.2.10");
    commit_policy(*policy_, "[[mail_flow_policy]]\nname = \"NONE\"\nbehavior = \"reject\"\n");
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
    EXPECT_EQ(due[0].recipients.at(0).address, "Postmaster@acme.test") << "no route leads on from mx1.acme.test";
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

TEST_F(IntakeTest, TellsTheLogWhoSignedInAndWhoseMessageItIsAndNoPassword)
{
    add_user();
    const std::string file = directory_ + "/log";
    parts_->log = log::Log::to_file(file, log::Format::json, log::Level::info);
    auto intake = let_in("192.0.2.50", "submission");
    start_tls(*intake);
    EXPECT_EQ(sign_in(*intake, "mallory\xff" + std::string(1000, 'm'), "a secret guess").code, 535);
    EXPECT_EQ(sign_in(*intake, "alice", "right").code, 235);
    EXPECT_EQ(mail(*intake, "boss@acme.test").code, 250);
    EXPECT_EQ(rcpt(*intake, "bob@elsewhere.test").code, 250);
    EXPECT_EQ(send(*intake, letter).code, 250);
    parts_->log.warning("test.ends", {});  // writes at once what was before
    std::ifstream in(file);
    const std::string told((std::istreambuf_iterator<char>(in)), {});
    const std::string tried = "mallory\xEF\xBF\xBD" + std::string(118, 'm') + '"';
    EXPECT_THAT(told, HasSubstr(R"("gateway.sign_in_refused","connection":"c1","ip":"192.0.2.50","user":")" + tried));
    EXPECT_THAT(told, HasSubstr(R"("gateway.signed_in","connection":"c1","ip":"192.0.2.50","user":"alice")"));
    EXPECT_THAT(told, HasSubstr(R"("sender":"boss@acme.test")"));
    EXPECT_THAT(told, HasSubstr(R"("tls":"TLSv1.3","user":"alice"})"));
    EXPECT_THAT(told, Not(HasSubstr("secret guess")));
    EXPECT_THAT(told, Not(HasSubstr("right")));
}

TEST_F(IntakeTest, EndsTheConnectionOfWhomTheUsersNoLongerHave)
{
    const std::string file = directory_ + "/users";
    const auto write_users = [&](const std::string& text) { std::ofstream(file, std::ios::trunc) << text; };
    const std::string alice = "alice:" + password_hash() + '\n';
    const std::string bob = "bob:" + password_hash() + '\n';
    write_users(alice + bob);
    const auto users = SubmissionUsers::load(file).value();
    parts_->users = users;
    std::map<std::string, std::unique_ptr<Intake>> signed_in;
    for (const std::string name : {"alice", "bob"}) {
        auto& intake = signed_in[name] = let_in("192.0.2.50", "submission");
        start_tls(*intake);
        EXPECT_EQ(sign_in(*intake, name, "right").code, 235);
        EXPECT_EQ(mail(*intake, name + "@acme.test").code, 250);
    }
    write_users("alice:nonsense\n");
    EXPECT_TRUE(users->reload().has_error());
    EXPECT_EQ(mail(*signed_in["alice"], "alice@acme.test").code, 250) << "a damaged file changes nothing";
    write_users(bob);
    EXPECT_TRUE(users->reload());
    EXPECT_EQ(mail(*signed_in["alice"], "alice@acme.test").code, 421);
    EXPECT_EQ(mail(*signed_in["bob"], "bob@acme.test").code, 250);
    auto again = let_in("192.0.2.50", "submission");
    start_tls(*again);
    EXPECT_EQ(sign_in(*again, "alice", "right").code, 535);
    write_users("bob:" + crypto::hash_password(Secret::copy_of("another")) + '\n');
    EXPECT_TRUE(users->reload());
    EXPECT_EQ(mail(*signed_in["bob"], "bob@acme.test").code, 421) << "his password has changed";
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

TEST_F(IntakeTest, KeepsThemTogetherWhileTimePassesThoughTheirEnvelopeExpiresSoLongAfterNow)
{
    const RestlessClock clock(clock_.now());
    parts_->clock = &clock;
    const auto due = relay({"bob@partner.test", "carol@partner.test"}, "X-Sealpost-Expires: +30d\r\n" + letter);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].recipients.size(), 2U);
    EXPECT_GT(parse_plan(due[0].facts).value().expires_at.value(), clock_.now() + std::chrono::hours(30 * 24));
}

TEST_F(IntakeTest, MakesAMessageForEachDestinationDomainOfWhatIsRelayed)
{
    const auto due = relay({"dora@elsewhere.test", "fay@faraway.test", "dan@ELSEWHERE.test"}, letter);
    ASSERT_EQ(due.size(), 2U);
    std::map<std::string, std::vector<std::string>> recipients;
    for (const auto& message : due) {
        EXPECT_EQ(message.content, due[0].content);
        EXPECT_EQ(message.lane, relay_lane);
        for (const auto& one : message.recipients) recipients[queue::domain_of(one.address)].push_back(one.address);
    }
    EXPECT_EQ(recipients["elsewhere.test"], (std::vector<std::string>{"dora@elsewhere.test", "dan@elsewhere.test"}));
    EXPECT_EQ(recipients["faraway.test"], std::vector<std::string>{"fay@faraway.test"});
    EXPECT_EQ(ask("select count(*) from queue_content"), 1);
    EXPECT_EQ(ask("select uses from queue_content"), 2);
}

// RFC 6531 §3.4: many a client says SMTPUTF8 because it is offered.
TEST_F(IntakeTest, AsksForUtf8OnlyWhereAMessageNeedsIt)
{
    struct Case {
        const char* recipient;
        std::string text;
        bool needs_it;
    };
    const std::string in_utf8 = "From: carol@partner.test\r\nSubject: Grüße\r\n\r\nThe body.\r\n";
    for (const auto& [recipient, text, needs_it] :
         {Case{"bob@partner.test", letter, false}, Case{"jürg@partner.test", letter, true},
          Case{"bob@partner.test", in_utf8, true}}) {
        auto intake = let_in("192.0.2.10");
        smtp::MailFrom from;
        from.sender = sealpost::mail::parse_mailbox("alice@acme.test").value();
        from.smtputf8 = true;
        EXPECT_EQ(queue::wait_for(intake->mail(std::move(from))).code, 250);
        EXPECT_EQ(rcpt(*intake, recipient).code, 250);
        EXPECT_EQ(send(*intake, text).code, 250);
        const auto due = claim();
        ASSERT_EQ(due.size(), 1U);
        EXPECT_EQ(due[0].smtputf8, needs_it) << recipient << text;
    }
}

TEST_F(IntakeTest, SealsWhatAHeaderFromInsideAsksFor)
{
    const auto due = relay({"dora@elsewhere.test"}, "X-Sealpost-Seal: yes\r\nX-Sealpost-Forward: yes\r\n" + letter);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, seal_lane);
    EXPECT_TRUE(parse_plan(due[0].facts).value().may_forward);
}

TEST_F(IntakeTest, RefusesWhatWouldBeSealedOtherwiseThanAHeaderAsksFor)
{
    auto intake = let_in("192.0.2.10");
    EXPECT_EQ(mail(*intake, "alice@acme.test").code, 250);
    EXPECT_EQ(rcpt(*intake, "bob@partner.test").code, 250);
    const auto reply = send(*intake, "X-Sealpost-Expires: in two days\r\n" + letter);
    EXPECT_EQ(reply.code, 554);
    EXPECT_NE(reply.text().find("X-Sealpost-Expires"), std::string::npos);
    EXPECT_TRUE(claim().empty());
}

TEST_F(IntakeTest, MakesAnotherEnvelopeOfRecipientsThatOneHasNoRoomFor)
{
    std::vector<std::string> many;
    for (int number = 0; number < 1001; ++number) many.push_back("b" + std::to_string(number) + "@partner.test");
    const auto due = relay(many, letter);
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].recipients.size() + due[1].recipients.size(), 1001U);
    EXPECT_EQ(std::max(due[0].recipients.size(), due[1].recipients.size()), 1000U);
    EXPECT_EQ(due[0].content, due[1].content);
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
