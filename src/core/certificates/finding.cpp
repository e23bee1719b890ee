#include "core/certificates/finding.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::certificates {
namespace {

using crypto::ChainProblem;

Verdict verdict_of(ChainProblem problem)
{
    switch (problem) {
        case ChainProblem::none: return Verdict::ok;
        case ChainProblem::no_certificate: return Verdict::no_certificate;
        case ChainProblem::self_signed: return Verdict::self_signed;
        case ChainProblem::missing_intermediate: return Verdict::missing_intermediate;
        case ChainProblem::untrusted_root: return Verdict::untrusted_root;
        case ChainProblem::expired: return Verdict::expired;
        case ChainProblem::not_yet_valid: return Verdict::not_yet_valid;
        case ChainProblem::weak_key: return Verdict::weak_key;
        case ChainProblem::weak_signature: return Verdict::weak_signature;
        case ChainProblem::not_for_this_use: return Verdict::not_for_this_use;
        case ChainProblem::revoked:  // told by stapled answers only, and files have none
        case ChainProblem::invalid: break;
    }
    return Verdict::invalid;
}

Words fix_missing_intermediate(const Finding& finding)
{
    const std::string at_en = finding.missing_issuer_url.empty() ? "" : " It can be had at " + finding.missing_issuer_url + ".";
    const std::string at_fr = finding.missing_issuer_url.empty() ? "" : " Il se trouve à " + finding.missing_issuer_url + ".";
    return {"Install the intermediate certificate \"" + finding.missing_issuer +
                "\" together with this one; the authority hands it out beside the certificate." + at_en,
            "Installez le certificat intermédiaire « " + finding.missing_issuer +
                " » avec celui-ci ; l'autorité le fournit à côté du certificat." + at_fr};
}

Words fix_of(const Finding& finding)
{
    switch (finding.verdict) {
        case Verdict::ok: return {};
        case Verdict::not_read:
            return {"Give PEM, DER or PKCS#12, with one private key at most, and the password where it is encrypted.",
                    "Donnez du PEM, du DER ou du PKCS#12, avec une clé privée au plus, et le mot de passe s'il est chiffré."};
        case Verdict::no_certificate:
            return {"Give the certificate that the authority signed.", "Donnez le certificat que l'autorité a signé."};
        case Verdict::no_key:
            return {"Give the private key too, or make a request here first and have that signed.",
                    "Donnez aussi la clé privée, ou créez d'abord une demande ici et faites-la signer."};
        case Verdict::wrong_key:
            return {"Give the key that the certificate was requested with, or have the request that is pending here signed.",
                    "Donnez la clé avec laquelle le certificat a été demandé, ou faites signer la demande en attente ici."};
        case Verdict::missing_intermediate: return fix_missing_intermediate(finding);
        case Verdict::self_signed:
            return {"Have an authority sign a certificate: nobody can verify one that is signed by itself.",
                    "Faites signer un certificat par une autorité : personne ne peut vérifier un certificat auto-signé."};
        case Verdict::untrusted_root:
            return {"Use an authority that others trust; if it is your own, name its root in [tls] trust.",
                    "Choisissez une autorité reconnue ; si c'est la vôtre, nommez sa racine dans [tls] trust."};
        case Verdict::expired:
            return {"Have it renewed, and install the new certificate.",
                    "Faites-le renouveler et installez le nouveau certificat."};
        case Verdict::not_yet_valid:
            return {"Wait for that day, or look at this machine's clock.",
                    "Attendez ce jour, ou vérifiez l'horloge de cette machine."};
        case Verdict::weak_key:
            return {"No listener can show it. Make a new request: its key is ECDSA P-256 or RSA 3072.",
                    "Aucun écouteur ne peut le présenter. Créez une nouvelle demande : sa clé est ECDSA P-256 ou RSA 3072."};
        case Verdict::weak_signature:
            return {"No listener can show it. Have the authority sign with SHA-256 or better.",
                    "Aucun écouteur ne peut le présenter. Faites signer l'autorité avec SHA-256 ou mieux."};
        case Verdict::not_for_this_use:
            return {"Ask the authority for a certificate for TLS servers.",
                    "Demandez à l'autorité un certificat pour serveurs TLS."};
        case Verdict::name_mismatch:
            return {
                "Ask for a certificate that bears this name, or write the names that it is for into `names` of its "
                "[[certificate]].",
                "Demandez un certificat qui porte ce nom, ou écrivez les noms voulus dans `names` de son [[certificate]]."};
        case Verdict::invalid: break;
    }
    return {"Ask the authority for another certificate.", "Demandez un autre certificat à l'autorité."};
}

// Among the names that the configuration wants, a wildcard is borne by the same wildcard only.
bool bears(const crypto::Certificate& leaf, const std::string& name)
{
    if (!name.starts_with("*.")) return leaf.names(name);
    const auto names = leaf.dns_names();
    return std::any_of(names.begin(), names.end(), [&](const std::string& each) { return iequals(each, name); });
}

std::string list_names(const crypto::Certificate& leaf)
{
    std::vector<std::string> names = leaf.dns_names();
    for (const IpAddress& address : leaf.ip_names()) names.push_back(format_ip(address));
    return names.empty() ? "no host" : join(names, ", ");
}

}  // namespace

