#include "serve/doctor/doctor.hpp"

#include "core/policy/compiled.hpp"
#include "sys/async/wait.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <boost/json/serialize.hpp>

namespace sealpost::doctor {
namespace {

using testing::HasSubstr;

const std::string healthy_zone =
    "acme.test MX 10 mx.acme.test\n"
    "mx.acme.test A 192.0.2.1\n"
    "acme.test TXT v=spf1 include:keys.test -all\n"
    "keys.test TXT v=spf1 ip4:198.51.100.7 -all\n"
    "keys.test MX 10 out.keys.test\n"
    "out.keys.test A 198.51.100.7\n"
    "7.100.51.198.in-addr.arpa PTR out.keys.test\n"
    "_dmarc.acme.test TXT v=DMARC1; p=reject\n"
    "_smtp._tls.acme.test TXT v=TLSRPTv1; rua=mailto:tls@acme.test\n";

tlstest::DomainTestResult one_host(route::TlsVerdict verdict)
{
    tlstest::DomainTestResult result;
    result.domain = "acme.test";
    tlstest::HostResult host;
    host.mx = "mx.acme.test";
    host.preference = 10;
    host.address = "192.0.2.1";
    host.verdict = verdict;
    host.protocol = "TLSv1.3";
    result.hosts.push_back(std::move(host));
    return result;
}

Task<tlstest::DomainTestResult> answer(tlstest::DomainTestResult result) { co_return result; }

Examination examine_acme(const std::string& zone, tlstest::DomainTestResult result, std::string policy = "",
                         std::string include = "keys.test")
{
    Parts parts;
    parts.resolver = std::make_shared<dns::CannedResolver>(zone);
    parts.test = [result](std::string) { return answer(result); };
    parts.include = std::move(include);
    if (!policy.empty()) {
        parts.listeners = {{"public", config::ListenerKind::public_mail}};
        parts.snapshot = policy::compile(policy);
    }
    return async::wait_here(examine(std::move(parts), "acme.test", Deadline::after(std::chrono::seconds(20))));
}

// The states of a section, in order.
std::vector<State> states_of(const Examination& examination, Section section)
{
    std::vector<State> states;
    for (const Finding& finding : examination.findings)
        if (finding.section == section) states.push_back(finding.state);
    return states;
}

const std::string hat = R"(
[[recipient]]
listener = "public"
address = "acme.test"
action = "accept"
[[mail_flow_policy]]
name = "TLS_REQUIRED"
behavior = "accept"
tls = "required"
[[sender_group]]
name = "KEYS"
listener = "public"
order = 1
policy = "TLS_REQUIRED"
senders = ["198.51.100.7"]
)";

TEST(Doctor, FindsAHealthyDomainHealthy)
{
    const auto examination = examine_acme(healthy_zone, one_host(route::TlsVerdict::ok), hat);
    EXPECT_TRUE(examination.is_healthy()) << format_text(examination, Language::en);
    EXPECT_EQ(states_of(examination, Section::tls), std::vector{State::good});
    EXPECT_EQ(states_of(examination, Section::dmarc), std::vector{State::good});
    EXPECT_EQ(states_of(examination, Section::hat), std::vector{State::good});
    EXPECT_EQ(states_of(examination, Section::tls_reports), std::vector{State::good});
}

Examination examine_plainly(const std::string& zone, const std::string& domain, std::vector<Selector> selectors = {})
{
    Parts parts;
    parts.resolver = std::make_shared<dns::CannedResolver>(zone);
    parts.test = [](std::string) { return answer(one_host(route::TlsVerdict::ok)); };
    parts.selectors = std::move(selectors);
    return async::wait_here(examine(std::move(parts), domain, Deadline::after(std::chrono::seconds(20))));
}

TEST(Doctor, TellsASubdomainThePolicyThatCountsForIt)
{
    const auto policy_of = [](const std::string& tags, const std::string& domain) {
        const auto examination = examine_plainly("_dmarc.acme.test TXT v=DMARC1; " + tags + "\n", domain);
        const auto states = states_of(examination, Section::dmarc);
        return std::string(examination.sections.at("dmarc").at("policy").as_string()) +
               (states.at(0) == State::good ? " good" : " note");
    };
    EXPECT_EQ(policy_of("p=reject; sp=none", "mail.acme.test"), "none note");
    EXPECT_EQ(policy_of("p=reject; sp=none", "acme.test"), "reject good");
    EXPECT_EQ(policy_of("p=none; sp=reject", "mail.acme.test"), "reject good");
    EXPECT_EQ(policy_of("p=reject", "mail.acme.test"), "reject good");
    const auto below = examine_plainly("_dmarc.acme.test TXT v=DMARC1; p=reject; sp=none\n", "mail.acme.test");
    EXPECT_THAT(format_text(below, Language::en), HasSubstr("asks for sp=none"));
    EXPECT_THAT(format_text(below, Language::fr), HasSubstr("demande sp=none"));
}

TEST(Doctor, NamesTheRecordOfAKeyThatIsNotPublished)
{
    const auto examination = examine_plainly("acme.test A 192.0.2.1\n", "acme.test", {{"acme.test", "s1"}});
    EXPECT_EQ(states_of(examination, Section::dkim), std::vector{State::bad});
    for (const auto language : {Language::en, Language::fr})
        EXPECT_THAT(format_text(examination, language), HasSubstr("`sealpost --format json dkim check`"));
}

TEST(Doctor, SpeaksFrenchAboutWhatIsWrongWithinARecord)
{
    const std::string zone =
        "_dmarc.acme.test TXT v=DMARC1; p=reject; pct=x\n_smtp._tls.acme.test TXT v=TLSRPTv1; rua=mailto:t@acme.test,ftp:x\n";
    auto result = one_host(route::TlsVerdict::ok);
    result.hosts[0].notes.emplace_back("proven by a TLSA record (DANE-EE)");
    const auto examination = examine_acme(zone, result, "", "");
    int count = 0;
    for (const auto& finding : examination.findings) {
        const bool is_within =
            (finding.section == Section::dmarc || finding.section == Section::tls_reports) && finding.state == State::warn;
        if (!is_within && !(finding.section == Section::tls && finding.state == State::note)) continue;
        ++count;
        EXPECT_NE(finding.what.en, finding.what.fr);
    }
    EXPECT_EQ(count, 3);
}

TEST(Doctor, SaysThatTheTableOfAnInnerGatewaySeesOnlyTheOneInFront)
{
    const auto notes = [](std::string hostname, std::string address) {
        Parts parts;
        parts.resolver = std::make_shared<dns::CannedResolver>(healthy_zone);
        parts.test = [](std::string) { return answer(one_host(route::TlsVerdict::ok)); };
        parts.include = "keys.test";
        parts.listeners = {{"public", config::ListenerKind::public_mail}};
        parts.snapshot = policy::compile(hat);
        parts.hostname = std::move(hostname);
        parts.own_addresses = {*parse_ip(address)};
        const auto examination =
            async::wait_here(examine(std::move(parts), "acme.test", Deadline::after(std::chrono::seconds(20))));
        EXPECT_TRUE(examination.is_healthy()) << "it is no fault";
        return std::ranges::count(states_of(examination, Section::hat), State::note);
    };
    EXPECT_EQ(notes("inner.acme.test", "10.0.0.7"), 1);
    EXPECT_EQ(notes("MX.acme.test", "10.0.0.7"), 0) << "by its name";
    EXPECT_EQ(notes("gateway.acme.test", "192.0.2.1"), 0) << "by its address";
}

TEST(Doctor, NamesTheHostThatIsNotOkAndWhatMendsIt)
{
    const auto examination = examine_acme(healthy_zone, one_host(route::TlsVerdict::missing_intermediate));
    EXPECT_FALSE(examination.is_healthy());
    EXPECT_FALSE(examination.could_not_tell());
    EXPECT_EQ(states_of(examination, Section::tls), std::vector{State::bad});
    const std::string text = format_text(examination, Language::fr);
    EXPECT_THAT(text, HasSubstr("mx.acme.test 192.0.2.1"));
    EXPECT_THAT(text, HasSubstr("À faire"));
}

TEST(Doctor, CannotTellWhenOnlyTheNetworkStandsInTheWay)
{
    const auto examination = examine_acme(healthy_zone, one_host(route::TlsVerdict::unreachable));
    EXPECT_FALSE(examination.is_healthy());
    EXPECT_TRUE(examination.could_not_tell());
}

TEST(Doctor, CountsAHostWithoutAnAddressAsAFault)
{
    auto result = one_host(route::TlsVerdict::unreachable);
    result.hosts[0].address.clear();
    const auto examination = examine_acme(healthy_zone, result);
    EXPECT_EQ(states_of(examination, Section::mx), std::vector{State::bad});
    EXPECT_FALSE(examination.could_not_tell());
}

tlstest::DomainTestResult with_policy(route::StsPolicy::Mode mode, std::vector<std::string> uncovered)
{
    auto result = one_host(route::TlsVerdict::ok);
    result.mta_sts.status = uncovered.empty() ? tlstest::StsReport::Status::ok : tlstest::StsReport::Status::problem;
    result.mta_sts.policy.emplace();
    result.mta_sts.policy->mode = mode;
    result.mta_sts.forbids = mode == route::StsPolicy::Mode::enforce && !uncovered.empty();
    result.mta_sts.uncovered = std::move(uncovered);
    return result;
}

TEST(Doctor, FindsADomainUnwellWhosePolicyForbidsItsOwnHost)
{
    const auto forbids = with_policy(route::StsPolicy::Mode::enforce, {"mx.acme.test"});
    const auto examination = examine_acme(healthy_zone, forbids);
    EXPECT_EQ(states_of(examination, Section::tls), (std::vector{State::good, State::bad}));
    EXPECT_EQ(examination.is_healthy(), forbids.ready());
    EXPECT_THAT(format_text(examination, Language::en), HasSubstr("List in the MTA-STS policy: mx.acme.test"));
    EXPECT_THAT(format_text(examination, Language::fr), HasSubstr("Listez dans la politique MTA-STS : mx.acme.test"));
}

TEST(Doctor, WarnsOfAPolicyThatIsNotWhatItShouldBe)
{
    const auto tested = examine_acme(healthy_zone, with_policy(route::StsPolicy::Mode::testing, {"mx.acme.test"}));
    EXPECT_EQ(states_of(tested, Section::tls), (std::vector{State::good, State::warn}));
    EXPECT_TRUE(tested.is_healthy());
    auto broken = one_host(route::TlsVerdict::ok);
    broken.mta_sts.status = tlstest::StsReport::Status::problem;
    broken.mta_sts.problem = "the policy host answers 404";
    EXPECT_EQ(states_of(examine_acme(healthy_zone, broken), Section::tls), (std::vector{State::good, State::warn}));
    const auto fine = examine_acme(healthy_zone, with_policy(route::StsPolicy::Mode::enforce, {}));
    EXPECT_EQ(states_of(fine, Section::tls), (std::vector{State::good, State::good}));
}

TEST(Doctor, WarnsOfTlsaRecordsThatCannotBeUsed)
{
    auto result = one_host(route::TlsVerdict::ok);
    result.dane.hosts.push_back({"mx.acme.test", {"1 1 1 ab12"}, tlstest::DaneHost::Verdict::unusable});
    const auto examination = examine_acme(healthy_zone, result);
    EXPECT_EQ(states_of(examination, Section::tls), (std::vector{State::good, State::warn}));
    EXPECT_EQ(examination.is_healthy(), result.ready());
}

TEST(Doctor, IsAsUnsureAsTheTestOfTls)
{
    auto result = one_host(route::TlsVerdict::ok);
    result.problem = tlstest::DomainProblem::dns_failure;
    EXPECT_TRUE(examine_acme(healthy_zone, result).could_not_tell());
    EXPECT_TRUE(result.could_not_tell());
    tlstest::HostResult lost;
    lost.mx = "mx2.acme.test";
    result.hosts.push_back(std::move(lost));
    EXPECT_FALSE(examine_acme(healthy_zone, result).could_not_tell()) << "a host without an address is known to be wrong";
    EXPECT_FALSE(result.could_not_tell());
}

TEST(Doctor, FindsARecordForReportsThatDoesNotCount)
{
    auto zone = healthy_zone;
    zone.replace(zone.find("v=TLSRPTv1; rua=mailto:tls@acme.test"), 36, "v=TLSRPTv1; rue=mailto:tls@acme.test");
    const auto examination = examine_acme(zone, one_host(route::TlsVerdict::ok));
    EXPECT_EQ(states_of(examination, Section::tls_reports), std::vector{State::bad});
    EXPECT_THAT(format_text(examination, Language::en), HasSubstr("no rua="));
}

TEST(Doctor, ShowsTheRecordThatLetsTheServiceSend)
{
    const std::string zone =
        "acme.test MX 10 mx.acme.test\nmx.acme.test A 192.0.2.1\nacme.test TXT v=spf1 mx -all\n"
        "keys.test TXT v=spf1 ip4:198.51.100.7 -all\n";
    const auto examination = examine_acme(zone, one_host(route::TlsVerdict::ok));
    EXPECT_THAT(format_text(examination, Language::en), HasSubstr("Publish v=spf1"));
    EXPECT_THAT(format_text(examination, Language::en), HasSubstr("include:keys.test"));
}

TEST(Doctor, SaysWithWhichWordsTheAdviceIsAskedFor)
{
    const auto examination =
        examine_acme("acme.test MX 10 mx.acme.test\nmx.acme.test A 192.0.2.1\n", one_host(route::TlsVerdict::ok), "", "");
    EXPECT_THAT(format_text(examination, Language::en), HasSubstr("sealpost spf advise acme.test --include SERVICE"));
    EXPECT_THAT(format_text(examination, Language::fr), HasSubstr("sealpost spf advise acme.test --include SERVICE"));
}

TEST(Doctor, WarnsOfAServiceHostThatMeetsNoTlsRequired)
{
    const std::string other = std::string(hat).replace(hat.find("198.51.100.7"), 12, "198.51.100.9");
    const auto examination = examine_acme(healthy_zone, one_host(route::TlsVerdict::ok), other);
    EXPECT_EQ(states_of(examination, Section::hat), std::vector{State::warn});
}

TEST(Doctor, WarnsOfAServiceThatMayRelay)
{
    const std::string relaying = std::string(hat).replace(hat.find("behavior = \"accept\""), 19, "behavior = \"relay\"");
    const auto examination = examine_acme(healthy_zone, one_host(route::TlsVerdict::ok), relaying);
    EXPECT_EQ(states_of(examination, Section::hat), std::vector{State::warn});
    EXPECT_THAT(format_text(examination, Language::en), HasSubstr("which relays"));
    EXPECT_THAT(format_text(examination, Language::fr), HasSubstr("qui relaie"));
}

TEST(Doctor, SaysThatAnotherNodesTableCounts)
{
    const std::string other = std::string(hat).replace(hat.find("acme.test"), 9, "else.test");
    const auto examination = examine_acme(healthy_zone, one_host(route::TlsVerdict::ok), other);
    EXPECT_EQ(states_of(examination, Section::hat), std::vector{State::note});
}

std::string with_lists(const std::string& senders)
{
    return hat + "[[sender_group]]\nname = \"LISTED\"\nlistener = \"public\"\norder = 2\npolicy = \"BLOCKED\"\nsenders = [" +
           senders + "]\n";
}

TEST(Doctor, AsksDnsListsForTheirTestEntries)
{
    const auto good = examine_acme(healthy_zone + "2.0.0.127.bl.test A 127.0.0.2\n", one_host(route::TlsVerdict::ok),
                                   with_lists("\"dnslist[bl.test]\", \"dnslist[BL.test]\""));
    EXPECT_TRUE(good.is_healthy()) << format_text(good, Language::en);
    EXPECT_EQ(states_of(good, Section::dns_lists), std::vector{State::good});
    EXPECT_EQ(boost::json::serialize(good.sections.at("dns_lists")),
              R"({"lists":[{"zone":"bl.test","state":"works","records":["127.0.0.2"]}]})");
    const auto of_v6 =
        examine_acme(healthy_zone + "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.v6.test A 127.0.0.2\n",
                     one_host(route::TlsVerdict::ok), with_lists("\"dnslist[v6.test]\""));
    EXPECT_EQ(states_of(of_v6, Section::dns_lists), std::vector{State::good});
}

TEST(Doctor, WarnsOfDnsListsThatAreNone)
{
    struct Case {
        std::string zone;
        State state;
        std::string english, french;
    };
    const Case cases[] = {
        {"2.0.0.127.bl.test A 127.0.0.2\n1.0.0.127.bl.test A 127.0.0.2\n", State::bad, "whoever connects",
         "quiconque se connecte"},
        {"2.0.0.127.bl.test A 127.255.255.254\n", State::warn, "refuses to answer", "refuse de répondre"},
        {"2.0.0.127.bl.test A 203.0.113.5\n1.0.0.127.bl.test A 203.0.113.5\n", State::warn, "another owner",
         "changé de propriétaire"},
        {"other.test A 192.0.2.1\n", State::warn, "has no test entry", "pas d'entrée de test"},
        {"2.0.0.127.bl.test A TEMPORARY\n", State::unknown, "does not answer", "ne répond pas"},
    };
    for (const auto& each : cases) {
        const auto examination =
            examine_acme(healthy_zone + each.zone, one_host(route::TlsVerdict::ok), with_lists("\"dnslist[bl.test]\""));
        EXPECT_EQ(states_of(examination, Section::dns_lists), std::vector{each.state}) << each.zone;
        EXPECT_THAT(format_text(examination, Language::en), HasSubstr(each.english)) << each.zone;
        EXPECT_THAT(format_text(examination, Language::fr), HasSubstr(each.french)) << each.zone;
    }
}

TEST(Doctor, AsksNoDnsListOfATableThatDoesNotCount)
{
    const auto none = examine_acme(healthy_zone, one_host(route::TlsVerdict::ok), hat);
    EXPECT_FALSE(none.sections.contains("dns_lists"));
    const auto lists = with_lists("\"dnslist[bl.test]\"");
    const auto other = std::string(lists).replace(lists.find("acme.test"), 9, "else.test");
    EXPECT_FALSE(examine_acme(healthy_zone, one_host(route::TlsVerdict::ok), other).sections.contains("dns_lists"));
}

TEST(Doctor, SpeaksInJsonAsItsSpecificationSays)
{
    const auto object = to_json(examine_acme(healthy_zone, one_host(route::TlsVerdict::ok)), Language::en);
    EXPECT_EQ(object.at("domain").as_string(), "acme.test");
    EXPECT_TRUE(object.at("healthy").as_bool());
    for (const auto& finding : object.at("findings").as_array())
        for (const char* member : {"section", "about", "state", "what", "fix"})
            EXPECT_TRUE(finding.as_object().contains(member)) << member;
    for (const char* section : {"mx", "tls", "spf", "dkim", "dmarc", "tls_reports"})
        EXPECT_TRUE(object.at("sections").as_object().contains(section)) << section;
}

}  // namespace
}  // namespace sealpost::doctor
