#include "serve/trace/trace_world.hpp"

namespace sealpost::trace {
namespace {

TEST(Trace, AsksSpfAsTheGatewayDoes)
{
    const auto marked = ask(from("192.0.2.1"));
    EXPECT_EQ(marked.outcome, Outcome::accepted);
    EXPECT_EQ(fact_of(find(marked, Stage::authentication), "spf").value.substr(0, 4), "fail");
    const auto refused = ask(from("192.0.2.7"));
    EXPECT_EQ(refused.outcome, Outcome::refused);
    EXPECT_EQ(refused.recipients.front().reply.substr(0, 10), "550 5.7.23");
    auto postmaster = from("192.0.2.7");
    postmaster.rcpt_to = {"postmaster@acme.test"};
    EXPECT_EQ(ask(postmaster).outcome, Outcome::accepted);
    auto quiet = from("192.0.2.7");
    quiet.ask_dns = false;
    EXPECT_EQ(ask(quiet).outcome, Outcome::accepted);
    EXPECT_EQ(find(ask(quiet), Stage::authentication).word, Word::skipped);
}

TEST(Trace, AsksTheSenderOnlyWithoutAMessage)
{
    auto inquiry = from("192.0.2.5");
    inquiry.inside_tls = true;
    inquiry.message.clear();
    const auto report = ask(inquiry);
    EXPECT_EQ(report.outcome, Outcome::accepted) << "nobody wrote a bad From";
    const auto& step = find(report, Stage::authentication);
    EXPECT_EQ(fact_of(step, "spf").value.substr(0, 4), "pass");
    EXPECT_NE(fact_of(step, "message").value, "");
    EXPECT_EQ(fact_of(step, "dmarc").value, "");
    EXPECT_EQ(find(report, Stage::encryption).word, Word::ok);
    inquiry = from("192.0.2.7");
    inquiry.message.clear();
    EXPECT_EQ(ask(inquiry).recipients.front().reply.substr(0, 10), "550 5.7.23") << "its SPF refuses all the same";
}

TEST(Trace, ShowsTheEncryptionRulesTheMasqueradedSender)
{
    auto inquiry = from("192.0.2.10", "private");
    inquiry.mail_from = "ann@inner.test";
    inquiry.rcpt_to = {"dave@example.org"};
    const auto report = ask(inquiry);
    EXPECT_EQ(fact_of(find(report, Stage::masquerade), "mail_from").value, "ann@world.test");
    EXPECT_EQ(fact_of(find(report, Stage::encryption), "action").from, "rule office");
    // Mail from outside keeps its sender.
    auto outside = from("192.0.2.1");
    outside.mail_from = "ann@inner.test";
    const auto stages = stages_of(ask(outside));
    EXPECT_EQ(std::count(stages.begin(), stages.end(), Stage::masquerade), 0);
}

TEST(Trace, ShowsTheEncryptionRulesTheMasqueradedHead)
{
    auto inquiry = from("192.0.2.10", "private");
    inquiry.rcpt_to = {"dave@headers.test"};
    inquiry.message = "From: Ann <ann@inner.test>\r\nSubject: Hello\r\n\r\nThe body.\r\n";
    EXPECT_EQ(fact_of(find(ask(inquiry), Stage::encryption), "action").from, "rule heads");
}

TEST(Trace, RefusesWhatTheGatewayRefusesBehindTheContent)
{
    auto inquiry = from("192.0.2.10", "private");
    inquiry.rcpt_to = {"bob@partner.test"};
    inquiry.message = "X-Sealpost-Expires: 2020-01-01\r\n" + inquiry.message;
    EXPECT_EQ(ask(inquiry).recipients[0].reply, "554 5.6.0 The expiry 2020-01-01T23:59:59.000Z is over already");
    inquiry.message = "From: carol@partner.test\r\nno field\r\n\r\nThe body.\r\n";
    EXPECT_EQ(ask(inquiry).outcome, Outcome::accepted) << "from inside that is text";
    inquiry.message = "no field\r\nFrom: carol@partner.test\r\n\r\nThe body.\r\n";
    EXPECT_EQ(ask(inquiry).recipients[0].reply.substr(0, 9), "554 5.6.0");
    EXPECT_EQ(ask(inquiry).outcome, Outcome::refused);
    const std::string message = "From: carol@partner.test\r\n\r\nThe body.\r\n";
    inquiry.message = message;
    for (int hop = 0; hop < 100; ++hop) inquiry.message.insert(0, "Received: from x by y; Fri, 27 Nov 2026 08:00:00 +0000\r\n");
    EXPECT_EQ(ask(inquiry).recipients[0].reply.substr(0, 9), "554 5.4.6");
    inquiry.message = message + std::string(998, 'x') + "\r\n";
    EXPECT_EQ(ask(inquiry).outcome, Outcome::accepted);
    inquiry.message = message + std::string(999, 'x') + "\r\n";
    EXPECT_EQ(ask(inquiry).recipients[0].reply, "554 5.6.0 A line is longer than 1000 octets");
    inquiry.message = "X-A: " + std::string(900, 'a') + "\r\n";
    while (inquiry.message.size() < 192UL * 1024) inquiry.message += inquiry.message;
    inquiry.message += message;
    EXPECT_EQ(ask(inquiry).recipients[0].reply.substr(0, 9), "552 5.3.4");
}

}  // namespace
}  // namespace sealpost::trace
