#include "serve/gateway/authentication_world.hpp"

namespace sealpost::gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

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

}  // namespace
}  // namespace sealpost::gateway
