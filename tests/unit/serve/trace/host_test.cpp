#include "serve/trace/trace_world.hpp"

namespace sealpost::trace {
namespace {

TEST(Trace, LooksTheNameUpOrTakesTheGivenOne)
{
    auto report = ask(from("192.0.2.5"));
    EXPECT_EQ(report.outcome, Outcome::refused);
    ASSERT_EQ(report.recipients.size(), 1U);
    EXPECT_EQ(report.recipients.front().reply, "530 5.7.0 Must issue a STARTTLS command first");
    EXPECT_EQ(fact_of(find(report, Stage::host_access_table), "host").from, "DNS");
    EXPECT_EQ(stages_of(report).back(), Stage::envelope_sender);
    auto given = from("192.0.2.1");
    given.host_is_given = true;
    given.host.host_state = policy::HostState::verified;
    given.host.host = "out.partner.test";
    EXPECT_EQ(ask(given).outcome, Outcome::refused);
    given.inside_tls = true;
    EXPECT_EQ(ask(given).outcome, Outcome::accepted);
    // Without a PTR, or with one that leads elsewhere, only the address counts.
    given.inside_tls = false;
    for (const auto state : {policy::HostState::none, policy::HostState::mismatch}) {
        given.host.host_state = state;
        EXPECT_EQ(ask(given).outcome, Outcome::accepted);
    }
    EXPECT_EQ(ask(from("192.0.2.6")).outcome, Outcome::accepted);
}

TEST(Trace, IsUndecidedWhileTheNameIsNotKnown)
{
    auto report = ask(from("192.0.2.99"));
    EXPECT_EQ(report.outcome, Outcome::undecided);
    EXPECT_EQ(report.recipients.front().reply.substr(0, 9), "421 4.4.3");
    auto quiet = from("192.0.2.99");
    quiet.ask_dns = false;
    EXPECT_EQ(ask(quiet).outcome, Outcome::accepted);
    EXPECT_EQ(fact_of(find(ask(quiet), Stage::host_access_table), "host").from, "not asked");
}

TEST(Trace, NamesWhatTheGatewayWouldAskAboutTheHost)
{
    const auto fact = [](const Inquiry& inquiry) {
        return fact_of(find(ask(inquiry), Stage::host_access_table), "not_asked").value;
    };
    auto inquiry = from("192.0.2.1");
    EXPECT_EQ(fact(inquiry), "bl.example.org, country");
    inquiry.host.country = "FR";
    EXPECT_EQ(fact(inquiry), "bl.example.org");
    inquiry.host.dns_lists = {"bl.example.org"};
    EXPECT_EQ(fact(inquiry), "");
    EXPECT_EQ(fact(from("192.0.2.10", "private")), "");
}

TEST(Trace, TellsWhereEachParameterComesFrom)
{
    const auto report = ask(from("192.0.2.5"));
    const auto& step = find(report, Stage::mail_flow_policy);
    EXPECT_EQ(fact_of(step, "tls").value, "required");
    EXPECT_EQ(fact_of(step, "tls").from, "policy");
    EXPECT_EQ(fact_of(step, "auth").from, "default");
}

TEST(Trace, EndsWhereTheGreetingRefuses)
{
    const auto report = ask(from("192.0.2.66"));
    EXPECT_EQ(report.outcome, Outcome::refused);
    EXPECT_EQ(report.steps.back().stage, Stage::mail_flow_policy);
    EXPECT_EQ(report.steps.back().reply, "554 5.7.1 No mail from 192.0.2.66");
}

}  // namespace
}  // namespace sealpost::trace
