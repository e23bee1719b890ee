// Whether the host access table takes each host of the envelope service into a group that requires TLS
// (source facts, steps 2 to 5).
#include "base/text.hpp"
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

// Whether one of the domain's mail hosts is this gateway, by its name or an address. Absent: nobody knows.
Task<std::optional<bool>> is_mail_host(Round& round, std::string domain)
{
    const auto& parts = round.parts;
    if (parts.hostname.empty() || parts.own_addresses.empty()) co_return std::nullopt;
    const auto found = co_await route::find_mail_hosts(*parts.resolver, std::move(domain), round.deadline);
    if (!found.has_hosts()) co_return std::nullopt;
    bool knows_all = true;
    for (const auto& host : found.hosts) {
        if (iequals(host.name, parts.hostname)) co_return true;
        const auto addresses = co_await dns::find_addresses(*parts.resolver, host.name, round.deadline);
        knows_all = knows_all && addresses.complete;
        for (const auto& address : addresses.addresses)
            if (address.is_loopback() || std::ranges::count(parts.own_addresses, address) > 0) co_return true;
    }
    co_return knows_all ? std::optional(false) : std::nullopt;
}

// The service talks to the gateway in front; an inner one sees only that one's address (source facts, trap 9). No fault: this
// machine's addresses may be translated.
Task<void> look_for_gateway_in_front(Round& round)
{
    const auto is_ours = co_await is_mail_host(round, round.examination.domain);
    if (is_ours.value_or(true)) co_return;
    round.find(
        Section::hat, "", State::note,
        {"no mail host of the domain is this gateway by its name or address: if another one stands in front, this table sees "
         "only that one's address",
         "aucun serveur de courrier du domaine n'est cette passerelle, par son nom ou son adresse : si une autre se trouve "
         "devant, cette table ne voit que l'adresse de celle-là"},
        {"Then the sender group, its policy and the certificate belong to the gateway in front.",
         "Alors le groupe d'expéditeurs, sa règle et le certificat sont l'affaire de la passerelle placée devant."});
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
    co_await look_for_gateway_in_front(round);
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
