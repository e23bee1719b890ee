#include "base/text.hpp"
#include "sys/crypto/material_detail.hpp"

#include <algorithm>

namespace sealpost::crypto {
using namespace detail;
namespace {

using Certificates = std::vector<Certificate>;

// By name, key identifier and use, and by the signature itself.
bool is_issued_by(const Certificate& certificate, const Certificate& issuer)
{
    const bool fits = X509_check_issued(issuer.handle(), certificate.handle()) == X509_V_OK &&
                      X509_verify(certificate.handle(), X509_get0_pubkey(issuer.handle())) == 1;
    ERR_clear_error();
    return fits;
}

std::string list_subjects(const Certificates& certificates)
{
    std::vector<std::string> subjects;
    for (const Certificate& certificate : certificates)
        subjects.push_back("\"" + certificate.subject() + "\" (serial number " + certificate.serial() + ")");
    return join(subjects, ", ");
}

template <class Test>
Certificates only(const Certificates& certificates, Test test)
{
    Certificates chosen;
    std::ranges::copy_if(certificates, std::back_inserter(chosen), test);
    return chosen;
}

// A self-signed certificate beside one that an authority signed for the same key is its forerunner.
Certificates prefer_signed(Certificates candidates)
{
    if (candidates.size() < 2) return candidates;
    Certificates by_authority = only(candidates, [](const Certificate& one) { return !one.is_self_signed(); });
    return by_authority.empty() ? candidates : by_authority;
}

MaterialResult<Certificate> choose_one(const Certificates& candidates)
{
    if (candidates.size() == 1) return candidates.front();
    return refuse(MaterialProblem::two_leaves, "more than one certificate could be the server's: " + list_subjects(candidates));
}

MaterialResult<Certificate> find_leaf(const Certificates& all, const PrivateKey* key)
{
    if (key != nullptr) {
        const Certificates own = only(all, [&](const Certificate& one) { return key->belongs_to(one); });
        if (own.empty())
            return refuse(MaterialProblem::key_of_another,
                          "the private key (" + key->type() + ") belongs to none of the certificates: " + list_subjects(all));
        return choose_one(prefer_signed(own));
    }
    const Certificates servers = only(all, [](const Certificate& one) { return !one.is_ca(); });
    if (!servers.empty()) return choose_one(prefer_signed(servers));
    return choose_one(only(all, [&](const Certificate& one) {
        return std::ranges::none_of(all, [&](const Certificate& other) { return !(other == one) && is_issued_by(other, one); });
    }));
}

// Among an authority's certificates the one that another authority signed, rather than its root; then the one
// that is good for longest.
const Certificate* find_issuer(const Certificate& of, const Certificates& among)
{
    const Certificate* best = nullptr;
    const auto worth = [](const Certificate& one) { return std::pair(!one.is_self_signed(), one.not_after()); };
    for (const Certificate& candidate : among)
        if (is_issued_by(of, candidate) && (best == nullptr || worth(*best) < worth(candidate))) best = &candidate;
    return best;
}

void without_doubles(Certificates& certificates)
{
    Certificates once;
    for (const Certificate& certificate : certificates)
        if (std::ranges::find(once, certificate) == once.end()) once.push_back(certificate);
    certificates = std::move(once);
}

}  // namespace

MaterialResult<Arranged> arrange(std::vector<Certificate> certificates, const PrivateKey* key)
{
    without_doubles(certificates);
    if (certificates.empty()) return refuse(MaterialProblem::no_certificate, "there is no certificate");
    if (certificates.size() > max_chain_certificates)
        return refuse(MaterialProblem::too_large, "more than " + std::to_string(max_chain_certificates) + " certificates");
    SEALPOST_TRY(const Certificate leaf, find_leaf(certificates, key));
    Arranged arranged;
    arranged.chain.push_back(leaf);
    std::erase(certificates, leaf);
    while (!arranged.chain.back().is_self_signed()) {
        const Certificate* issuer = find_issuer(arranged.chain.back(), certificates);
        if (issuer == nullptr || issuer->is_self_signed()) break;
        arranged.chain.push_back(*issuer);
        std::erase(certificates, Certificate(*issuer));
    }
    for (const Certificate& left : certificates) {
        const bool is_root = left.is_self_signed() && left.is_ca() &&
                             std::ranges::any_of(arranged.chain, [&](const Certificate& one) { return is_issued_by(one, left); });
        (is_root ? arranged.roots : arranged.unrelated).push_back(left);
    }
    return arranged;
}

}  // namespace sealpost::crypto
