// Where the domain's mail goes, and the TLS of each host there.
#include "base/text.hpp"
#include "serve/doctor/sections.hpp"

#include <boost/json/array.hpp>

namespace sealpost::doctor {
namespace {

namespace json = boost::json;
using tlstest::DomainProblem;
using tlstest::DomainTestResult;
using tlstest::HostResult;

void find_mail_hosts(Round& round, const DomainTestResult& result)
{
    switch (result.problem) {
        case DomainProblem::none: break;
        case DomainProblem::null_mx:
            round.find(
                Section::mx, "", State::note,
                {"the domain says that it takes no mail (null MX)", "le domaine dit ne pas recevoir de courrier (MX nul)"});
            return;
        case DomainProblem::no_mail_host:
            round.find(Section::mx, "", State::bad,
                       {"no host takes mail for the domain: " + result.problem_detail,
                        "aucun hôte ne reçoit le courrier du domaine : " + result.problem_detail},
                       {"Publish an MX record that names a host with an address.",
                        "Publiez un enregistrement MX qui nomme un hôte ayant une adresse."});
            return;
        case DomainProblem::dns_failure:
            round.find(Section::mx, "", State::unknown,
                       {"DNS did not answer: " + result.problem_detail, "le DNS n'a pas répondu : " + result.problem_detail},
                       {"Try again; if it stays, look at the domain's name servers.",
                        "Réessayez ; si cela persiste, examinez les serveurs de noms du domaine."});
            break;  // what was found may speak against the domain all the same
    }
    std::size_t addresses = 0;
    for (const HostResult& host : result.hosts) {
        if (!host.address.empty()) ++addresses;
        if (host.address.empty())
            round.find(Section::mx, host.mx, State::bad,
                       {"the MX record names it, and it has no address", "l'enregistrement MX le nomme, et il n'a pas d'adresse"},
                       {"Give the host an address, or name another one in the MX record.",
                        "Donnez une adresse à l'hôte, ou nommez-en un autre dans l'enregistrement MX."});
    }
    if (addresses == 0) return;
    const std::string count = std::to_string(addresses);
    round.find(Section::mx, "", State::good,
               {"mail goes to " + count + (addresses == 1 ? " address" : " addresses"),
                "le courrier va à " + count + (addresses == 1 ? " adresse" : " adresses")});
}

State state_for(route::TlsVerdict verdict)
{
    if (verdict == route::TlsVerdict::ok) return State::good;
    return verdict == route::TlsVerdict::unreachable ? State::unknown : State::bad;
}

std::string about(const HostResult& host) { return host.address.empty() ? host.mx : host.mx + " " + host.address; }

void judge_host(Round& round, const HostResult& host)
{
    const auto said = [&](Language language) {
        if (!host.was_asked || host.is_left_out) return host.detail;
        std::string text(route::explain_verdict(host.verdict, language));
        if (host.verdict == route::TlsVerdict::ok) return text.empty() ? host.protocol : text + ", " + host.protocol;
        return text.empty() ? host.detail : host.detail.empty() ? text : text + ": " + host.detail;
    };
    round.find(Section::tls, about(host), state_for(host.verdict), {said(Language::en), said(Language::fr)},
               tlstest::fix_of(host));
    for (const std::string& note : host.notes) round.find(Section::tls, about(host), State::note, {note, "à noter : " + note});
}

// What a certificate does not show. A host that DANE proves or refutes is told of as a host.
void judge_dane(Round& round, const tlstest::DaneFinding& dane)
{
    for (const auto& host : dane.hosts) {
        if (host.verdict != tlstest::DaneHost::Verdict::unusable) continue;
        round.find(Section::tls, host.mx, State::warn,
                   {"none of its TLSA records can be used: senders insist on TLS, and nothing is proven",
                    "aucun de ses enregistrements TLSA n'est utilisable : les expéditeurs exigent TLS, et rien n'est prouvé"},
                   tlstest::fix_of(host));
    }
}

void judge_uncovered(Round& round, const tlstest::StsReport& policy)
{
    const std::string hosts = join(policy.uncovered, ", ");
    const Words fix = tlstest::fix_of(policy);
    if (policy.forbids)
        round.find(Section::tls, "MTA-STS", State::bad,
                   {"the policy is enforced and does not list " + hosts + ": senders that follow it do not deliver there",
                    "la politique est appliquée et ne liste pas " + hosts + " : qui la suit n'y remet aucun courrier"},
                   fix);
    else
        round.find(Section::tls, "MTA-STS", State::warn,
                   {"the policy does not list " + hosts, "la politique ne liste pas " + hosts}, fix);
}

// That DNS did not tell whether there is one is said under mx.
void judge_policy(Round& round, const tlstest::StsReport& policy)
{
    using Status = tlstest::StsReport::Status;
    if (policy.status == Status::none || policy.could_not_tell) return;
    if (!policy.uncovered.empty()) return judge_uncovered(round, policy);
    if (policy.status == Status::problem) {
        round.find(Section::tls, "MTA-STS", State::warn,
                   {"the policy cannot be had: " + policy.problem, "la politique est indisponible : " + policy.problem},
                   tlstest::fix_of(policy));
        return;
    }
    const std::string mode(route::format_sts_mode(policy.policy ? policy.policy->mode : route::StsPolicy::Mode::none));
    const bool asks = policy.policy && policy.policy->mode != route::StsPolicy::Mode::none;
    round.find(Section::tls, "MTA-STS", asks ? State::good : State::note,
               {"a policy is published, mode " + mode, "une politique est publiée, mode " + mode});
}

json::array list_hosts(const DomainTestResult& result)
{
    json::array hosts;
    for (const HostResult& host : result.hosts) {
        json::object object;
        object["mx"] = host.mx;
        object["preference"] = host.preference;
        object["address"] = host.address.empty() ? json::value(nullptr) : json::value(host.address);
        hosts.emplace_back(std::move(object));
    }
    return hosts;
}

}  // namespace

Task<void> look_at_hosts(Round& round)
{
    auto result = co_await round.parts.test(round.examination.domain);
    find_mail_hosts(round, result);
    for (const HostResult& host : result.hosts)
        if (!host.address.empty()) judge_host(round, host);
    judge_dane(round, result.dane);
    judge_policy(round, result.mta_sts);
    round.examination.sections["mx"] = json::object{{"hosts", list_hosts(result)}};
    round.examination.sections["tls"] = tlstest::to_json(result);
}

}  // namespace sealpost::doctor
