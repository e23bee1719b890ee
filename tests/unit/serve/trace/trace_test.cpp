#include "serve/trace/trace.hpp"

#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sealpost::trace {
namespace {

constexpr std::string_view zone = R"(
192.0.2.5        PTR out.partner.test
out.partner.test A   192.0.2.5
192.0.2.6        PTR forged.partner.test
forged.partner.test A 192.0.2.200
192.0.2.99       PTR TEMPORARY
partner.test     TXT v=spf1 ip4:192.0.2.5 -all
late.test        MX  TEMPORARY
)";

constexpr std::string_view policy_text = R"(
[[mail_flow_policy]]
name = "TLS"
tls = "required"

[[mail_flow_policy]]
name = "STRICT"
spf_fail = "reject"

[[mail_flow_policy]]
name = "DENY"
behavior = "reject"
reject_text = "No mail from $RemoteIP"

[[mail_flow_policy]]
name = "HOME"
default_domain = "home.test"

[[mail_flow_policy]]
name = "VERIFIED"
sender_dns = "verify"
exception_table = true
spf = "off"

[[mail_flow_policy]]
name = "LATE"
behavior = "reject"
delay_rejection = true
auth = "preferred"

[[sender_group]]
name = "REFUSED_LATE"
listener = "public"
policy = "LATE"
senders = ["192.0.2.22"]

[[sender_group]]
name = "AT_HOME"
listener = "public"
policy = "HOME"
senders = ["192.0.2.20"]

[[sender_group]]
name = "ASKED"
listener = "public"
policy = "VERIFIED"
senders = ["192.0.2.21"]

[[exception]]
address = "vip@partner.test"
action = "allow"

[[sender_group]]
name = "PARTNER"
listener = "public"
policy = "TLS"
senders = ["out.partner.test"]

[[sender_group]]
name = "DENIED"
listener = "public"
policy = "DENY"
senders = ["192.0.2.66"]

[[sender_group]]
name = "JUDGED"
listener = "public"
policy = "STRICT"
senders = ["192.0.2.7"]

[[sender_group]]
name = "FAR"
listener = "public"
policy = "DENY"
senders = ["dnslist[bl.example.org]", "country[XX]"]

[[sender_group]]
name = "IN"
listener = "private"
policy = "RELAYED"
senders = ["192.0.2.10"]

[[recipient]]
address = "acme.test"

[[route]]
domain = "void.test"
hosts = ["/dev/null"]

[[route]]
domain = ".acme.test"
hosts = ["inner.acme.test:2525"]

[[destination]]
domain = "partner.test"
tls = "required_verify"
max_connections = 3

[[encryption_rule]]
name = "partners"
recipient = ["partner.test"]

[[encryption_rule]]
name = "office"
sender = ["world.test"]
recipient = ["example.org"]

[[encryption_rule]]
name = "heads"
header_contains = ["From: @world.test"]
recipient = ["headers.test"]

[[domain_map]]
from = "old.test"
to = "acme.test"

[[alias]]
address = "sales@acme.test"
to = ["ann@acme.test", "bob@partner.test"]

[[alias]]
address = "office@"
to = ["ann@acme.test"]

[[alias]]
address = "nobody@acme.test"
to = ["/dev/null"]

[[masquerade]]
from = "@inner.test"
to = "@world.test"
)";

std::shared_ptr<const policy::Snapshot> snapshot()
{
    auto parsed = policy::parse_document(policy_text, "test");
    EXPECT_TRUE(parsed.document) << config::format_problems(parsed.problems);
    auto compiled = policy::Snapshot::compile(std::move(*parsed.document), {{"public", policy::ListenerKind::public_mail},
                                                                            {"private", policy::ListenerKind::private_mail}});
    EXPECT_TRUE(compiled.snapshot) << config::format_problems(compiled.problems);
    return compiled.snapshot;
}

Report ask(const Inquiry& inquiry, bool verifies_bounces = false)
{
    static const SystemClock clock;
    Parts parts;
    parts.snapshot = snapshot();
    parts.resolver = std::make_shared<dns::CannedResolver>(zone);
    parts.clock = &clock;
    parts.hostname = "mx1.acme.test";
    parts.verifies_bounces = verifies_bounces;
    return async::wait_here(run_trace(std::move(parts), inquiry));
}

Inquiry from(const std::string& ip, const std::string& listener = "public")
{
    Inquiry inquiry;
    inquiry.host.listener = listener;
    inquiry.host.ip = *parse_ip(ip);
    inquiry.helo = "client.test";
    inquiry.mail_from = "carol@partner.test";
    inquiry.rcpt_to = {"alice@acme.test"};
    inquiry.message = "From: carol@partner.test\r\nSubject: Hello\r\n\r\nThe body.\r\n";
    return inquiry;
}

