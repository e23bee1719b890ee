// What a domain test found, for programs and for people.
#include "serve/tlstest/domain_test.hpp"

#include "base/text.hpp"
#include "wire/mail/utf8.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace sealpost::tlstest {
namespace {

namespace json = boost::json;

// Hosts, certificates and DNS may say anything.
std::string clean(const std::string& text) { return mail::clean_utf8(text, mail::Controls::none); }

json::array names_of(const crypto::Certificate& certificate)
{
    json::array names;
    for (const std::string& name : certificate.dns_names()) names.emplace_back(clean(name));
    for (const IpAddress& address : certificate.ip_names()) names.emplace_back(format_ip(address));
    return names;
}

json::object describe(const crypto::Certificate& certificate)
{
    json::object object;
    object["subject"] = clean(certificate.subject());
    object["issuer"] = clean(certificate.issuer());
    object["names"] = names_of(certificate);
    object["not_before"] = format_rfc3339(certificate.not_before());
    object["not_after"] = format_rfc3339(certificate.not_after());
    object["key"] = certificate.key_type() + " " + std::to_string(certificate.key_bits());
    object["signature_hash"] = certificate.signature_hash();
    object["sha256"] = certificate.sha256_fingerprint();
    return object;
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(clean(text)); }

void add_missing(json::object& object, const MissingIssuer& missing)
{
    object["missing_issuer"] = text_or_null(missing.subject);
    object["missing_issuer_url"] = text_or_null(missing.url);
    object["fetched"] = nullptr;
    if (missing.fetched != Fetched::not_asked)
        object["fetched"] = {{"result", format_fetched(missing.fetched)}, {"detail", clean(missing.detail)}};
}

json::array list(const std::vector<std::string>& texts)
{
    json::array all;
    for (const std::string& text : texts) all.emplace_back(clean(text));
    return all;
}

json::object to_json(const DaneFinding& dane)
{
    json::array hosts;
    for (const DaneHost& host : dane.hosts)
        hosts.emplace_back(json::object{{"mx", host.mx}, {"tlsa", list(host.tlsa)}, {"verdict", format_verdict(host.verdict)}});
    return {{"status", format_status(dane.status)}, {"hosts", std::move(hosts)}};
}

json::object to_json(const StsReport& report)
{
    json::object object{{"status", format_status(report.status)}, {"mode", nullptr}, {"max_age", nullptr}, {"mx", json::array()}};
    if (report.policy) {
        object["mode"] = route::format_sts_mode(report.policy->mode);
        object["max_age"] = report.policy->max_age.count();
        object["mx"] = list(report.policy->mx);
    }
    object["problem"] = text_or_null(report.problem);
    object["uncovered"] = list(report.uncovered);
    return object;
}

struct Phrases {
    std::string_view ready, not_ready, unknown, not_asked, to_mend, note, no_address;
    std::array<std::string_view, 5> dane;  // by DaneFinding::Status
    std::string_view no_policy, policy;
};

const Phrases& phrases_in(Language language)
{
    static constexpr Phrases en{
        "ready: every address of every mail host has TLS that verifies",
        "not ready for TLS replies",
        "could not tell: DNS did not answer",
        "could not tell: a mail host could not be asked from our own address",
        "To do",
        "Note",
        "(no address)",
        {"DANE: no TLSA records", "DANE: not signed with DNSSEC", "DANE: TLSA records are published, and count",
         "DANE: TLSA records do not match, or cannot be used", "DANE: TLSA records could not be looked up"},
        "MTA-STS: no policy",
        "MTA-STS: policy"};
    static constexpr Phrases fr{"prêt : chaque adresse de chaque hôte de messagerie a un TLS vérifié",
                                "pas prêt pour les réponses par TLS",
                                "indéterminé : le DNS n'a pas répondu",
                                "indéterminé : un hôte n'a pas pu être interrogé depuis notre propre adresse",
                                "À faire",
                                "Remarque",
                                "(sans adresse)",
                                {"DANE : aucun enregistrement TLSA", "DANE : pas de signature DNSSEC",
                                 "DANE : des enregistrements TLSA sont publiés et font foi",
                                 "DANE : les enregistrements TLSA ne correspondent pas ou sont inutilisables",
                                 "DANE : les enregistrements TLSA n'ont pas pu être consultés"},
                                "MTA-STS : aucune politique",
                                "MTA-STS : politique"};
    return language == Language::fr ? fr : en;
}

std::string pad(std::string text, std::size_t width)
{
    text.resize(std::max(text.size() + 2, width), ' ');
    return text;
}

std::string format_to_do(const std::string& fix, const Phrases& phrases)
{
    return fix.empty() ? fix : std::string(8, ' ') + std::string(phrases.to_mend) + ": " + clean(fix) + "\n";
}

std::string format_row(const HostResult& host, const Phrases& phrases, Language language)
{
    const std::string_view verdict = host.is_left_out  ? "not_tried"
                                     : !host.was_asked ? "not_asked"
                                                       : route::format_verdict(host.verdict);
    const std::string_view no_address = host.is_left_out ? "" : phrases.no_address;
    std::string row = "  " + pad(std::to_string(host.preference), 6) + pad(host.mx, 28) +
                      pad(host.address.empty() ? std::string(no_address) : host.address, 24) + pad(std::string(verdict), 22) +
                      host.protocol + "\n";
    const std::string indent(8, ' ');
    if (!host.detail.empty()) row += indent + clean(host.detail) + "\n";
    row += format_to_do(fix_of(host).in(language), phrases);
    if (host.missing && !host.missing->detail.empty())
        row += indent + std::string(phrases.note) + ": " + clean(host.missing->detail) + "\n";
    for (const std::string& note : host.notes) row += indent + std::string(phrases.note) + ": " + clean(note) + "\n";
    return row;
}

std::string format_policies(const DomainTestResult& result, const Phrases& phrases, Language language)
{
    if (result.hosts.empty()) return {};
    const StsReport& sts = result.mta_sts;
    std::string text = "  " + std::string(phrases.dane.at(static_cast<std::size_t>(result.dane.status))) + "\n";
    for (const DaneHost& host : result.dane.hosts)  // of a mismatch, the addresses tell
        if (host.verdict == DaneHost::Verdict::unusable)
            text += "  " + host.mx + ":\n" + format_to_do(fix_of(host).in(language), phrases);
    text += "  ";
    text += std::string(sts.status == StsReport::Status::none ? phrases.no_policy : phrases.policy);
    if (sts.policy) text += " " + std::string(route::format_sts_mode(sts.policy->mode));
    if (!sts.problem.empty()) text += ": " + clean(sts.problem);
    text += "\n";
    return text + format_to_do(fix_of(sts).in(language), phrases);
}

}  // namespace

