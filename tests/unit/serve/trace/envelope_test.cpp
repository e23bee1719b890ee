#include "serve/trace/trace_world.hpp"

namespace sealpost::trace {
namespace {

TEST(Trace, JudgesEachRecipient)
{
    auto inquiry = from("192.0.2.1");
    inquiry.rcpt_to = {"alice@acme.test", "dave@example.org"};
    const auto report = ask(inquiry);
    EXPECT_EQ(report.outcome, Outcome::accepted);
    ASSERT_EQ(report.recipients.size(), 2U);
    EXPECT_EQ(report.recipients[0].outcome, Outcome::accepted);
    EXPECT_EQ(report.recipients[1].outcome, Outcome::refused);
    EXPECT_EQ(report.recipients[1].reply.substr(0, 9), "550 5.7.1");
    inquiry.rcpt_to = {"dave@example.org"};
    EXPECT_EQ(ask(inquiry).outcome, Outcome::refused);
}

TEST(Trace, FollowsDomainMapAndAliases)
{
    auto inquiry = from("192.0.2.1");
    inquiry.rcpt_to = {"sales@old.test"};
    const auto report = ask(inquiry);
    EXPECT_EQ(report.outcome, Outcome::accepted);
    EXPECT_EQ(fact_of(find(report, Stage::recipient), "asked_as").value, "sales@acme.test");
    EXPECT_EQ(fact_of(find(report, Stage::alias), "recipient").value, "ann@acme.test");
    const auto stages = stages_of(report);
    EXPECT_EQ(std::count(stages.begin(), stages.end(), Stage::destination), 2);
    inquiry.rcpt_to = {"nobody@acme.test"};
    const auto dropped = ask(inquiry);
    EXPECT_EQ(dropped.outcome, Outcome::accepted);
    EXPECT_EQ(dropped.steps.back().stage, Stage::authentication);
    EXPECT_TRUE(dropped.recipients.at(0).is_discarded);
    EXPECT_NE(format_report(dropped).find("nobody@acme.test  accepted, and discarded"), std::string::npos);
    EXPECT_EQ(to_json(dropped).at("recipients").at(0).at("discarded"), true);
    EXPECT_FALSE(report.recipients.at(0).is_discarded);
}

TEST(Trace, ChecksTheSenderOfWhoSignedInOnARefusedHost)
{
    auto inquiry = from("192.0.2.22");
    inquiry.mail_from = "carol";
    inquiry.rcpt_to = {"dave@example.org"};
    EXPECT_EQ(ask(inquiry).recipients[0].reply.substr(0, 9), "554 5.7.1");
    inquiry.user = "carol";
    EXPECT_EQ(ask(inquiry).recipients[0].reply.substr(0, 9), "554 5.7.1") << "AUTH is offered inside TLS only";
    inquiry.inside_tls = true;
    EXPECT_EQ(ask(inquiry).recipients[0].reply.substr(0, 9), "501 5.1.7");
    inquiry.mail_from = "carol@acme.test";
    EXPECT_EQ(ask(inquiry).outcome, Outcome::accepted);
}

TEST(Trace, CompletesAddressesAsTheGatewayDoes)
{
    auto inquiry = from("192.0.2.1");
    inquiry.rcpt_to = {"alice", "Postmaster", "postmaster@home.test"};
    auto report = ask(inquiry);
    EXPECT_EQ(report.recipients[0].reply, "501 5.1.3 The recipient's address has no domain");
    EXPECT_EQ(report.recipients[0].address, "alice");
    EXPECT_EQ(report.recipients[1].outcome, Outcome::accepted) << "every host has a postmaster";
    EXPECT_EQ(find(report, Stage::route).title, "Route for Postmaster@mx1.acme.test");
    EXPECT_EQ(report.recipients[2].reply.substr(0, 9), "550 5.7.1");
    inquiry = from("192.0.2.20");
    inquiry.rcpt_to = {"alice", "postmaster"};
    report = ask(inquiry);
    EXPECT_EQ(fact_of(find(report, Stage::recipient), "asked_as").value, "alice@home.test");
    EXPECT_EQ(report.recipients[0].reply.substr(0, 9), "550 5.7.1");
    EXPECT_EQ(report.recipients[1].outcome, Outcome::accepted) << "whatever the table says about home.test";
    EXPECT_EQ(find(report, Stage::route).title, "Route for postmaster@home.test");
    inquiry.rcpt_to = {"alice@acme.test"};
    inquiry.mail_from = "carol";
    report = ask(inquiry);
    EXPECT_EQ(report.outcome, Outcome::accepted);
    EXPECT_EQ(fact_of(find(report, Stage::envelope_sender), "asked_as").value, "carol@home.test");
    inquiry.host.ip = *parse_ip("192.0.2.1");
    report = ask(inquiry);
    EXPECT_EQ(report.outcome, Outcome::refused);
    EXPECT_EQ(report.recipients[0].reply, "501 5.1.7 The sender's address has no domain");
}

TEST(Trace, AsksDnsAboutTheSendersDomain)
{
    const auto ask_about = [](const std::string& sender, bool ask_dns = true) {
        auto inquiry = from("192.0.2.21");
        inquiry.mail_from = sender;
        inquiry.ask_dns = ask_dns;
        return ask(inquiry);
    };
    const auto found = [](const Report& report) { return fact_of(find(report, Stage::envelope_sender), "sender_domain").value; };
    const auto nonexistent = ask_about("carol@partner.test");
    EXPECT_EQ(nonexistent.outcome, Outcome::refused);
    EXPECT_EQ(nonexistent.recipients[0].reply.substr(0, 9), "553 5.1.8");
    EXPECT_EQ(found(nonexistent), "nonexistent");
    const auto late = ask_about("carol@late.test");
    EXPECT_EQ(late.outcome, Outcome::undecided);
    EXPECT_EQ(late.recipients[0].reply.substr(0, 9), "451 4.4.3");
    for (const char* malformed : {"carol@partner", "carol"}) {
        EXPECT_EQ(ask_about(malformed, false).recipients[0].reply.substr(0, 9), "553 5.1.7") << malformed;
        EXPECT_EQ(found(ask_about(malformed)), "") << "nobody is asked about " << malformed;
    }
    EXPECT_EQ(found(ask_about("carol@out.partner.test")), "exists");
    EXPECT_EQ(ask_about("carol@out.partner.test").outcome, Outcome::accepted);
    EXPECT_EQ(ask_about("carol@partner.test", false).outcome, Outcome::accepted);
    EXPECT_EQ(found(ask_about("carol@partner.test", false)), "not asked");
    for (const char* spared : {"vip@partner.test", "carol@[192.0.2.21]", ""}) {
        EXPECT_EQ(ask_about(spared).outcome, Outcome::accepted) << spared;
        EXPECT_EQ(found(ask_about(spared)), "") << spared;
    }
}

TEST(Trace, SaysThatABounceIsNotVerified)
{
    const auto fact = [](const Inquiry& inquiry, bool verifies) {
        return fact_of(find(ask(inquiry, verifies), Stage::recipient), "bounce_verification").value;
    };
    auto bounce = from("192.0.2.1");
    bounce.mail_from.clear();
    EXPECT_EQ(fact(bounce, true), "not asked");
    EXPECT_EQ(fact(bounce, false), "");
    EXPECT_EQ(fact(from("192.0.2.1"), true), "") << "no bounce";
    bounce.user = "ann";
    EXPECT_EQ(fact(bounce, true), "not asked") << "nobody signs in where no AUTH is offered";
    EXPECT_EQ(fact_of(find(ask(bounce), Stage::envelope_sender), "user").from, "policy");
    bounce.host.ip = *parse_ip("192.0.2.22");
    bounce.inside_tls = true;
    EXPECT_EQ(fact(bounce, true), "") << "mail of our own";
}

}  // namespace
}  // namespace sealpost::trace