std::vector<Stage> stages_of(const Report& report)
{
    std::vector<Stage> stages;
    for (const auto& step : report.steps) stages.push_back(step.stage);
    return stages;
}

const Step& find(const Report& report, Stage stage)
{
    const auto at = std::find_if(report.steps.begin(), report.steps.end(), [&](const auto& each) { return each.stage == stage; });
    EXPECT_NE(at, report.steps.end());
    return at == report.steps.end() ? report.steps.front() : *at;
}

Fact fact_of(const Step& step, const std::string& name)
{
    const auto at = std::find_if(step.facts.begin(), step.facts.end(), [&](const auto& each) { return each.name == name; });
    return at == step.facts.end() ? Fact() : *at;
}

TEST(Trace, WalksThroughTheStagesInTheirOrder)
{
    const auto report = ask(from("192.0.2.1"));
    EXPECT_EQ(report.outcome, Outcome::accepted);
    auto stages = stages_of(report);
    EXPECT_TRUE(std::is_sorted(stages.begin(), stages.end()));
    for (const auto stage : {Stage::host_access_table, Stage::mail_flow_policy, Stage::envelope_sender, Stage::recipient,
                             Stage::authentication, Stage::encryption, Stage::route, Stage::destination})
        EXPECT_EQ(std::count(stages.begin(), stages.end(), stage), 1) << format_stage(stage);
}

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

TEST(Trace, TellsWhatDecidedAboutEncryptionAndTheWay)
{
    auto inquiry = from("192.0.2.10", "private");
    inquiry.rcpt_to = {"bob@partner.test", "x@void.test", "y@lists.acme.test"};
    const auto report = ask(inquiry);
    const auto& sealed = find(report, Stage::encryption);
    EXPECT_EQ(fact_of(sealed, "action").value, "seal");
    EXPECT_EQ(fact_of(sealed, "action").from, "rule partners");
    EXPECT_EQ(fact_of(sealed, "profile").value, "default");
    EXPECT_EQ(fact_of(sealed, "expires_after").value, "ten years");
    const auto& destination = find(report, Stage::destination);
    EXPECT_EQ(fact_of(destination, "tls").value, "required_verify");
    EXPECT_EQ(fact_of(destination, "max_connections").value, "3");
    EXPECT_EQ(fact_of(destination, "bounce_profile").value, "default");
    std::vector<std::string> routes;
    for (const auto& step : report.steps)
        if (step.stage == Stage::route) routes.push_back(fact_of(step, "hosts").value);
    ASSERT_EQ(routes.size(), 3U);
    EXPECT_EQ(routes[0], "the MX records of partner.test");
    EXPECT_EQ(routes[1], "/dev/null");
    EXPECT_FALSE(report.recipients.at(0).is_discarded);
    EXPECT_TRUE(report.recipients.at(1).is_discarded);
    EXPECT_EQ(routes[2].substr(0, 20), "inner.acme.test:2525");
    // A header counts more than a rule.
    inquiry.message = "X-Sealpost-Seal: no\r\n" + inquiry.message;
    EXPECT_EQ(fact_of(find(ask(inquiry), Stage::encryption), "action").from, "header X-Sealpost-Seal");
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

TEST(Trace, LeavesStrangersOfTheNameOfARoleAlone)
{
    const auto way_of = [](const std::string& recipient) {
        auto inquiry = from("192.0.2.10", "private");
        inquiry.rcpt_to = {recipient};
        return find(ask(inquiry), Stage::route).title;
    };
    EXPECT_EQ(way_of("office@acme.test"), "Route for ann@acme.test");
    EXPECT_EQ(way_of("office@partner.test"), "Route for office@partner.test");
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

TEST(Trace, PrintsTheJsonOfTheSpecification)
{
    const auto object = to_json(ask(from("192.0.2.66")));
    EXPECT_EQ(object.at("outcome"), "refused");
    const auto& steps = object.at("steps").as_array();
    EXPECT_EQ(steps.at(0).at("stage"), "host_access_table");
    EXPECT_EQ(steps.at(1).at("reply"), "554 5.7.1 No mail from 192.0.2.66");
    EXPECT_EQ(steps.at(1).at("facts").at(0).at("name"), "behavior");
    EXPECT_EQ(object.at("recipients").at(0).at("address"), "alice@acme.test");
    EXPECT_EQ(object.at("recipients").at(0).at("outcome"), "refused");
}

}  // namespace
}  // namespace sealpost::trace
