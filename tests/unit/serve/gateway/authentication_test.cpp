#include "serve/gateway/authentication.hpp"

#include "serve/dmarcreports/inbox.hpp"
#include "serve/gateway/gateway_world.hpp"
#include "serve/gateway/intake.hpp"
#include "serve/gateway/intake_dialogue.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "wire/dkim/chain_sealer.hpp"
#include "wire/dkim/signer.hpp"

#include <gmock/gmock.h>

namespace sealpost::gateway {
namespace {

using queue::wait_for;
using smtp::Reply;
using test::run;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view zone_text = R"(
good.test           TXT v=spf1 ip4:192.0.2.50 -all
bad.test            TXT v=spf1 exp=why.bad.test -all
why.bad.test        TXT Ask postmaster@%{d} about %{i}
soft.test           TXT v=spf1 ~all
broken.test         TXT v=spf1 nonsense
slow.test           TXT TEMPORARY
strict.test         TXT v=spf1 -all
_dmarc.strict.test  TXT v=DMARC1; p=reject
told.test           TXT v=spf1 ip4:192.0.2.50 -all
_dmarc.told.test    TXT v=DMARC1; p=reject; rua=mailto:dmarc@told.test
apart.test          TXT v=spf1 -all
_dmarc.apart.test   TXT v=DMARC1; p=quarantine
twice.test          TXT v=spf1 -all
_dmarc.twice.test   TXT v=DMARC1; p=reject
_dmarc.twice.test   TXT v=DMARC1; p=none
unsure.test         TXT TEMPORARY
_dmarc.unsure.test  TXT v=DMARC1; p=reject
lists.test          TXT v=spf1 ip4:192.0.2.50 -all
lying.helo.test     TXT v=spf1 -all
192.0.2.50          PTR out.good.test
out.good.test       A   192.0.2.50
out.good.test       TXT v=spf1 a -all
)";

const crypto::PrivateKey& key()
{
    static const auto made = crypto::PrivateKey::make_rsa(2048).value();
    return made;
}

std::string zone()
{
    return std::string(zone_text) + "s1._domainkey.strict.test TXT " + dkim::format_record(key()) +
           "\ns1._domainkey.lists.test TXT " + dkim::format_record(key()) +
           "\nslow._domainkey.strict.test TXT TEMPORARY\nslow._domainkey.lists.test TXT TEMPORARY\n";
}

dkim::SigningKey signing_key(const std::string& domain, const std::string& selector)
{
    return dkim::SigningKey::make(domain, selector, key().to_pem()).value();
}

constexpr std::string_view parameters_head =
    "[[recipient]]\naddress = \"acme.test\"\n[[mail_flow_policy]]\nname = \"ACCEPTED\"\n";

class AuthenticationTest : public queue::QueueFixture, protected IntakeDialogue {
protected:
    AuthenticationTest() { decide_by(""); }

    // What the policy of everybody outside says; before the first connection.
    void decide_by(const std::string& parameters)
    {
        auto policy = revisions::PolicyStore::open(database_, clock_, {{"public", policy::ListenerKind::public_mail}}).value();
        const std::string inside =
            "\n[[sender_group]]\nname = \"INSIDE\"\nlistener = \"public\"\npolicy = \"RELAYED\"\nsenders = [\"192.0.2.10\"]\n";
        const auto submitted = policy->submit(std::string(parameters_head) + parameters + inside, "policy.toml", "ann").value();
        ASSERT_NE(submitted.kind, revisions::SubmitResult::Kind::refused) << config::format_problems(submitted.problems);
        if (submitted.kind == revisions::SubmitResult::Kind::staged) {
            ASSERT_TRUE(policy->commit("ann", "for the tests"));
        }
        parts_ = std::make_shared<IntakeParts>();
        parts_->policy = policy;
        parts_->queue = queue_;
        resolver_ = std::make_shared<dns::CannedResolver>(zone());
        parts_->resolver = resolver_;
        parts_->pool = &pool_;
        parts_->clock = &clock_;
        parts_->hostname = "mx1.acme.test";
        parts_->authserv_id = "acme.test";
        authcheck::Options options;
        options.hostname = parts_->hostname;
        options.draw = [] { return 0U; };
        parts_->checker = std::make_shared<authcheck::AuthChecker>(parts_->resolver, clock_, options);
        parts_->log = log::Log::silent().with(metrics_);
    }

