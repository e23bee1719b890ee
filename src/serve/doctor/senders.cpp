// What vouches for the domain's own mail: SPF, DKIM, DMARC; and who hears about TLS.
#include "base/text.hpp"
#include "serve/doctor/sections.hpp"
#include "serve/spfadvice/advice.hpp"
#include "wire/dkim/key_record.hpp"
#include "wire/dmarc/dmarc.hpp"
#include "wire/spf/record.hpp"
#include "wire/tlsrpt/record.hpp"

#include <boost/json/array.hpp>

namespace sealpost::doctor {
namespace {

namespace json = boost::json;

const Words dns_did_not_answer{"DNS did not answer", "le DNS n'a pas répondu"};

State state_for(spfadvice::Severity severity)
{
    if (severity == spfadvice::Severity::error) return State::bad;
    return severity == spfadvice::Severity::warning ? State::warn : State::note;
}

void judge_spf(Round& round, const spfadvice::Advice& advice)
{
    using spfadvice::Conclusion;
    for (const auto& problem : advice.problems) {
        const auto en = spfadvice::phrase(problem, Language::en);
        const auto fr = spfadvice::phrase(problem, Language::fr);
        State state = state_for(spfadvice::severity_of(problem.kind));
        if (state == State::bad && advice.conclusion == Conclusion::could_not_tell) state = State::unknown;
        round.find(Section::spf, problem.where, state, {en.text, fr.text}, {en.fix, fr.fix});
    }
    if (advice.conclusion == Conclusion::could_not_tell && advice.problems.empty())
        round.find(Section::spf, "", State::unknown, dns_did_not_answer);
    if (advice.conclusion == Conclusion::unchanged)
        round.find(Section::spf, "", State::good,
                   {"the record lets " + advice.include + " send for the domain",
                    "l'enregistrement autorise " + advice.include + " à envoyer pour le domaine"});
    if (advice.conclusion == Conclusion::publish && advice.publish)
        round.find(Section::spf, "", State::warn,
                   {"the record does not let " + advice.include + " send for the domain",
                    "l'enregistrement n'autorise pas " + advice.include + " à envoyer pour le domaine"},
                   {"Publish " + *advice.publish, "Publiez " + *advice.publish});
}

// Which service is to send for the domain is not known here.
Words say_how_to_make(const Round& round)
{
    const std::string command = "`sealpost spf advise " + round.examination.domain + " --include SERVICE`";
    return {"Publish one: " + command + " shows it; SERVICE is the mail domain of the service that sends for you.",
            "Publiez-en un : " + command + " le montre ; SERVICE est le domaine de courrier du service qui envoie pour vous."};
}

Task<void> look_at_plain_spf(Round& round)
{
    const auto answer = co_await dns::find_txt(*round.parts.resolver, round.examination.domain, round.deadline);
    json::array records;
    for (const std::string& text : answer.texts)
        if (spf::is_spf_record(text)) records.emplace_back(text);
    const std::size_t count = records.size();
    round.examination.sections["spf"] = json::object{{"records", std::move(records)}};
    if (answer.status == dns::Status::temporary)
        round.find(Section::spf, "", State::unknown, dns_did_not_answer);
    else if (count == 1)
        round.find(Section::spf, "", State::good, {"one SPF record", "un enregistrement SPF"});
    else if (count == 0)
        round.find(Section::spf, "", State::warn, {"no SPF record", "aucun enregistrement SPF"}, say_how_to_make(round));
    else
        round.find(Section::spf, "", State::bad,
                   {"several SPF records: receivers take none of them",
                    "plusieurs enregistrements SPF : les destinataires n'en retiennent aucun"},
                   {"Leave one (RFC 7208 §4.5).", "N'en gardez qu'un (RFC 7208 §4.5)."});
}

Task<json::value> look_at_selector(Round& round, Selector selector)
{
    const std::string name = selector.selector + "._domainkey." + selector.domain;
    const auto answer = co_await dns::find_txt(*round.parts.resolver, name, round.deadline);
    json::object object{{"name", name}};
    if (answer.status == dns::Status::temporary) {
        round.find(Section::dkim, name, State::unknown, dns_did_not_answer);
        co_return object;
    }
    const Words publish{
        "Publish the record of that key; of a key of this node, `sealpost --format json dkim check` tells it (record).",
        "Publiez l'enregistrement de cette clé ; pour une clé de ce nœud, `sealpost --format json dkim check` l'indique "
        "(record)."};
    if (answer.texts.empty()) {
        round.find(Section::dkim, name, State::bad, {"no key is published", "aucune clé n'est publiée"}, publish);
        co_return object;
    }
    object["record"] = answer.texts.front();
    const auto record = dkim::parse_key_record(answer.texts.front());
    if (record.has_error())
        round.find(Section::dkim, name, State::bad,
                   {"the key record cannot be read: " + record.error().text,
                    "l'enregistrement de clé est illisible : " + record.error().text},
                   publish);
    else if (record->key.empty())
        round.find(Section::dkim, name, State::bad, {"the key is revoked", "la clé est révoquée"}, publish);
    else if (record->is_testing)
        round.find(Section::dkim, name, State::warn, {"the key is marked as a test (t=y)", "la clé est marquée comme test (t=y)"},
                   {"Take t=y out when you are done.", "Retirez t=y une fois l'essai terminé."});
    else
        round.find(Section::dkim, name, State::good, {"a key is published", "une clé est publiée"});
    co_return object;
}

struct AskedPolicy {
    dmarc::Policy asked;
    std::string_view tag;
};

// RFC 7489 §6.3: where the record stands above the domain, sp= is what counts for it.
AskedPolicy find_policy(const dmarc::Discovery& found, const std::string& domain)
{
    const bool is_inherited = !dmarc::are_aligned(domain, found.domain, dmarc::Alignment::strict);
    if (is_inherited && found.record.subdomain_policy) return {*found.record.subdomain_policy, "sp"};
    return {found.record.policy, "p"};
}

// What is wrong with a tag is told in the words of wire/dmarc, which are English.
void judge_dmarc_record(Round& round, const dmarc::Discovery& found)
{
    const auto [asked, tag] = find_policy(found, round.examination.domain);
    const std::string policy = std::string(tag) + '=' + std::string(dmarc::format_policy(asked));
    round.find(Section::dmarc, "", asked == dmarc::Policy::none ? State::note : State::good,
               {"a DMARC record asks for " + policy, "un enregistrement DMARC demande " + policy});
    for (const auto& problem : found.problems)
        round.find(Section::dmarc, problem.tag, State::warn, {problem.problem, "à corriger : " + problem.problem});
}

}  // namespace

Task<void> look_at_spf(Round& round)
{
    if (round.parts.include.empty()) {
        co_await look_at_plain_spf(round);
        co_return;
    }
    spfadvice::Order order{round.examination.domain, round.parts.include, round.parts.send_addresses};
    auto advice = co_await spfadvice::advise(*round.parts.resolver, std::move(order), round.deadline);
    if (advice.has_error()) {
        round.find(Section::spf, "", State::unknown, {advice.error().text, advice.error().text});
        co_return;
    }
    judge_spf(round, *advice);
    round.examination.sections["spf"] = spfadvice::to_json(*advice, Language::en);
}

// Which selectors a domain uses, DNS does not tell: only those that we know of are looked at.
Task<void> look_at_dkim(Round& round)
{
    json::array looked_at;
    for (const Selector& selector : round.parts.selectors) {
        const bool is_of_domain =
            selector.domain == round.examination.domain || round.examination.domain.ends_with("." + selector.domain);
        if (!is_of_domain) continue;
        auto seen = co_await look_at_selector(round, selector);
        looked_at.push_back(std::move(seen));
    }
    if (looked_at.empty())
        round.find(
            Section::dkim, "", State::note,
            {"no selector of the domain is known here, and DNS tells of none: no DKIM key was looked at",
             "aucun sélecteur du domaine n'est connu ici, et le DNS n'en indique aucun : aucune clé DKIM n'a été examinée"});
    round.examination.sections["dkim"] = json::object{{"selectors", std::move(looked_at)}};
}

Task<void> look_at_dmarc(Round& round)
{
    using dmarc::Discovery;
    const auto found = co_await dmarc::find_record(*round.parts.resolver, round.examination.domain, round.deadline);
    json::object object{{"domain", found.domain}, {"record", found.text}};
    const Words publish{
        "Publish a TXT record at _dmarc." + round.examination.domain + ", for example v=DMARC1; p=none; rua=mailto:…",
        "Publiez un enregistrement TXT à _dmarc." + round.examination.domain + ", par exemple v=DMARC1; p=none; rua=mailto:…"};
    switch (found.state) {
        case Discovery::State::temporary: round.find(Section::dmarc, "", State::unknown, dns_did_not_answer); break;
        case Discovery::State::none:
            round.find(Section::dmarc, "", State::warn, {"no DMARC record", "aucun enregistrement DMARC"}, publish);
            break;
        case Discovery::State::broken:
            round.find(
                Section::dmarc, "", State::bad,
                {"the DMARC record does not count: " + found.problem, "l'enregistrement DMARC ne compte pas : " + found.problem},
                publish);
            break;
        case Discovery::State::found:
            object["policy"] = dmarc::format_policy(find_policy(found, round.examination.domain).asked);
            judge_dmarc_record(round, found);
            break;
    }
    round.examination.sections["dmarc"] = std::move(object);
}

// RFC 8460 §3.
Task<void> look_at_tls_reports(Round& round)
{
    using tlsrpt::Discovery;
    const std::string name = "_smtp._tls." + round.examination.domain;
    const auto found = co_await tlsrpt::find_record(*round.parts.resolver, round.examination.domain, round.deadline);
    const Words publish{"Publish a TXT record at " + name + ", for example v=TLSRPTv1; rua=mailto:…",
                        "Publiez un enregistrement TXT à " + name + ", par exemple v=TLSRPTv1; rua=mailto:…"};
    switch (found.state) {
        case Discovery::State::temporary: round.find(Section::tls_reports, "", State::unknown, dns_did_not_answer); break;
        case Discovery::State::none:
            round.find(Section::tls_reports, "", State::note,
                       {"nobody hears when TLS to the domain's hosts fails",
                        "personne n'est informé quand le TLS vers les hôtes du domaine échoue"},
                       publish);
            break;
        case Discovery::State::broken:
            round.find(Section::tls_reports, name, State::bad,
                       {"the record does not count: " + found.problem, "l'enregistrement ne compte pas : " + found.problem},
                       publish);
            break;
        case Discovery::State::found:
            round.find(Section::tls_reports, "", State::good,
                       {"the domain hears about the TLS of its hosts", "le domaine est informé du TLS de ses hôtes"});
            for (const auto& problem : found.record.problems)
                round.find(Section::tls_reports, name, State::warn, {problem, "une partie de rua= ne compte pas : " + problem});
            break;
    }
    json::array addresses;
    for (const auto& address : found.record.addresses) addresses.emplace_back(address.where);
    round.examination.sections["tls_reports"] = json::object{{"name", name}, {"addresses", std::move(addresses)}};
}

}  // namespace sealpost::doctor
