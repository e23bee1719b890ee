// Whether the host access table takes each host of the envelope service into a group that requires TLS
// (source facts, steps 2 to 5).
#include "serve/authcheck/report.hpp"
#include "serve/doctor/sections.hpp"
#include "sys/dns/verify_host.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace sealpost::doctor {
namespace {

namespace json = boost::json;

constexpr std::size_t max_hosts = 64;

// The addresses that the service sends from, as far as they are known: those it names, and its mail hosts'.
Task<std::vector<IpAddress>> find_senders(Round& round)
{
    std::vector<IpAddress> senders = round.parts.send_addresses;
    const auto add = [&](const IpAddress& address) {
        const bool is_known = std::find(senders.begin(), senders.end(), address) != senders.end();
        if (!is_known && senders.size() < max_hosts) senders.push_back(address);
    };
    const auto found = co_await route::find_mail_hosts(*round.parts.resolver, round.parts.include, round.deadline);
    for (const auto& host : found.hosts) {
        const auto addresses = co_await dns::find_addresses(*round.parts.resolver, host.name, round.deadline);
        for (const auto& address : addresses.addresses) add(address);
    }
    co_return senders;
}

Finding judge(const policy::ConnectionVerdict& verdict, std::string about)
{
    Finding finding;
    finding.section = Section::hat;
    finding.about = std::move(about);
    const std::string& group = verdict.sender_group;
    const Words add{"Put the service's hosts into a sender group of order 1 whose policy has TLS required.",
                    "Placez les hôtes du service dans un groupe d'expéditeurs d'ordre 1 dont la règle impose TLS."};
    if (verdict.undecided) {
        finding.state = State::unknown;
        finding.what = {"its name is not known for the moment, and " + verdict.undecided_group + " could have matched",
                        "son nom est inconnu pour l'instant, et " + verdict.undecided_group + " aurait pu convenir"};
    } else if (verdict.behavior == policy::Behavior::reject || verdict.behavior == policy::Behavior::refuse) {
        finding.state = State::bad;
        finding.what = {"is refused by the group " + group, "est refusé par le groupe " + group};
        finding.fix = add;
    } else if (verdict.behavior == policy::Behavior::relay) {
        finding.state = State::warn;
        finding.what = {
            "meets the group " + group + ", which relays: it may send to anybody through this gateway",
            "rencontre le groupe " + group + ", qui relaie : il peut envoyer à n'importe qui à travers cette passerelle"};
        finding.fix = add;
    } else if (verdict.parameters->tls == policy::TlsMode::required) {
        finding.state = State::good;
        finding.what = {"meets the group " + group + ", with TLS required", "rencontre le groupe " + group + ", TLS obligatoire"};
    } else {
        finding.state = State::warn;
        finding.what = {"meets the group " + group + ", whose policy does not require TLS",
                        "rencontre le groupe " + group + ", dont la règle n'impose pas TLS"};
        finding.fix = add;
    }
    return finding;
}

Task<json::value> look_at_sender(Round& round, IpAddress address)
{
    const auto host = co_await dns::verify_host(*round.parts.resolver, address, round.deadline);
    policy::ConnectionFacts facts;
    facts.ip = address;
    authcheck::take_host(facts, host);
    const std::string name = facts.host.empty() ? "" : " " + facts.host;
    json::array met;
    for (const auto& listener : round.parts.listeners) {
        if (listener.kind != config::ListenerKind::public_mail) continue;
        facts.listener = listener.name;
        const auto verdict = round.parts.snapshot->decide_connection(facts);
        round.examination.findings.push_back(judge(verdict, format_ip(address) + name + " (" + listener.name + ")"));
        met.emplace_back(json::object{{"listener", listener.name},
                                      {"sender_group", verdict.sender_group},
                                      {"policy", verdict.policy},
                                      {"tls", policy::format_tls_mode(verdict.parameters->tls)}});
    }
    co_return json::object{{"address", format_ip(address)},
                           {"host", name.empty() ? json::value(nullptr) : json::value(facts.host)},
                           {"host_state", policy::format_host_state(facts.host_state)},
                           {"met", std::move(met)}};
}

}  // namespace

Task<void> look_at_hat(Round& round)
{
    const auto& parts = round.parts;
    if (!parts.snapshot || parts.include.empty()) co_return;
    if (!parts.snapshot->is_own_domain(round.examination.domain)) {
        round.find(Section::hat, "", State::note,
                   {"this node takes no mail for the domain: its host access table is not the one that counts",
                    "ce nœud ne reçoit pas le courrier du domaine : sa table d'accès n'est pas celle qui compte"});
        co_return;
    }
    const auto senders = co_await find_senders(round);
    if (senders.empty())
        round.find(Section::hat, parts.include, State::unknown,
                   {"no address of the service is known", "aucune adresse du service n'est connue"},
                   {"Name its mail domain with --include.", "Nommez son domaine de messagerie avec --include."});
    json::array hosts;
    for (const auto& sender : senders) {
        auto seen = co_await look_at_sender(round, sender);
        hosts.push_back(std::move(seen));
    }
    round.examination.sections["hat"] = json::object{{"service", parts.include}, {"hosts", std::move(hosts)}};
}

}  // namespace sealpost::doctor