    std::unique_ptr<Intake> let_in(const std::string& ip, const std::string& helo = "client.test")
    {
        auto intake = std::make_unique<Intake>(parts_);
        smtpd::PeerFacts facts;
        facts.connection_id = "c1";
        facts.listener = "public";
        facts.peer = {*parse_ip(ip), 40000};
        facts.profile.hostname = "mx1.acme.test";
        EXPECT_TRUE(std::holds_alternative<smtpd::Accept>(wait_for(intake->connected(std::move(facts)))));
        EXPECT_EQ(wait_for(intake->hello(helo, true)).code, 250);
        return intake;
    }
    static Reply content(Intake& intake, const std::string& text)
    {
        EXPECT_EQ(wait_for(intake.data_begin()).code, 354);
        for (std::size_t at = 0; at < text.size(); at += 1000) run(intake.data(text.substr(at, 1000)));
        return wait_for(intake.data_end());
    }
    Reply send(const std::string& sender, const std::string& text, const std::string& ip = "192.0.2.50")
    {
        auto intake = let_in(ip);
        EXPECT_EQ(mail(*intake, sender).code, 250);
        const auto refused = rcpt(*intake, "alice@acme.test");
        if (refused.code != 250) return refused;
        return content(*intake, text);
    }
    // The head of the one message that was taken.
    mail::HeaderBlock taken()
    {
        const auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        if (due.empty()) return mail::HeaderBlock::parse("").value();
        stored_ = read(due[0].content);
        return mail::HeaderBlock::parse(std::string_view(stored_).substr(0, *mail::find_end_of_head(stored_))).value();
    }
    static authres::Results results(const mail::HeaderBlock& head)
    {
        return authres::parse_value(head.find("Authentication-Results").value_or("")).value();
    }
    static std::string result(const mail::HeaderBlock& head, std::string_view method)
    {
        for (const auto& each : results(head).methods)
            if (each.method == method) return each.result;
        return "";
    }
    std::string sign(const std::string& text, const std::string& domain, const std::string& selector = "s1")
    {
        auto signer = dkim::Signer::begin({signing_key(domain, selector)}, {clock_.now(), std::nullopt, ""});
        const auto end = *mail::find_end_of_head(text);
        const auto head = mail::HeaderBlock::parse(text.substr(0, end)).value();
        for (const auto& field : head.fields()) EXPECT_TRUE(signer.append_field(field.raw));
        EXPECT_TRUE(signer.end_head());
        signer.append_body(text.substr(end));
        return signer.finish().value() + text;
    }
    // As a mailing list would: its own results, the set, and a changed subject after it broke the signature.
    std::string seal(const std::string& text, const std::string& found)
    {
        const std::string whole = "Authentication-Results: lists.test; " + found + "\r\n" + text;
        auto sealer = dkim::ChainSealer::begin(signing_key("lists.test", "s1"), {clock_.now(), "lists.test"}).value();
        const auto end = *mail::find_end_of_head(whole);
        const auto head = mail::HeaderBlock::parse(whole.substr(0, end)).value();
        for (const auto& field : head.fields()) EXPECT_TRUE(sealer.append_field(field.raw));
        EXPECT_TRUE(sealer.end_head());
        sealer.append_body(whole.substr(end));
        return wait_for(sealer.finish(*resolver_, Deadline::after(std::chrono::seconds(5)))).value() + whole;
    }