std::string_view format_verdict(Verdict verdict)
{
    switch (verdict) {
        case Verdict::not_read: return "not_read";
        case Verdict::no_certificate: return "no_certificate";
        case Verdict::no_key: return "no_key";
        case Verdict::wrong_key: return "wrong_key";
        case Verdict::ok: return "ok";
        case Verdict::missing_intermediate: return "missing_intermediate";
        case Verdict::self_signed: return "self_signed";
        case Verdict::untrusted_root: return "untrusted_root";
        case Verdict::expired: return "expired";
        case Verdict::not_yet_valid: return "not_yet_valid";
        case Verdict::weak_key: return "weak_key";
        case Verdict::weak_signature: return "weak_signature";
        case Verdict::not_for_this_use: return "not_for_this_use";
        case Verdict::name_mismatch: return "name_mismatch";
        case Verdict::invalid: break;
    }
    return "invalid";
}

Finding check_chain(ChainQuestion question, const crypto::TrustStore& trust, WallTime now)
{
    std::vector<crypto::Certificate> whole = question.chain;
    whole.insert(whole.end(), question.roots.begin(), question.roots.end());
    auto check = crypto::check_chain(whole, trust, crypto::ChainUse::server, now);
    Finding finding;
    finding.verdict = verdict_of(check.problem);
    finding.detail = std::move(check.detail);
    finding.missing_issuer = std::move(check.missing_issuer);
    finding.missing_issuer_url = std::move(check.missing_issuer_url);
    finding.chain = std::move(question.chain);
    if (check.at) finding.faulty = std::min(*check.at, finding.chain.size());
    if (auto weakness = crypto::find_weakness(finding.chain); weakness.problem != ChainProblem::none) {
        finding.verdict = verdict_of(weakness.problem);
        finding.detail = std::move(weakness.detail);
        finding.faulty = weakness.at;
    }
    if (finding.verdict == Verdict::ok) {
        const auto& leaf = finding.chain.front();
        for (const auto& name : question.names) {
            if (bears(leaf, name)) continue;
            finding.verdict = Verdict::name_mismatch;
            finding.faulty = 0;
            finding.detail = "the certificate names " + list_names(leaf) + ", not " + name;
            break;
        }
    }
    finding.fix = fix_of(finding);
    return finding;
}

Finding refuse(Verdict verdict, std::string detail)
{
    Finding finding;
    finding.verdict = verdict;
    finding.detail = std::move(detail);
    finding.fix = fix_of(finding);
    return finding;
}

bool is_demo(const crypto::Certificate& leaf) { return leaf.is_self_signed() && leaf.issuer_organization() == demo_organization; }

WallTime find_end(const std::vector<crypto::Certificate>& chain)
{
    WallTime end = WallTime::max();
    for (const auto& certificate : chain) end = std::min(end, certificate.not_after());
    return end;
}

int count_days_left(const std::vector<crypto::Certificate>& chain, WallTime now)
{
    return static_cast<int>(std::chrono::floor<std::chrono::days>(find_end(chain) - now).count());
}

}  // namespace sealpost::certificates
