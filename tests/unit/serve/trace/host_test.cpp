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
    given.given.name = true;
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
    EXPECT_NE(fact_of(find(report, Stage::host_access_table), "problem").value, "");
    auto quiet = from("192.0.2.99");
    quiet.ask_dns = false;
    EXPECT_EQ(ask(quiet).outcome, Outcome::accepted);
    EXPECT_EQ(fact_of(find(ask(quiet), Stage::host_access_table), "host").from, "not asked");
}

// The step about what was asked under this title.
Step question_of(const Report& report, const std::string& title)
{
    const auto at = std::find_if(report.steps.begin(), report.steps.end(),
                                 [&](const auto& each) { return each.stage == Stage::host_facts && each.title == title; });
    EXPECT_NE(at, report.steps.end()) << title;
    return at == report.steps.end() ? Step() : *at;
}

std::string group_met(const Report& report) { return fact_of(find(report, Stage::host_access_table), "sender_group").value; }

TEST(Trace, AsksAboutTheHostWhatTheGatewayAsks)
{
    const auto listed = ask(from("192.0.2.30"));
    EXPECT_EQ(listed.outcome, Outcome::refused);
    EXPECT_EQ(group_met(listed).substr(0, 3), "FAR");
    const auto step = question_of(listed, "DNS list bl.example.org");
    EXPECT_EQ(step.verdict, "listed");
    EXPECT_EQ(step.word, Word::ok);
    EXPECT_EQ(fact_of(step, "asked").value, "30.2.0.192.bl.example.org A");
    EXPECT_EQ(fact_of(step, "answer").value, "127.0.0.2");
    EXPECT_EQ(fact_of(step, "answer").from, "DNS");
    const auto far = ask(from("192.0.2.33"));
    EXPECT_EQ(far.outcome, Outcome::refused);
    EXPECT_EQ(question_of(far, "Country").verdict, "XX");
    EXPECT_EQ(question_of(far, "DNS list bl.example.org").verdict, "not listed");
    EXPECT_EQ(ask(from("192.0.2.1")).outcome, Outcome::accepted);
    const auto inside = stages_of(ask(from("192.0.2.10", "private")));
    EXPECT_EQ(std::count(inside.begin(), inside.end(), Stage::host_facts), 0) << "no group there asks";
}

TEST(Trace, SaysAsWhatAListCountsThatCannotBeAsked)
{
    const auto late = ask(from("192.0.2.31"));
    EXPECT_EQ(late.outcome, Outcome::accepted) << "a list that is down stops no mail";
    auto step = question_of(late, "DNS list bl.example.org");
    EXPECT_EQ(step.word, Word::undecided);
    EXPECT_EQ(step.verdict, "cannot be asked for the moment: counts as not listed");
    EXPECT_NE(fact_of(step, "problem").value, "");
    step = question_of(ask(from("192.0.2.32")), "DNS list bl.example.org");
    EXPECT_EQ(step.word, Word::undecided);
    EXPECT_EQ(step.verdict, "the answer makes no sense: counts as not listed");
    EXPECT_EQ(fact_of(step, "answer").value, "203.0.113.5");
    step = question_of(ask(from("192.0.2.1"), false, hostfacts::Options()), "Country");
    EXPECT_EQ(step.word, Word::skipped);
    EXPECT_EQ(fact_of(step, "problem").value, "the configuration has no [country]");
}

TEST(Trace, TakesWhatIsGivenForTheAnswer)
{
    auto inquiry = from("192.0.2.1");
    inquiry.host.dns_lists = inquiry.given.lists = {"bl.example.org"};
    auto report = ask(inquiry);
    EXPECT_EQ(report.outcome, Outcome::refused);
    EXPECT_EQ(fact_of(question_of(report, "DNS list bl.example.org"), "counts_as").value, "listed");
    EXPECT_EQ(fact_of(question_of(report, "DNS list bl.example.org"), "counts_as").from, "given");
    inquiry = from("192.0.2.30");
    inquiry.given.lists = {"bl.example.org"};
    report = ask(inquiry);
    EXPECT_EQ(report.outcome, Outcome::accepted);
    EXPECT_EQ(question_of(report, "DNS list bl.example.org").verdict, "not listed");
    inquiry = from("192.0.2.33");
    inquiry.given.country = true;
    EXPECT_EQ(ask(inquiry).outcome, Outcome::accepted) << "said to be of no known country";
    inquiry.host.country = "XX";
    EXPECT_EQ(ask(inquiry).outcome, Outcome::refused);
}

TEST(Trace, SaysWhatWasNotAskedWithoutDns)
{
    auto inquiry = from("192.0.2.30");
    inquiry.ask_dns = false;
    const auto report = ask(inquiry);
    EXPECT_EQ(report.outcome, Outcome::accepted);
    for (const auto* title : {"DNS list bl.example.org", "Country"}) {
        EXPECT_EQ(question_of(report, title).word, Word::skipped) << title;
        EXPECT_EQ(fact_of(question_of(report, title), "problem").value, "DNS was not to be asked") << title;
    }
    EXPECT_EQ(question_of(report, "Country").verdict, "not asked: counts as not known");
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