    async::BlockingPool pool_{1};
    log::Metrics metrics_ = log::Metrics::make();
    std::shared_ptr<dns::CannedResolver> resolver_;
    std::shared_ptr<IntakeParts> parts_;
    std::string stored_;
};

std::string letter_from(const std::string& address)
{
    return "From: " + address + "\r\nTo: alice@acme.test\r\nSubject: Hello\r\n\r\nThe body.\r\n";
}

// --- SPF

TEST_F(AuthenticationTest, WritesWhatItFoundAboveItsTraceField)
{
    ASSERT_EQ(send("carol@good.test", letter_from("carol@good.test")).code, 250);
    const auto head = taken();
    EXPECT_EQ(head.fields()[0].name, "Authentication-Results");
    EXPECT_EQ(head.fields()[1].name, "Received-SPF");
    EXPECT_EQ(head.fields()[2].name, "Received");
    EXPECT_EQ(results(head).authserv_id, "acme.test");
    EXPECT_EQ(result(head, "spf"), "pass");
    EXPECT_EQ(result(head, "iprev"), "pass");
    EXPECT_EQ(result(head, "dkim"), "none");
    EXPECT_EQ(result(head, "dmarc"), "none");
    EXPECT_THAT(*head.find("Received-SPF"),
                StartsWith("pass\t(mx1.acme.test: domain of carol@good.test designates 192.0.2.50 as"));
    EXPECT_THAT(*head.find("Received-SPF"), HasSubstr("identity=mailfrom"));
    EXPECT_FALSE(head.find(verdict_header));
    EXPECT_THAT(stored_, testing::EndsWith(letter_from("carol@good.test")));
}

struct SpfCase {
    std::string sender, parameter;
    int code;
    std::string enhanced, mark;
};

class SpfActions : public AuthenticationTest, public testing::WithParamInterface<SpfCase> {};

TEST_P(SpfActions, AreTakenAtTheRecipient)
{
    decide_by(GetParam().parameter);
    const auto reply = send(GetParam().sender, letter_from("carol@else.test"));
    EXPECT_EQ(reply.code, GetParam().code) << reply.text();
    EXPECT_EQ(reply.enhanced, GetParam().enhanced);
    if (reply.code != 250) {
        EXPECT_TRUE(claim().empty());
        return;
    }
    EXPECT_EQ(taken().find(verdict_header).value_or(""), GetParam().mark);
}

INSTANTIATE_TEST_SUITE_P(Results, SpfActions,
                         testing::Values(SpfCase{"x@bad.test", "spf_fail = \"accept\"", 250, "2.0.0", ""},
                                         SpfCase{"x@bad.test", "spf_fail = \"mark\"", 250, "2.0.0", "spf-fail"},
                                         SpfCase{"x@bad.test", "spf_fail = \"reject\"", 550, "5.7.23", ""},
                                         SpfCase{"x@bad.test", "spf_fail = \"defer\"", 451, "4.7.23", ""},
                                         SpfCase{"x@soft.test", "spf_softfail = \"accept\"", 250, "2.0.0", ""},
                                         SpfCase{"x@soft.test", "", 250, "2.0.0", "spf-softfail"},
                                         SpfCase{"x@soft.test", "spf_softfail = \"reject\"", 550, "5.7.1", ""},
                                         SpfCase{"x@broken.test", "", 250, "2.0.0", "spf-permerror"},
                                         SpfCase{"x@broken.test", "spf_permerror = \"reject\"", 550, "5.7.24", ""},
                                         SpfCase{"x@slow.test", "", 250, "2.0.0", "spf-temperror"},
                                         SpfCase{"x@slow.test", "spf_temperror = \"defer\"", 451, "4.7.24", ""},
                                         SpfCase{"x@silent.test", "", 250, "2.0.0", ""},
                                         SpfCase{"x@silent.test", "spf_none = \"reject\"", 550, "5.7.1", ""},
                                         SpfCase{"x@bad.test", "spf = \"off\"\nspf_fail = \"reject\"", 250, "2.0.0", ""}));

TEST_F(AuthenticationTest, TellsTheDomainsOwnExplanationInItsReply)
{
    decide_by("spf_fail = \"reject\"");
    const auto reply = send("x@bad.test", letter_from("x@bad.test"));
    EXPECT_THAT(reply.lines, ElementsAre("bad.test does not let 192.0.2.50 send in its name (SPF fail)",
                                         "bad.test explains: Ask postmaster@bad.test about 192.0.2.50"));
}

TEST_F(AuthenticationTest, LetsPostmasterBeReachedByThoseItRefuses)
{
    decide_by("spf_fail = \"reject\"");
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "x@bad.test").code, 250);
    EXPECT_EQ(rcpt(*intake, "Postmaster@acme.test").code, 250);
    EXPECT_EQ(rcpt(*intake, "alice@acme.test").code, 550);
    ASSERT_EQ(content(*intake, letter_from("x@strict.test")).code, 250);
    EXPECT_EQ(taken().find(verdict_header), "spf-fail, dmarc-reject");
}

