#include "serve/gateway/authentication_world.hpp"
#include "serve/gateway/lanes.hpp"

namespace sealpost::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

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
    EXPECT_EQ(send("x@unsure.test", letter_from("boss@unsure.test")).code, 451) << "it may be refused yet";
    decide_by("dmarc_undecided = \"mark\"");
    ASSERT_EQ(send("x@unsure.test", letter_from("boss@unsure.test")).code, 250);
    const auto head = taken();
    EXPECT_EQ(result(head, "dmarc"), "temperror");
    EXPECT_EQ(head.find(verdict_header), "spf-temperror, dmarc-undecided");
}

TEST_F(AuthenticationTest, LetsNoSubdomainWhoseNameServersFailPutThePolicyOfItsOrganisationOff)
{
    const auto reply = send("x@good.test", letter_from("boss@lame.strict.test"));
    EXPECT_EQ(reply.code, 451) << "strict.test would have it rejected";
    EXPECT_EQ(reply.enhanced, "4.7.1");
    EXPECT_TRUE(claim().empty());
    ASSERT_EQ(send("x@good.test", sign(letter_from("boss@lame.strict.test"), "strict.test")).code, 250);
    const auto head = taken();
    EXPECT_EQ(result(head, "dmarc"), "temperror");
    EXPECT_EQ(head.find(verdict_header), "dmarc-temperror") << "a signature of strict.test vouches for it";
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
    const auto reports = dmarcreports::Reports::open(database_, clock_, log::Log::silent()).value();
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
    EXPECT_EQ(lanes["dmarc@acme.test"], queue::dmarc_report_lane);
    EXPECT_NE(lanes["alice@acme.test"], queue::dmarc_report_lane);
}

TEST_F(AuthenticationTest, TellsOfReportsWhomTheyWereProvenToBeFrom)
{
    parts_->report_inbox = "dmarc@acme.test";
    const auto author_of = [&](const std::string& sender, const std::string& text) {
        auto intake = let_in("192.0.2.50");
        EXPECT_EQ(mail(*intake, sender).code, 250);
        EXPECT_EQ(rcpt(*intake, "dmarc@acme.test").code, 250);
        EXPECT_EQ(content(*intake, text).code, 250);
        return read_facts(claim().at(0).facts).author;
    };
    EXPECT_EQ(author_of("x@told.test", letter_from("x@told.test")), "told.test");                        // DMARC passes
    EXPECT_EQ(author_of("x@good.test", letter_from("x@good.test")), "good.test");                        // no record; SPF
    EXPECT_EQ(author_of("x@else.test", sign(letter_from("x@lists.test"), "lists.test")), "lists.test");  // a signature
    EXPECT_EQ(author_of("x@good.test", letter_from("x@else.test")), "");
    EXPECT_EQ(author_of("x@good.test", letter_from("x@apart.test")), "");  // DMARC fails
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

TEST_F(AuthenticationTest, CountsNoMessageThatItPutsOff)
{
    decide_by("dkim_temperror = \"defer\"\nspf_fail = \"defer\"");
    EXPECT_EQ(send("x@bad.test", letter_from("x@bad.test")).code, 451);
    EXPECT_EQ(send("x@else.test", sign(letter_from("carol@strict.test"), "strict.test", "slow")).code, 451);
    EXPECT_THAT(metrics_.format_text(), Not(HasSubstr("sealpost_authentication_total{method")));
}

TEST_F(AuthenticationTest, CountsWhatItRefuses)
{
    ASSERT_EQ(send("x@good.test", letter_from("boss@strict.test")).code, 550);
    EXPECT_THAT(metrics_.format_text(), HasSubstr("sealpost_authentication_total{method=\"dmarc\",result=\"fail\"} 1"));
}

TEST_F(AuthenticationTest, CountsTheSenderWhomSpfRefusesOnce)
{
    decide_by("spf_fail = \"reject\"");
    auto intake = let_in("192.0.2.50");
    ASSERT_EQ(mail(*intake, "x@bad.test").code, 250);
    EXPECT_EQ(rcpt(*intake, "alice@acme.test").code, 550);
    EXPECT_EQ(rcpt(*intake, "bob@acme.test").code, 550);
    const std::string once = "sealpost_authentication_total{method=\"spf\",result=\"fail\"} 1\n";
    EXPECT_THAT(metrics_.format_text(), HasSubstr(once));
    EXPECT_EQ(rcpt(*intake, "postmaster@acme.test").code, 250);
    EXPECT_EQ(content(*intake, letter_from("x@bad.test")).code, 250);
    EXPECT_THAT(metrics_.format_text(), HasSubstr(once)) << "also with the content for postmaster";
}

}  // namespace
}  // namespace sealpost::gateway
