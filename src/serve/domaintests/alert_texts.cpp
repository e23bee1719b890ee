#include "serve/domaintests/alert_texts.hpp"

#include "base/cut_text.hpp"
#include "serve/domaintests/json.hpp"
#include "serve/domaintests/json_text.hpp"
#include "serve/tlstest/domain_test.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <set>

namespace sealpost::domaintests {
namespace json = boost::json;
namespace {

using domains::Domain;
using domains::OnFailure;

std::string contact_of(const Domain& domain) { return domain.contact.empty() ? "postmaster@" + domain.name : domain.contact; }

// What hosts and certificates say goes into a mail line by line.
std::string one_line(std::string_view said)
{
    constexpr std::size_t most = 300;
    return show_line(said, most) + (said.size() > most ? "..." : "");
}

std::string consequence(OnFailure choice, Language language)
{
    const bool french = language == Language::fr;
    switch (choice) {
        case OnFailure::envelope:
            return french ? "Tant qu'il en est ainsi, les réponses arrivent sous forme d'enveloppes."
                          : "As long as this is so, replies arrive as envelopes.";
        case OnFailure::hold:
            return french ? "Tant qu'il en est ainsi, les réponses sont retenues." : "As long as this is so, replies are held.";
        case OnFailure::bounce:
            return french ? "Tant qu'il en est ainsi, les réponses sont renvoyées à leurs auteurs."
                          : "As long as this is so, replies go back to who wrote them.";
    }
    return "";
}

struct FailingHost {
    std::string name;
    route::TlsVerdict verdict;
    std::string detail;
    bool is_left_out = false;
};

std::vector<FailingHost> find_failing_hosts(const domains::TestRecord& test)
{
    std::vector<FailingHost> failing;
    for (const auto& entry : read_hosts(test.report)) {
        if (!entry.is_object()) continue;
        const auto& host = entry.get_object();
        const auto verdict = route::parse_verdict(find_text(host, "verdict"));
        if (!verdict || *verdict == route::TlsVerdict::ok || (!was_asked(host) && !is_left_out(host))) continue;
        const std::string address(find_text(host, "address"));
        std::string name(find_text(host, "mx"));
        if (!address.empty()) name += " (" + address + ")";
        failing.push_back({one_line(name), *verdict, one_line(find_text(host, "detail")), is_left_out(host)});
    }
    return failing;
}

std::string describe_hosts(const std::vector<FailingHost>& hosts, Language language)
{
    constexpr std::size_t most = 20;
    const bool french = language == Language::fr;
    std::string text;
    for (std::size_t i = 0; i < std::min(hosts.size(), most); ++i) {
        const auto& host = hosts[i];
        text += host.name + (french ? " : " : ": ");
        if (!host.is_left_out) text += route::explain_verdict(host.verdict, language);
        if (!host.detail.empty()) text += host.is_left_out ? host.detail : " (" + host.detail + ")";
        text += "\n" + std::string(french ? "À faire : " : "To do: ");
        text += host.is_left_out ? tlstest::fix_of_left_out().in(language) : std::string(route::fix_for(host.verdict, language));
        text += "\n\n";
    }
    if (hosts.size() > most) text += french ? "… et d'autres hôtes.\n\n" : "... and further hosts.\n\n";
    return text;
}

std::string describe_problem(const std::string& problem, Language language)
{
    if (problem.empty()) return "";
    return (language == Language::fr ? "Problème du domaine : " : "Problem of the domain: ") + problem + "\n\n";
}

// The verdicts that it is about: told again when they change.
std::string stage_of(const domains::TestRecord& test, const std::vector<FailingHost>& hosts)
{
    std::set<std::string> words;
    if (!test.problem.empty()) words.insert(test.problem);
    for (const auto& host : hosts) words.emplace(host.is_left_out ? "left_out" : route::format_verdict(host.verdict));
    std::string stage;
    for (const auto& word : words) stage += (stage.empty() ? "" : " ") + word;
    return stage;
}

std::optional<SeenCertificate> read_certificate(const json::value& entry)
{
    if (!entry.is_object()) return std::nullopt;
    const auto ends = parse_rfc3339(find_text(entry.get_object(), "not_after"));
    if (ends.has_error()) return std::nullopt;
    return SeenCertificate{"", one_line(find_text(entry.get_object(), "subject")), *ends, false};
}

}  // namespace

std::optional<SeenCertificate> find_soonest_end(const domains::TestRecord& test)
{
    std::optional<SeenCertificate> soonest;
    for (const auto& entry : read_hosts(test.report)) {
        const auto* host = entry.if_object();
        const auto* chain = host ? host->if_contains("chain") : nullptr;
        if (!chain || !chain->is_array()) continue;
        bool is_leaf = true;
        for (const auto& link : chain->get_array()) {
            auto certificate = read_certificate(link);
            if (certificate && (!soonest || certificate->not_after < soonest->not_after)) {
                certificate->host = one_line(find_text(*host, "mx"));
                certificate->is_leaf = is_leaf;
                soonest = std::move(certificate);
            }
            is_leaf = false;
        }
    }
    return soonest;
}

std::optional<int> find_expiry_stage(WallTime not_after, WallTime now)
{
    std::optional<int> stage;
    for (const int days : {30, 14, 7, 3, 1})
        if (not_after - now <= std::chrono::days(days)) stage = days;
    return stage;
}

alerts::Alert make_failing_alert(const Domain& domain)
{
    const auto hosts = find_failing_hosts(*domain.last_test);
    const std::string at = format_rfc3339(domain.last_test->at);
    alerts::Alert alert;
    alert.kind = failing_kind;
    alert.about = domain.name;
    alert.stage = stage_of(*domain.last_test, hosts);
    alert.to = contact_of(domain);
    alert.subject.en = "TLS of " + domain.name + " no longer verifies";
    alert.subject.fr = "Le TLS de " + domain.name + " n'est plus vérifiable";
    alert.body.en = "Replies to " + domain.name + " are to arrive in clear form inside TLS that verifies. The test of " + at +
                    " did not pass.\n\n" + describe_problem(domain.last_test->problem, Language::en) +
                    describe_hosts(hosts, Language::en) + consequence(domain.on_failure, Language::en) +
                    "\nThe domain is tested again by itself.\n";
    alert.body.fr = "Les réponses à " + domain.name + " doivent arriver en clair dans un TLS vérifié. Le test du " + at +
                    " n'a pas réussi.\n\n" + describe_problem(domain.last_test->problem, Language::fr) +
                    describe_hosts(hosts, Language::fr) + consequence(domain.on_failure, Language::fr) +
                    "\nLe domaine est testé à nouveau de lui-même.\n";
    return alert;
}

alerts::Alert make_expiring_alert(const Domain& domain, const SeenCertificate& certificate, int stage, WallTime now)
{
    const std::string ends = format_rfc3339(certificate.not_after);
    const bool is_over = certificate.not_after <= now;
    alerts::Alert alert;
    alert.kind = expiring_kind;
    alert.about = domain.name;
    // With the moment: a new certificate that ends soon, too, is another matter.
    alert.stage = std::to_string(stage) + " " + ends;
    alert.severity = stage <= 3 ? alerts::Severity::critical : alerts::Severity::warning;
    alert.to = contact_of(domain);
    alert.subject.en = "A certificate of " + domain.name + (is_over ? " has expired" : " expires soon");
    alert.subject.fr = "Un certificat de " + domain.name + (is_over ? " a expiré" : " expire bientôt");
    const std::string en_kind = certificate.is_leaf ? "certificate" : "intermediate certificate";
    const std::string fr_kind = certificate.is_leaf ? "Le certificat" : "Le certificat intermédiaire";
    alert.body.en = "The " + en_kind + " \"" + certificate.subject + "\" that " + certificate.host + " presents ends at " + ends +
                    ".\n\nTo do: renew it and install it, with its intermediate certificates, on every mail host of " +
                    domain.name + ". Afterwards TLS does not verify any more. " + consequence(domain.on_failure, Language::en) +
                    "\n";
    alert.body.fr = fr_kind + " « " + certificate.subject + " » que présente " + certificate.host + " expire le " + ends +
                    ".\n\nÀ faire : renouvelez-le et installez-le, avec ses certificats intermédiaires, sur chaque hôte de "
                    "messagerie de " +
                    domain.name + ". Ensuite, le TLS n'est plus vérifiable. " + consequence(domain.on_failure, Language::fr) +
                    "\n";
    return alert;
}

}  // namespace sealpost::domaintests
