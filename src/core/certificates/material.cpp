#include "core/certificates/material.hpp"

#include <algorithm>

namespace sealpost::certificates {
namespace {

using crypto::Certificate;
using crypto::MaterialProblem;
using crypto::PrivateKey;

bool contains(const std::vector<Certificate>& certificates, const Certificate& wanted)
{
    return std::find(certificates.begin(), certificates.end(), wanted) != certificates.end();
}

bool has_certificate_of(const std::optional<PrivateKey>& key, const std::vector<Certificate>& certificates)
{
    return key && std::any_of(certificates.begin(), certificates.end(), [&](const auto& each) { return key->belongs_to(each); });
}

// All pieces as one; a text that says what is wrong otherwise.
std::string read_pieces(const Material& material, crypto::Material& all)
{
    std::size_t bytes = 0;
    crypto::DerivationBudget budget;
    for (const Secret& piece : material.pieces) {
        bytes += piece.size();
        if (bytes > crypto::max_material_bytes) return "more than 256 KiB";
        auto read = crypto::read_material(piece.reveal(), material.password ? &*material.password : nullptr, budget);
        if (read.has_error()) return read.error().text;
        for (auto& certificate : read->certificates)
            if (!contains(all.certificates, certificate)) all.certificates.push_back(std::move(certificate));
        if (!read->key) continue;
        if (all.key && all.key->public_der() != read->key->public_der()) return "two private keys";
        all.key = std::move(read->key);
    }
    return {};
}

std::string list_subjects(const std::vector<Certificate>& certificates)
{
    std::string list;
    for (const auto& certificate : certificates) list += (list.empty() ? "\"" : ", \"") + certificate.subject() + "\"";
    return list;
}

// The key to install with, by the order of the specification; what is forgotten is added from what is installed.
void choose_key(crypto::Material& all, const Kept& kept, Prepared& prepared)
{
    if (all.key) {
        prepared.key = all.key;
        return;
    }
    for (const auto* key : {&kept.request_key, &kept.previous_request_key}) {
        if (!has_certificate_of(*key, all.certificates)) continue;
        prepared.key = *key;
        return;
    }
    const bool brings_issuers_only =
        std::all_of(all.certificates.begin(), all.certificates.end(), [](const auto& each) { return each.is_ca(); });
    if (kept.key && brings_issuers_only && !has_certificate_of(kept.key, all.certificates))
        for (const auto& certificate : kept.chain)
            if (!contains(all.certificates, certificate)) all.certificates.push_back(certificate);
    if (has_certificate_of(kept.key, all.certificates)) prepared.key = kept.key;
}

Finding refuse_arrangement(const crypto::MaterialError& error)
{
    switch (error.problem) {
        case MaterialProblem::no_certificate: return refuse(Verdict::no_certificate, error.text);
        case MaterialProblem::key_of_another: return refuse(Verdict::wrong_key, error.text);
        default: return refuse(Verdict::not_read, error.text);
    }
}

}  // namespace

Prepared prepare(const Material& material, const Kept& kept, const crypto::TrustStore& trust, const PrepareOptions& options)
{
    Prepared prepared;
    crypto::Material all;
    if (auto problem = read_pieces(material, all); !problem.empty()) {
        prepared.finding = refuse(Verdict::not_read, std::move(problem));
        return prepared;
    }
    if (all.certificates.empty()) {
        prepared.finding = refuse(Verdict::no_certificate, "there is no certificate in it");
        return prepared;
    }
    choose_key(all, kept, prepared);
    if (!prepared.key) {
        const bool has_keys = kept.key || kept.request_key || kept.previous_request_key;
        const std::string problem = kept.problem.empty() ? "" : "; " + kept.problem;
        prepared.finding = has_keys ? refuse(Verdict::wrong_key,
                                             "no key that is kept here belongs to " + list_subjects(all.certificates) + problem)
                                    : refuse(Verdict::no_key, "there is no key, neither in it nor here" + problem);
        return prepared;
    }
    auto arranged = crypto::arrange(std::move(all.certificates), &*prepared.key);
    if (arranged.has_error()) {
        prepared.key.reset();
        prepared.finding = refuse_arrangement(arranged.error());
        return prepared;
    }
    prepared.left_out = arranged->roots;
    prepared.left_out.insert(prepared.left_out.end(), arranged->unrelated.begin(), arranged->unrelated.end());
    const auto& leaf = arranged->chain.front();
    prepared.is_of_request = kept.request_key && kept.request_key->belongs_to(leaf);
    prepared.is_of_previous_request = kept.previous_request_key && kept.previous_request_key->belongs_to(leaf);
    ChainQuestion question;
    question.chain = std::move(arranged->chain);
    question.roots = std::move(arranged->roots);
    question.names = options.names;
    prepared.finding = check_chain(std::move(question), trust, options.now);
    return prepared;
}

}  // namespace sealpost::certificates
