// Aliases, domain maps and masquerading from the dialogue to the queue.
#include "serve/gateway/gateway_world.hpp"
#include "serve/gateway/intake_dialogue.hpp"
#include "serve/gateway/lane_sorting.hpp"
#include "serve/gateway/lanes.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gmock/gmock.h>

namespace sealpost::gateway {
namespace {

using queue::wait_for;
using test::run;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view rewriting_text = R"(
[[listener_defaults]]
bounce_profile = "patient"
dkim_sign = false

[[bounce_profile]]
name = "patient"

[[sender_group]]
name = "OURS"
listener = "public"
policy = "RELAYED"
senders = ["192.0.2.10"]

[[recipient]]
address = "acme.test"

[[domain_map]]
from = "old.test"
to = "acme.test"

[[alias]]
address = "info@acme.test"
to = ["anna@acme.test", "ben@partner.test"]

[[alias]]
address = "one@acme.test"
to = "anna@acme.test"

[[alias]]
address = "nobody@acme.test"
to = "/dev/null"

[[alias]]
address = "desk@acme.test"
to = "role@partner.test"

[[alias]]
address = "role@"
to = "anna@acme.test"

[[masquerade]]
from = "@inner.test"
to = "@acme.test"

[[encryption_rule]]
name = "from outside in"
sender = ["acme.test"]
header_contains = ["From: @acme.test"]
recipient = ["sealed.test"]
)";

class RewritingTest : public queue::QueueFixture, protected IntakeDialogue {
protected:
    RewritingTest()
    {
        parts_->policy = revisions::PolicyStore::open(database_, clock_, {{"public", policy::ListenerKind::public_mail}}).value();
        commit_policy(*parts_->policy, std::string(rewriting_text));
        parts_->queue = queue_;
        parts_->resolver = std::make_shared<dns::CannedResolver>("");
        parts_->clock = &clock_;
        parts_->hostname = "mx1.acme.test";
    }

    // What the queue hands out when `sender` writes to these.
    std::vector<queue::DueMessage> send(const std::string& ip, const std::string& sender, std::vector<smtp::RcptTo> to,
                                        const std::string& text = "From: c@partner.test\r\n\r\nHello\r\n")
    {
        Intake intake(parts_);
        EXPECT_TRUE(std::holds_alternative<smtpd::Accept>(wait_for(intake.connected(peer(ip)))));
        EXPECT_EQ(mail(intake, sender).code, 250);
        for (auto& rcpt : to) EXPECT_EQ(wait_for(intake.rcpt(std::move(rcpt))).code, 250);
        EXPECT_EQ(wait_for(intake.data_begin()).code, 354);
        run(intake.data(text));
        EXPECT_EQ(wait_for(intake.data_end()).code, 250);
        return claim();
    }
    static smtp::RcptTo to(const std::string& address, const std::string& notify = "", const std::string& orcpt = "")
    {
        return {sealpost::mail::parse_mailbox(address).value(), notify, orcpt};
    }
    // "address notify orcpt" of each, in the order of their addresses.
    static std::vector<std::string> recipients_of(const std::vector<queue::DueMessage>& due)
    {
        std::vector<std::string> out;
        for (const auto& message : due)
            for (const auto& one : message.recipients) out.push_back(one.address + " [" + one.notify + "] " + one.orcpt);
        std::sort(out.begin(), out.end());
        return out;
    }
    using Lines = std::vector<std::string>;

