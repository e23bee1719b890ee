// What a domain test found, for programs and for people.
#include "serve/tlstest/domain_test.hpp"

#include <boost/json/array.hpp>

namespace sealpost::tlstest {
namespace {

namespace json = boost::json;

json::array names_of(const crypto::Certificate& certificate)
{
    json::array names;
    for (const std::string& name : certificate.dns_names()) names.emplace_back(name);
    for (const IpAddress& address : certificate.ip_names()) names.emplace_back(format_ip(address));
    return names;
}

json::object describe(const crypto::Certificate& certificate)
{
    json::object object;
    object["subject"] = certificate.subject();
    object["issuer"] = certificate.issuer();
    object["names"] = names_of(certificate);
    object["not_before"] = format_rfc3339(certificate.not_before());
    object["not_after"] = format_rfc3339(certificate.not_after());
    object["key"] = certificate.key_type() + " " + std::to_string(certificate.key_bits());
    object["signature_hash"] = certificate.signature_hash();
    object["sha256"] = certificate.sha256_fingerprint();
    return object;
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

struct Phrases {
    std::string_view ready, not_ready, unknown, to_mend, note, no_address;
};

const Phrases& phrases_in(route::Language language)
{
    static constexpr Phrases en{"ready: every address of every mail host has TLS that verifies",
                                "not ready for TLS replies",
                                "could not tell: DNS did not answer",
                                "To do",
                                "Note",
                                "(no address)"};
    static constexpr Phrases fr{"prêt : chaque adresse de chaque hôte de messagerie a un TLS vérifié",
                                "pas prêt pour les réponses par TLS",
                                "indéterminé : le DNS n'a pas répondu",
                                "À faire",
                                "Remarque",
                                "(sans adresse)"};
    return language == route::Language::fr ? fr : en;
}

std::string pad(std::string text, std::size_t width)
{
    text.resize(std::max(text.size() + 2, width), ' ');
    return text;
}

std::string format_row(const HostResult& host, const Phrases& phrases, route::Language language)
{
    std::string row = "  " + pad(std::to_string(host.preference), 6) + pad(host.mx, 28) +
                      pad(host.address.empty() ? std::string(phrases.no_address) : host.address, 24) +
                      pad(std::string(route::format_verdict(host.verdict)), 22) + host.protocol + "\n";
    const std::string indent(8, ' ');
    if (!host.detail.empty()) row += indent + host.detail + "\n";
    if (const auto fix = route::fix_for(host.verdict, language); !fix.empty())
        row += indent + std::string(phrases.to_mend) + ": " + std::string(fix) + "\n";
    for (const std::string& note : host.notes) row += indent + std::string(phrases.note) + ": " + note + "\n";
    return row;
}

}  // namespace

json::object to_json(const HostResult& host)
{
    json::object object;
    object["mx"] = host.mx;
    object["preference"] = host.preference;
    object["address"] = text_or_null(host.address);
    object["verdict"] = route::format_verdict(host.verdict);
    object["detail"] = host.detail;
    object["protocol"] = text_or_null(host.protocol);
    object["cipher"] = text_or_null(host.cipher);
    json::array chain;
    for (const crypto::Certificate& certificate : host.chain) chain.emplace_back(describe(certificate));
    object["chain"] = std::move(chain);
    json::array notes;
    for (const std::string& note : host.notes) notes.emplace_back(note);
    object["notes"] = std::move(notes);
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
    object["dane"] = nullptr;
    object["mta_sts"] = nullptr;
    return object;
}

std::string format_table(const DomainTestResult& result, route::Language language)
{
    const Phrases& phrases = phrases_in(language);
    std::string_view summary = phrases.not_ready;
    if (result.ready()) summary = phrases.ready;
    if (result.could_not_tell()) summary = phrases.unknown;
    std::string text = result.domain + ": " + std::string(summary) + "\n";
    if (!result.problem_detail.empty())
        text += "  " + std::string(format_problem(result.problem)) + ": " + result.problem_detail + "\n";
    for (const HostResult& host : result.hosts) text += format_row(host, phrases, language);
    return text;
}

}  // namespace sealpost::tlstest