Words fix_of(route::TlsVerdict verdict, bool was_asked)
{
    if (!was_asked)
        return {
            "Set delivery.source_address to an address of this machine and of the host's family, or take it out.",
            "Donnez à delivery.source_address une adresse de cette machine, de la famille de celle de l'hôte, ou retirez-la."};
    return {std::string(route::fix_for(verdict, Language::en)), std::string(route::fix_for(verdict, Language::fr))};
}

Words fix_of_left_out()
{
    return {
        "Name fewer mail hosts in the MX records, or give them fewer addresses: the test does not look at so many.",
        "Nommez moins d'hôtes dans les enregistrements MX, ou donnez-leur moins d'adresses : le test n'en regarde pas autant."};
}

Words fix_of(const HostResult& host) { return host.is_left_out ? fix_of_left_out() : fix_of(host.verdict, host.was_asked); }

Words fix_of(const DaneHost& host)
{
    switch (host.verdict) {
        case DaneHost::Verdict::unusable:
            return {"Publish one of usage 3 (DANE-EE) or 2 (DANE-TA), or take them out (RFC 7672 §3.1).",
                    "Publiez-en un d'usage 3 (DANE-EE) ou 2 (DANE-TA), ou retirez-les (RFC 7672 §3.1)."};
        case DaneHost::Verdict::mismatch:
            return {std::string(route::fix_for(route::TlsVerdict::dane_mismatch, Language::en)),
                    std::string(route::fix_for(route::TlsVerdict::dane_mismatch, Language::fr))};
        default: return {};
    }
}

