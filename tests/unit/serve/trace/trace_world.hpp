// What traces of tests are asked about: names, a policy, and a way to ask and to look at the answer.
#pragma once

#include "serve/trace/trace.hpp"

#include "core/policy/compiled.hpp"
#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sealpost::trace {

inline constexpr std::string_view zone = R"(
192.0.2.5        PTR out.partner.test
out.partner.test A   192.0.2.5
192.0.2.6        PTR forged.partner.test
forged.partner.test A 192.0.2.200
192.0.2.99       PTR TEMPORARY
partner.test     TXT v=spf1 ip4:192.0.2.5 -all
late.test        MX  TEMPORARY
30.2.0.192.bl.example.org A   127.0.0.2
31.2.0.192.bl.example.org A   TEMPORARY
32.2.0.192.bl.example.org A   203.0.113.5
33.2.0.192.cc.example.org TXT xx
)";

inline constexpr std::string_view policy_text = R"(
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

inline std::shared_ptr<const policy::Snapshot> snapshot() { return policy::compile(policy_text); }

// Who tells countries, unless the test says otherwise; nobody tells scores.
inline hostfacts::Options ask_countries()
{
    hostfacts::Options options;
    options.country = hostfacts::FactSource{{}, "cc.example.org"};
    return options;
}

inline Report ask(const Inquiry& inquiry, bool verifies_bounces = false, hostfacts::Options hosts = ask_countries())
{
    static const SystemClock clock;
    Parts parts;
    parts.snapshot = snapshot();
    parts.resolver = std::make_shared<dns::CannedResolver>(zone);
    parts.asker = std::make_shared<hostfacts::Asker>(parts.resolver, std::move(hosts));
    parts.clock = &clock;
    parts.hostname = "mx1.acme.test";
    parts.verifies_bounces = verifies_bounces;
    return async::wait_here(run_trace(std::move(parts), inquiry));
}

inline Inquiry from(const std::string& ip, const std::string& listener = "public")
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

inline std::vector<Stage> stages_of(const Report& report)
{
    std::vector<Stage> stages;
    for (const auto& step : report.steps) stages.push_back(step.stage);
    return stages;
}

inline const Step& find(const Report& report, Stage stage)
{
    const auto at = std::find_if(report.steps.begin(), report.steps.end(), [&](const auto& each) { return each.stage == stage; });
    EXPECT_NE(at, report.steps.end());
    return at == report.steps.end() ? report.steps.front() : *at;
}

inline Fact fact_of(const Step& step, const std::string& name)
{
    const auto at = std::find_if(step.facts.begin(), step.facts.end(), [&](const auto& each) { return each.name == name; });
    return at == step.facts.end() ? Fact() : *at;
}

}  // namespace sealpost::trace