TEST_F(AuthenticationTest, AsksNobodyAboutASenderWhoTriesAddresses)
{
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "x@bad.test").code, 250);
    const auto before = resolver_->asked().size();
    EXPECT_EQ(rcpt(*intake, "alice@elsewhere.test").code, 550);
    EXPECT_EQ(resolver_->asked().size(), before);
    EXPECT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    const auto after = resolver_->asked().size();
    EXPECT_GT(after, before);
    EXPECT_EQ(rcpt(*intake, "bob@acme.test").code, 250);
    EXPECT_EQ(resolver_->asked().size(), after) << "once for the transaction";
}

TEST_F(AuthenticationTest, CountsTheHeloNameWhereThePolicySaysSo)
{
    decide_by("spf_helo = true\nspf_fail = \"reject\"");
    auto intake = let_in("192.0.2.50", "lying.helo.test");
    ASSERT_EQ(mail(*intake, "carol@good.test").code, 250);
    const auto reply = rcpt(*intake, "alice@acme.test");
    EXPECT_EQ(reply.code, 550);
    EXPECT_EQ(reply.enhanced, "5.7.23");
    EXPECT_THAT(reply.text(), HasSubstr("lying.helo.test"));
}

TEST_F(AuthenticationTest, JudgesABounceByItsHelo)
{
    auto intake = let_in("192.0.2.50", "out.good.test");
    ASSERT_EQ(mail(*intake, "").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(content(*intake, letter_from("Mail Delivery System <mailer-daemon@good.test>")).code, 250);
    const auto head = taken();
    EXPECT_EQ(result(head, "spf"), "pass");
    EXPECT_THAT(*head.find("Authentication-Results"), HasSubstr("smtp.helo=out.good.test"));
    EXPECT_THAT(*head.find("Received-SPF"), HasSubstr("envelope-from=\"postmaster@out.good.test\""));
    EXPECT_FALSE(head.find(verdict_header));
}

// --- DKIM

TEST_F(AuthenticationTest, VerifiesSignatures)
{
    ASSERT_EQ(send("x@else.test", sign(letter_from("carol@strict.test"), "strict.test")).code, 250);
    const auto head = taken();
    EXPECT_EQ(result(head, "dkim"), "pass");
    EXPECT_EQ(result(head, "dmarc"), "pass") << "DKIM alone is enough";
    EXPECT_THAT(*head.find("Authentication-Results"), HasSubstr("header.d=strict.test"));
    EXPECT_FALSE(head.find(verdict_header));
}

TEST_F(AuthenticationTest, VerifiesALargeMessageThatDoesNotStayInMemory)
{
    std::string text = letter_from("carol@strict.test");
    while (text.size() < 3'000'000) text += "a line of the body that is long enough to be one\r\n";
    text = sign(text, "strict.test");
    ASSERT_EQ(send("x@else.test", text).code, 250);
    EXPECT_EQ(result(taken(), "dkim"), "pass");
    EXPECT_TRUE(stored_.ends_with(text));
}

TEST_F(AuthenticationTest, MarksASignatureThatFails)
{
    auto text = sign(letter_from("carol@lists.test"), "lists.test");
    text.replace(text.find("The body"), 8, "Any body");
    ASSERT_EQ(send("x@else.test", text).code, 250);
    const auto head = taken();
    EXPECT_EQ(result(head, "dkim"), "fail");
    EXPECT_EQ(head.find(verdict_header), "dkim-fail");
}

TEST_F(AuthenticationTest, ActsOnDkimWhereThePolicySaysSo)
{
    decide_by("dkim_none = \"reject\"\ndkim_temperror = \"defer\"\ndkim_fail = \"reject\"");
    const auto none = send("x@else.test", letter_from("carol@else.test"));
    EXPECT_EQ(none.code, 550);
    EXPECT_EQ(none.enhanced, "5.7.20");
    const auto slow = send("x@else.test", sign(letter_from("carol@strict.test"), "strict.test", "slow"));
    EXPECT_EQ(slow.code, 451);
    EXPECT_EQ(slow.enhanced, "4.7.20");
    auto text = sign(letter_from("carol@lists.test"), "lists.test");
    text.replace(text.find("The body"), 8, "Any body");
    EXPECT_EQ(send("x@else.test", text).code, 550);
    EXPECT_TRUE(claim().empty());
}

// --- DMARC

TEST_F(AuthenticationTest, RefusesWhatTheAuthorsDomainWantsRefused)
{
    const auto reply = send("x@good.test", letter_from("boss@strict.test"));
    EXPECT_EQ(reply.code, 550);
    EXPECT_EQ(reply.enhanced, "5.7.1");
    EXPECT_THAT(reply.text(), HasSubstr("strict.test"));
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(ask("select count(*) from queue_content"), 0);
}

TEST_F(AuthenticationTest, MarksWhatTheAuthorsDomainWantsSetApart)
{
    ASSERT_EQ(send("x@good.test", letter_from("boss@apart.test")).code, 250);
    const auto head = taken();
    EXPECT_EQ(head.find(verdict_header), "dmarc-quarantine");
    EXPECT_THAT(*head.find("Authentication-Results"), HasSubstr("dmarc=fail header.from=apart.test policy.dmarc=quarantine"));
}

TEST_F(AuthenticationTest, MayTakeWhatTheAuthorsDomainWantsRefused)
{
    decide_by("dmarc_reject = \"mark\"");
    ASSERT_EQ(send("x@good.test", letter_from("boss@strict.test")).code, 250);
    EXPECT_EQ(taken().find(verdict_header), "dmarc-reject");
}

TEST_F(AuthenticationTest, LetsNoStrangersNameServerPutAPolicyOff)
{
    EXPECT_EQ(send("x@slow.test", letter_from("boss@strict.test")).code, 550) << "slow.test could not vouch for strict.test";
    ASSERT_EQ(send("x@unsure.test", letter_from("boss@unsure.test")).code, 250);
    const auto head = taken();
    EXPECT_EQ(result(head, "dmarc"), "temperror");
    EXPECT_EQ(head.find(verdict_header), "spf-temperror, dmarc-temperror");
}

TEST_F(AuthenticationTest, LetsNoSecondAuthorPutThePolicyOfTheFirstOff)
{
    EXPECT_EQ(send("x@slow.test", "From: boss@strict.test, x@slow.test\r\n\r\n").code, 550);
    EXPECT_EQ(send("x@good.test", sign("From: boss@apart.test, x@lists.test\r\n\r\n", "lists.test", "slow")).code, 250);
    EXPECT_EQ(taken().find(verdict_header), "dmarc-quarantine");
}

TEST_F(AuthenticationTest, TakesNoMessageWithoutAnAuthorForAnInnocentOne)
{
    for (const std::string from : {"", "From: \r\n", "From: undisclosed:;\r\n", "From: x@good.test\r\nFrom: x@good.test\r\n",
                                   "From: ceo..x@strict.test, x@good.test\r\n", "From: x@good.test, \"CEO\" ceo@strict.test\r\n",
                                   "From: a@a.test, a@b.test, a@c.test, a@d.test, a@e.test, a@f.test\r\n"}) {
        const auto reply = send("x@good.test", from + "Subject: who am I?\r\n\r\n");
        EXPECT_EQ(reply.code, 550) << from;
        EXPECT_EQ(reply.enhanced, "5.7.1") << from;
        EXPECT_THAT(reply.text(), HasSubstr("one From field")) << from;
    }
    EXPECT_TRUE(claim().empty());
}

TEST_F(AuthenticationTest, MarksAMessageWithoutAnAuthorWhereThePolicySaysSo)
{
    decide_by("dmarc_bad_from = \"mark\"");
    ASSERT_EQ(send("x@good.test", "Subject: who am I?\r\n\r\n").code, 250);
    const auto head = taken();
    EXPECT_EQ(result(head, "dmarc"), "permerror");
    EXPECT_EQ(head.find(verdict_header), "dmarc-bad-from");
}

TEST_F(AuthenticationTest, MarksARecordThatCannotBeUnderstood)
{
    ASSERT_EQ(send("x@good.test", letter_from("boss@twice.test")).code, 250);
    EXPECT_EQ(taken().find(verdict_header), "dmarc-permerror");
}

TEST_F(AuthenticationTest, AppliesTheStrictestPolicyOfSeveralAuthors)
{
    decide_by("dmarc_bad_from = \"accept\"");
    ASSERT_EQ(send("x@good.test", "From: a@good.test, boss@else.test\r\n\r\n").code, 250);
    EXPECT_EQ(send("x@good.test", "From: a@good.test, boss@strict.test\r\n\r\n").code, 550);
}

// --- ARC

TEST_F(AuthenticationTest, LetsATrustedSealerOverrideADmarcFailure)
{
    const auto text = seal(letter_from("boss@strict.test"), "dkim=pass header.d=strict.test; dmarc=pass header.from=strict.test");
    EXPECT_EQ(send("x@lists.test", text).code, 550) << "nobody is trusted by default";
    decide_by("arc_trusted_sealers = [\"lists.test\"]");
    ASSERT_EQ(send("x@lists.test", text).code, 250);
    const auto head = taken();
    EXPECT_EQ(result(head, "arc"), "pass");
    EXPECT_EQ(result(head, "dmarc"), "fail");
    EXPECT_THAT(*head.find("Authentication-Results"), HasSubstr("reason=\"local policy: trusted ARC sealer lists.test\""));
    EXPECT_FALSE(head.find(verdict_header));
}

TEST_F(AuthenticationTest, LetsNoSealerFreeTheOtherAuthors)
{
    decide_by("arc_trusted_sealers = [\"lists.test\"]");
    const auto found = "dkim=pass header.d=strict.test; dmarc=pass header.from=strict.test";
    EXPECT_EQ(send("x@lists.test", seal("From: boss@strict.test, boss@apart.test\r\n\r\nx\r\n", found)).code, 550);
    EXPECT_EQ(send("x@lists.test", seal("From: boss@strict.test, a@strict.test\r\n\r\nx\r\n", found)).code, 250);
}

TEST_F(AuthenticationTest, TrustsNoSealerBeyondWhatHeSays)
{
    decide_by("arc_trusted_sealers = [\"lists.test\"]");
    const auto other = "dkim=pass header.d=evil.test; dmarc=fail header.from=strict.test";
    EXPECT_EQ(send("x@lists.test", seal(letter_from("boss@strict.test"), other)).code, 550);
    auto broken = seal(letter_from("boss@strict.test"), "dmarc=pass header.from=strict.test");
    broken.replace(broken.find("The body"), 8, "Any body");
    EXPECT_EQ(send("x@lists.test", broken).code, 550);
}

// --- reports

TEST_F(AuthenticationTest, CountsForTheDomainsThatAskWhereThePolicySaysSo)
{
    const auto reports = reports::Reports::open(database_, clock_, log::Log::silent()).value();
    const auto count = [&] {
        EXPECT_TRUE(reports->flush_now());
        std::int64_t messages = 0;
        for (const auto& period : wait_for(reports->list_periods({})).value()) messages += period.messages;
        return messages;
    };
    parts_->reports = reports;
    ASSERT_EQ(send("x@told.test", letter_from("x@told.test")).code, 250);
    EXPECT_EQ(count(), 0);
    decide_by("dmarc_reports = true");
    parts_->reports = reports;
    ASSERT_EQ(send("x@told.test", letter_from("x@told.test")).code, 250);
    EXPECT_EQ(send("x@good.test", letter_from("x@told.test")).code, 550) << "a refusal is told as well";
    ASSERT_EQ(send("x@good.test", letter_from("x@good.test")).code, 250) << "who does not ask is not told";
    EXPECT_EQ(count(), 2);
}

TEST_F(AuthenticationTest, PutsReportsOfOthersIntoTheirLane)
{
    parts_->report_inbox = "DMARC@acme.test";
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "x@good.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "dmarc@acme.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(content(*intake, letter_from("x@good.test")).code, 250);
    std::map<std::string, std::string> lanes;
    for (const auto& due : claim()) lanes[due.recipients.at(0).address] = due.lane;
    EXPECT_EQ(lanes["dmarc@acme.test"], dmarcreports::report_lane);
    EXPECT_NE(lanes["alice@acme.test"], dmarcreports::report_lane);
}

// --- the head

TEST_F(AuthenticationTest, TakesOutResultsThatClaimToBeOurs)
{
    const std::string forged =
        "Authentication-Results: acme.test; dmarc=pass header.from=strict.test\r\n"
        "authentication-results: (x) MX1.acme.test 1; spf=pass\r\n"
        "Authentication-Results: (unreadable\r\n"
        "X-Sealpost-Verdict: nothing at all\r\n";
    const std::string other = "Authentication-Results: mx.other.test; spf=pass\r\n";
    ASSERT_EQ(send("x@good.test", forged + other + letter_from("x@good.test")).code, 250);
    const auto head = taken();
    EXPECT_EQ(head.find_all("Authentication-Results").size(), 2U);
    EXPECT_EQ(result(head, "dmarc"), "none");
    EXPECT_FALSE(head.find(verdict_header));
    EXPECT_TRUE(stored_.ends_with(other + letter_from("x@good.test")));
}

TEST_F(AuthenticationTest, LetsNothingIntoTheHeadByAnAddress)
{
    auto intake = let_in("192.0.2.50", "helo;dkim=pass");
    ASSERT_EQ(mail(*intake, "\"x; dkim=pass header.d=bank.test\"@good.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(content(*intake, letter_from("x@good.test")).code, 250);
    const auto head = taken();
    EXPECT_EQ(result(head, "dkim"), "none");
    EXPECT_EQ(result(head, "spf"), "pass");
}

TEST_F(AuthenticationTest, DoesNotJudgeOurOwnMail)
{
    auto intake = let_in("192.0.2.10");
    ASSERT_EQ(mail(*intake, "x@bad.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "bob@elsewhere.test").code, 250);
    ASSERT_EQ(content(*intake, "Authentication-Results: acme.test; dkim=pass\r\n" + letter_from("boss@strict.test")).code, 250);
    const auto head = taken();
    EXPECT_FALSE(head.find("Authentication-Results")) << "nor may anybody inside speak in our name";
    EXPECT_FALSE(head.find("Received-SPF"));
}

TEST_F(AuthenticationTest, AsksNothingWhenThePolicyAsksForNothing)
{
    decide_by("spf = \"off\"\ndkim = \"off\"\ndmarc = \"off\"\narc = \"off\"");
    ASSERT_EQ(send("x@bad.test", letter_from("boss@strict.test")).code, 250);
    EXPECT_THAT(resolver_->asked(), Not(testing::Contains(HasSubstr("bad.test"))));
    EXPECT_FALSE(taken().find("Authentication-Results"));
}

TEST_F(AuthenticationTest, JudgesEachTransactionByItself)
{
    decide_by("spf_fail = \"reject\"");
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "x@bad.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 550);
    intake->reset();
    ASSERT_EQ(mail(*intake, "carol@good.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    ASSERT_EQ(content(*intake, letter_from("carol@good.test")).code, 250);
    EXPECT_EQ(result(taken(), "spf"), "pass");
}

TEST_F(AuthenticationTest, CountsWhatItFound)
{
    ASSERT_EQ(send("carol@good.test", letter_from("carol@good.test")).code, 250);
    const auto text = metrics_.format_text();
    EXPECT_THAT(text, HasSubstr("sealpost_authentication_total{method=\"spf\",result=\"pass\"} 1"));
    EXPECT_THAT(text, HasSubstr("sealpost_authentication_total{method=\"dkim\",result=\"none\"} 1"));
    EXPECT_THAT(text, HasSubstr("sealpost_authentication_total{method=\"dmarc\",result=\"none\"} 1"));
}

TEST_F(AuthenticationTest, CountsNoMessageThatIsToComeAgain)
{
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "carol@good.test").code, 250);
    ASSERT_EQ(rcpt(*intake, "alice@acme.test").code, 250);
    database_->close();
    EXPECT_EQ(content(*intake, letter_from("carol@good.test")).code, 452);
    EXPECT_THAT(metrics_.format_text(), Not(HasSubstr("sealpost_authentication_total{method")));
}

TEST_F(AuthenticationTest, CountsWhatItRefuses)
{
    ASSERT_EQ(send("x@good.test", letter_from("boss@strict.test")).code, 550);
    EXPECT_THAT(metrics_.format_text(), HasSubstr("sealpost_authentication_total{method=\"dmarc\",result=\"fail\"} 1"));
}

}  // namespace
}  // namespace sealpost::gateway