Words fix_of(const StsReport& report)
{
    if (!report.uncovered.empty()) {
        const std::string hosts = join(report.uncovered, ", ");
        return {"List in the MTA-STS policy: " + hosts + "; then change the id of the record.",
                "Listez dans la politique MTA-STS : " + hosts + " ; puis changez l'id de l'enregistrement."};
    }
    if (report.status != StsReport::Status::problem || report.could_not_tell) return {};
    return {"Mend what stands in the way, or take the record out (RFC 8461 §3).",
            "Corrigez ce qui fait obstacle, ou retirez l'enregistrement (RFC 8461 §3)."};
}

json::object to_json(const HostResult& host)
{
    json::object object;
    object["mx"] = host.mx;
    object["preference"] = host.preference;
    object["address"] = text_or_null(host.address);
    object["verdict"] = route::format_verdict(host.verdict);
    object["asked"] = host.was_asked && !host.is_left_out;
    object["left_out"] = host.is_left_out;
    object["detail"] = clean(host.detail);
    object["protocol"] = text_or_null(host.protocol);
    object["cipher"] = text_or_null(host.cipher);
    json::array chain;
    for (const crypto::Certificate& certificate : host.chain) chain.emplace_back(describe(certificate));
    object["chain"] = std::move(chain);
    object["faulty"] = host.faulty ? json::value(*host.faulty) : json::value(nullptr);
    add_missing(object, host.missing.value_or(MissingIssuer()));
    object["notes"] = list(host.notes);
    return object;
}

json::object to_json(const DomainTestResult& result)
{
    json::object object;
    object["domain"] = result.domain;
    object["ready"] = result.ready();
    object["problem"] =
        result.problem == DomainProblem::none ? json::value(nullptr) : json::value(format_problem(result.problem));
    object["problem_detail"] = text_or_null(result.problem_detail);
    json::array hosts;
    for (const HostResult& host : result.hosts) hosts.emplace_back(to_json(host));
    object["hosts"] = std::move(hosts);
    const bool was_tested = !result.hosts.empty();
    object["dane"] = was_tested ? json::value(to_json(result.dane)) : json::value(nullptr);
    object["mta_sts"] = was_tested ? json::value(to_json(result.mta_sts)) : json::value(nullptr);
    return object;
}

json::object to_json(const DomainTestResult& result, Language language)
{
    json::object object = to_json(result);
    auto& hosts = object["hosts"].as_array();
    for (std::size_t i = 0; i < hosts.size(); ++i) hosts[i].as_object()["fix"] = fix_of(result.hosts[i]).in(language);
    if (object["dane"].is_null()) return object;
    auto& dane = object["dane"].as_object()["hosts"].as_array();
    for (std::size_t i = 0; i < dane.size(); ++i) dane[i].as_object()["fix"] = clean(fix_of(result.dane.hosts[i]).in(language));
    object["mta_sts"].as_object()["fix"] = clean(fix_of(result.mta_sts).in(language));
    return object;
}

std::string format_table(const DomainTestResult& result, Language language)
{
    const Phrases& phrases = phrases_in(language);
    std::string_view summary = phrases.not_ready;
    if (result.ready()) summary = phrases.ready;
    if (result.could_not_tell()) summary = result.problem == DomainProblem::none ? phrases.not_asked : phrases.unknown;
    std::string text = result.domain + ": " + std::string(summary) + "\n";
    if (!result.problem_detail.empty())
        text += "  " + std::string(format_problem(result.problem)) + ": " + clean(result.problem_detail) + "\n";
    for (const HostResult& host : result.hosts) text += format_row(host, phrases, language);
    return text + format_policies(result, phrases, language);
}

}  // namespace sealpost::tlstest