    std::shared_ptr<IntakeParts> parts_ = std::make_shared<IntakeParts>();
};

TEST_F(RewritingTest, LeavesOneRecipientOfAnAliasItsWishes)
{
    EXPECT_EQ(recipients_of(send("192.0.2.1", "c@partner.test", {to("one@acme.test", "SUCCESS,FAILURE", "rfc822;x@y.test")})),
              Lines{"anna@acme.test [SUCCESS,FAILURE] rfc822;x@y.test"});
}

TEST_F(RewritingTest, LetsOneOfSeveralTellOfSuccessInTheNameOfTheAlias)
{
    EXPECT_EQ(
        recipients_of(send("192.0.2.1", "c@partner.test", {to("Info@acme.test", "SUCCESS,FAILURE")})),
        (Lines{"anna@acme.test [SUCCESS,FAILURE] rfc822;Info@acme.test", "ben@partner.test [FAILURE] rfc822;Info@acme.test"}));
    EXPECT_EQ(notify_of_alias("SUCCESS", 1), "NEVER");
    EXPECT_EQ(notify_of_alias("NEVER", 1), "NEVER");
    EXPECT_EQ(notify_of_alias("", 1), "");
}

TEST(Notify, UnitesWhatTwoWaysAskFor)
{
    EXPECT_EQ(unite_notify("NEVER", "SUCCESS,FAILURE"), "SUCCESS,FAILURE");
    EXPECT_EQ(unite_notify("SUCCESS", "NEVER"), "SUCCESS");
    EXPECT_EQ(unite_notify("", ""), "");
    EXPECT_EQ(unite_notify("", "SUCCESS"), "FAILURE,DELAY,SUCCESS");
    EXPECT_EQ(unite_notify("FAILURE", "FAILURE,DELAY"), "FAILURE,DELAY");
}

TEST_F(RewritingTest, SendsNobodyTwoCopies)
{
    EXPECT_EQ(
        recipients_of(send("192.0.2.1", "c@partner.test", {to("info@acme.test"), to("anna@acme.test"), to("one@acme.test")})),
        (Lines{"anna@acme.test [] ", "ben@partner.test [] rfc822;info@acme.test"}));
}

TEST_F(RewritingTest, SendsWhoIsNamedTwiceOneCopy)
{
    EXPECT_EQ(recipients_of(send("192.0.2.1", "c@partner.test",
                                 {to("d@acme.test", "NEVER"), to("d@acme.test", "FAILURE"), to("d@old.test", "NEVER")})),
              Lines{"d@acme.test [FAILURE] "});
}

TEST_F(RewritingTest, TakesLocalPartsOfAnotherCaseForOtherMailboxes)
{
    EXPECT_EQ(
        recipients_of(send("192.0.2.10", "a@acme.test",
                           {to("Bob@partner.test", "", "rfc822;one@x.test"), to("bob@partner.test", "", "rfc822;two@x.test")})),
        (Lines{"Bob@partner.test [] rfc822;one@x.test", "bob@partner.test [] rfc822;two@x.test"}));
}

TEST_F(RewritingTest, KeepsToStrangersOfTheNameOfARoleWhomAnAliasLeadsTo)
{
    EXPECT_EQ(recipients_of(send("192.0.2.10", "a@acme.test", {to("desk@acme.test")})),
              Lines{"role@partner.test [] rfc822;desk@acme.test"});
    EXPECT_EQ(recipients_of(send("192.0.2.10", "a@acme.test", {to("role@acme.test")})),
              Lines{"anna@acme.test [] rfc822;role@acme.test"});
}

TEST_F(RewritingTest, DropsWhatIsForNobody)
{
    EXPECT_TRUE(send("192.0.2.1", "c@partner.test", {to("nobody@acme.test")}).empty());
    EXPECT_EQ(recipients_of(send("192.0.2.1", "c@partner.test", {to("nobody@acme.test"), to("d@acme.test")})),
              Lines{"d@acme.test [] "});
}

TEST_F(RewritingTest, RenamesDomainsBeforeAliases)
{
    EXPECT_EQ(recipients_of(send("192.0.2.1", "c@partner.test", {to("d@old.test"), to("one@old.test")})),
              (Lines{"anna@acme.test [] rfc822;one@old.test", "d@acme.test [] rfc822;d@old.test"}));
}

TEST_F(RewritingTest, SaysAnAddressBeyondAsciiAsOne)
{
    EXPECT_EQ(recipients_of(send("192.0.2.1", "c@partner.test", {to("j\xc3\xbcrg@old.test")})),
              Lines{"j\xc3\xbcrg@acme.test [] utf-8;j\\x{FC}rg@old.test"});
}

TEST_F(RewritingTest, CarriesWhatThePolicySaysAboutDelivery)
{
    const auto due = send("192.0.2.1", "c@partner.test", {to("d@acme.test")});
    ASSERT_EQ(due.size(), 1U);
    EXPECT_FALSE(read_facts(due[0].facts).dkim_sign);
}

TEST_F(RewritingTest, MasqueradesSendersOfOutgoingMailInEnvelopeAndHead)
{
    const auto due = send("192.0.2.10", "anna@inner.test", {to("ben@partner.test")},
                          "From: \"Anna, the\r\n first\" <anna@inner.test>\r\nsender: root@inner.test (robot)\r\n"
                          "Reply-To: Team: x@inner.test, y@partner.test;\r\nTo: z@inner.test\r\nX-Note:  a  b\r\n\r\n"
                          "From: body@inner.test\r\n");
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].sender, "anna@acme.test");
    const std::string stored = read(due[0].content);
    EXPECT_THAT(stored, HasSubstr("\r\nFrom: \"Anna, the first\" <anna@acme.test>\r\n"));
    EXPECT_THAT(stored, HasSubstr("\r\nsender: root@acme.test (robot)\r\n"));
    EXPECT_THAT(stored, HasSubstr("\r\nReply-To: Team: x@acme.test, y@partner.test;\r\n"));
    EXPECT_THAT(stored, HasSubstr("\r\nTo: z@inner.test\r\nX-Note:  a  b\r\n"));
    EXPECT_THAT(stored, EndsWith("\r\n\r\nFrom: body@inner.test\r\n"));
}

TEST_F(RewritingTest, ShowsTheMasqueradedSenderToTheEncryptionRules)
{
    const auto due = send("192.0.2.10", "anna@inner.test", {to("ben@sealed.test")}, "From: anna@inner.test\r\n\r\nx\r\n");
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, seal_lane);
    EXPECT_EQ(due[0].sender, "anna@acme.test");
}

TEST_F(RewritingTest, MasqueradesNothingThatComesFromOutside)
{
    const auto due = send("192.0.2.1", "anna@inner.test", {to("d@acme.test")}, "From: anna@inner.test\r\n\r\nx\r\n");
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].sender, "anna@inner.test");
    EXPECT_THAT(read(due[0].content), Not(HasSubstr("anna@acme.test")));
}

}  // namespace
}  // namespace sealpost::gateway
