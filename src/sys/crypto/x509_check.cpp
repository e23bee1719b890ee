#include "sys/crypto/x509_check.hpp"

#include "base/text.hpp"
#include "sys/crypto/key_cost.hpp"
#include "sys/crypto/x509_detail.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

namespace sealpost::crypto {
using namespace detail;
namespace {

constexpr int least_security_bits = 112;  // those of strength_level
constexpr int max_turns = 8;
constexpr int max_signatures = 40;  // checked in all turns together; the last turn may go beyond it by one path

ChainProblem problem_for(int code)
{
    switch (code) {
        case X509_V_OK: return ChainProblem::none;
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return ChainProblem::self_signed;
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return ChainProblem::untrusted_root;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return ChainProblem::missing_intermediate;
        case X509_V_ERR_CERT_HAS_EXPIRED: return ChainProblem::expired;
        case X509_V_ERR_CERT_NOT_YET_VALID: return ChainProblem::not_yet_valid;
        case X509_V_ERR_EE_KEY_TOO_SMALL:
        case X509_V_ERR_CA_KEY_TOO_SMALL: return ChainProblem::weak_key;
        case X509_V_ERR_CA_MD_TOO_WEAK: return ChainProblem::weak_signature;
        case X509_V_ERR_CERT_UNTRUSTED: return ChainProblem::untrusted_root;
        case X509_V_ERR_CERT_REVOKED: return ChainProblem::revoked;
        case X509_V_ERR_INVALID_PURPOSE:
        case X509_V_ERR_INVALID_CA: return ChainProblem::not_for_this_use;
        default: return ChainProblem::invalid;
    }
}

// When a chain has several faults, the first of these is the one to mend first.
int rank(ChainProblem problem)
{
    switch (problem) {
        case ChainProblem::no_certificate: return 0;
        case ChainProblem::invalid: return 1;
        case ChainProblem::revoked: return 2;
        case ChainProblem::self_signed: return 3;
        case ChainProblem::missing_intermediate: return 4;
        case ChainProblem::untrusted_root: return 5;
        case ChainProblem::expired: return 6;
        case ChainProblem::not_yet_valid: return 7;
        case ChainProblem::not_for_this_use: return 8;
        case ChainProblem::weak_key: return 9;
        case ChainProblem::weak_signature: return 10;
        case ChainProblem::none: return 11;
    }
    return 11;
}

struct Seen {
    ChainProblem problem = ChainProblem::none;
    int code = X509_V_OK;
    std::optional<Certificate> at;
    int path = 0;  // how many certificates it has; each is a signature that was checked
};

// Goes on after each fault, so that the whole list is known; the worst is kept.
int note_fault(int ok, X509_STORE_CTX* context)
{
    if (ok == 1) return 1;
    auto* seen = static_cast<Seen*>(X509_STORE_CTX_get_app_data(context));
    const int code = X509_STORE_CTX_get_error(context);
    const ChainProblem problem = problem_for(code);
    if (rank(problem) < rank(seen->problem)) {
        seen->problem = problem;
        seen->code = code;
        if (X509* at = X509_STORE_CTX_get_current_cert(context)) seen->at = Certificate::share(at);
    }
    return 1;
}

bool mentions(const std::string& name, std::initializer_list<std::string_view> words)
{
    const std::string lower = ascii_lower(name);
    for (const std::string_view word : words)
        if (lower.find(word) != std::string::npos) return true;
    return false;
}

// A server need not send the root, so "the issuer of the last certificate was not sent" has two
// causes that no field tells apart: an intermediate is missing, or all were sent and the root is not
// trusted. What the names say decides; failing that, whether the server sent any issuer at all.
bool missing_issuer_is_root(const Certificate& last, bool issuers_sent, const TrustStore& trust)
{
    const std::string issuer = last.issuer_common_name();
    if (mentions(issuer, {"root"})) return true;
    if (mentions(issuer, {"intermediate", "issuing", "sub ca", "subordinate"})) return false;
    const std::string organization = last.issuer_organization();
    if (!organization.empty() && trust.knows_organization(organization)) return false;
    return issuers_sent;
}

std::string day(WallTime time) { return format_rfc3339(time).substr(0, 10); }

std::string describe(const Seen& seen)
{
    const std::string who = seen.at ? "\"" + seen.at->subject() + "\"" : std::string("the certificate");
    switch (seen.problem) {
        case ChainProblem::none: return {};
        case ChainProblem::self_signed: return who + " is signed by itself, by no authority";
        case ChainProblem::expired: return who + " expired on " + day(seen.at->not_after());
        case ChainProblem::not_yet_valid: return who + " is valid from " + day(seen.at->not_before()) + " only";
        case ChainProblem::weak_key:
            return who + " has a key of only " + std::to_string(seen.at->key_bits()) + " bits (" + seen.at->key_type() + ")";
        case ChainProblem::weak_signature: return who + " is signed with " + seen.at->signature_hash();
        case ChainProblem::not_for_this_use:
            return who + (seen.code == X509_V_ERR_INVALID_CA ? " signs others, and is no authority's certificate"
                                                             : " is for another purpose, as its extended key usage says");
        case ChainProblem::invalid:
            if (seen.code == X509_V_ERR_CERT_REJECTED)
                return who + " has a key of " + std::to_string(seen.at->key_bits()) + " bits (" + seen.at->key_type() +
                       ") or an exponent that nobody uses";
            [[fallthrough]];
        default: return who + ": " + X509_verify_cert_error_string(seen.code);
    }
}

// Also what is missing is a certificate behind the last.
std::optional<std::size_t> find_place(const Seen& seen, std::span<const Certificate> chain)
{
    if (seen.problem == ChainProblem::missing_intermediate) return chain.size();
    if (seen.problem == ChainProblem::none || !seen.at) return std::nullopt;
    return static_cast<std::size_t>(std::find(chain.begin(), chain.end(), *seen.at) - chain.begin());
}

ChainCheck conclude(const Seen& seen, std::span<const Certificate> chain, const TrustStore& trust)
{
    ChainCheck check{.problem = seen.problem,
                     .code = seen.code,
                     .detail = {},
                     .missing_issuer = {},
                     .missing_issuer_url = {},
                     .at = find_place(seen, chain)};
    if (seen.problem == ChainProblem::missing_intermediate && seen.at) {
        const Certificate& last = *seen.at;
        check.missing_issuer = last.issuer();
        check.missing_issuer_url = last.aia_issuer_url();
        if (missing_issuer_is_root(last, !(last == chain.front()), trust)) check.problem = ChainProblem::untrusted_root;
        check.detail = "\"" + check.missing_issuer + "\", the issuer of \"" + last.subject() + "\", is neither sent nor trusted";
        if (!check.missing_issuer_url.empty()) check.detail += "; it can be had at " + check.missing_issuer_url;
        return check;
    }
    check.detail = describe(seen);
    if (check.problem == ChainProblem::untrusted_root && seen.at)
        check.detail = "the chain ends at \"" + seen.at->subject() + "\", which is not trusted";
    return check;
}

// Bundles of all public authorities hold about 150.
constexpr std::size_t max_authorities = 2000;

Result<> add_authorities(X509_STORE* store, std::string_view pem)
{
    auto certificates = read_certificates(pem, max_authorities);
    if (!certificates) return certificates.error().in("trusted authorities");
    for (const Certificate& certificate : *certificates) X509_STORE_add_cert(store, certificate.handle());
    return {};
}

// The bundle of the machine is known as a whole. OpenSSL's default paths are searched at each check instead, which
// reads a folder of hundreds of files on the worker that shakes hands; they serve where there is no bundle, or where
// the environment names other places.
Result<> add_system_authorities(X509_STORE* store)
{
    const bool elsewhere =
        std::getenv(X509_get_default_cert_file_env()) != nullptr || std::getenv(X509_get_default_cert_dir_env()) != nullptr;
    const std::string bundle = std::string(X509_get_default_cert_dir()) + "/ca-certificates.crt";
    if (!elsewhere && X509_STORE_load_file(store, bundle.c_str()) == 1) return {};
    if (X509_STORE_set_default_paths(store) != 1)
        return Error{Fault::config, "cannot load the system's trusted authorities: " + last_error()};
    return {};
}

// One path from the leaf through what was sent to what is trusted, as OpenSSL chooses it, and the worst of it.
Seen walk(const Certificate& leaf, STACK_OF(X509) * sent, const TrustStore& trust, ChainUse use, WallTime now)
{
    const StoreContextHandle context = prepare_check(trust.handle(), leaf, sent, use, now);
    Seen seen;
    X509_STORE_CTX_set_app_data(context.get(), &seen);
    X509_STORE_CTX_set_verify_cb(context.get(), note_fault);
    const int completed = X509_verify_cert(context.get());
    seen.path = sk_X509_num(X509_STORE_CTX_get0_chain(context.get()));
    ERR_clear_error();
    if (completed != 1 && seen.problem == ChainProblem::none) {
        seen.problem = ChainProblem::invalid;
        seen.code = X509_STORE_CTX_get_error(context.get());
    }
    return seen;
}

// As OpenSSL judges when a certificate is put into a context: nobody relies on the signature of one that signed itself.
ChainProblem find_weakness_of(X509* certificate)
{
    const EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (key == nullptr || EVP_PKEY_get_security_bits(key) < least_security_bits) return ChainProblem::weak_key;
    if ((X509_get_extension_flags(certificate) & EXFLAG_SS) != 0) return ChainProblem::none;
    int bits = -1;
    const bool known = X509_get_signature_info(certificate, nullptr, nullptr, &bits, nullptr) == 1;
    return known && bits >= least_security_bits ? ChainProblem::none : ChainProblem::weak_signature;
}

bool is_dead_end(const Seen& seen, const Certificate& leaf)
{
    const bool leads_nowhere = seen.problem == ChainProblem::missing_intermediate || seen.problem == ChainProblem::untrusted_root;
    return leads_nowhere && seen.at && !(*seen.at == leaf);
}

void drop(STACK_OF(X509) * sent, const Certificate& certificate)
{
    for (int i = sk_X509_num(sent) - 1; i >= 0; --i)
        if (X509_cmp(sk_X509_value(sent, i), certificate.handle()) == 0) sk_X509_delete(sent, i);
}

// An authority may have several certificates for one key (cross-signing), and a server may send them all. OpenSSL
// follows one of them and does not turn back; RFC 4158 §2 asks for any path that holds. The end of a path that
// leads nowhere is of use to no other path, so it is left out of the next one.
Seen find_best_path(const Certificate& leaf, STACK_OF(X509) * sent, const TrustStore& trust, ChainUse use, WallTime now)
{
    const Seen first = walk(leaf, sent, trust, use, now);
    Seen seen = first;
    int signatures = first.path;
    for (int turns = 0; turns < max_turns && signatures < max_signatures && is_dead_end(seen, leaf); ++turns) {
        drop(sent, *seen.at);
        seen = walk(leaf, sent, trust, use, now);
        signatures += seen.path;
    }
    return rank(seen.problem) > rank(ChainProblem::untrusted_root) ? seen : first;
}

}  // namespace

std::string_view format_chain_problem(ChainProblem problem)
{
    switch (problem) {
        case ChainProblem::none: return "ok";
        case ChainProblem::no_certificate: return "no_certificate";
        case ChainProblem::self_signed: return "self_signed";
        case ChainProblem::missing_intermediate: return "missing_intermediate";
        case ChainProblem::untrusted_root: return "untrusted_root";
        case ChainProblem::expired: return "expired";
        case ChainProblem::not_yet_valid: return "not_yet_valid";
        case ChainProblem::weak_key: return "weak_key";
        case ChainProblem::weak_signature: return "weak_signature";
        case ChainProblem::not_for_this_use: return "not_for_this_use";
        case ChainProblem::revoked: return "revoked";
        case ChainProblem::invalid: return "invalid";
    }
    return "invalid";
}

Result<std::shared_ptr<const TrustStore>> TrustStore::make(const Sources& sources)
{
    std::shared_ptr<X509_STORE> store(X509_STORE_new(), X509_STORE_free);
    if (sources.system) SEALPOST_CHECK(add_system_authorities(store.get()));
    for (const std::string& pem : sources.pem_texts) SEALPOST_CHECK(add_authorities(store.get(), pem));
    ERR_clear_error();
    return std::shared_ptr<const TrustStore>(new TrustStore(std::move(store)));
}

bool TrustStore::knows_organization(std::string_view organization) const
{
    STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store_.get());
    X509_STORE_lock(store_.get());
    bool found = false;
    for (int i = 0; !found && i < sk_X509_OBJECT_num(objects); ++i) {
        X509* certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        if (certificate == nullptr) continue;
        std::array<char, 256> name{};
        const int size =
            X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_organizationName, name.data(), name.size());
        found = size > 0 && iequals(std::string_view(name.data(), static_cast<std::size_t>(size)), organization);
    }
    X509_STORE_unlock(store_.get());
    return found;
}

ChainCheck check_chain(std::span<const Certificate> chain, const TrustStore& trust, ChainUse use, WallTime now)
{
    if (chain.empty())
        return {.problem = ChainProblem::no_certificate,
                .code = X509_V_ERR_UNSPECIFIED,
                .detail = "no certificate was sent",
                .missing_issuer = {},
                .missing_issuer_url = {}};
    if (const auto costly = find_costly_key(chain)) {
        Seen seen{.problem = ChainProblem::invalid, .code = X509_V_ERR_CERT_REJECTED, .at = costly};
        return conclude(seen, chain, trust);
    }
    const StackHandle sent = stack_of(chain);
    return conclude(find_best_path(chain.front(), sent.get(), trust, use, now), chain, trust);
}

std::optional<Certificate> detail::find_costly_key(std::span<const Certificate> chain)
{
    for (const Certificate& certificate : chain) {
        const EVP_PKEY* key = X509_get0_pubkey(certificate.handle());
        if (key != nullptr && !is_of_usual_cost(key)) return certificate;
    }
    ERR_clear_error();
    return std::nullopt;
}

ChainCheck find_weakness(std::span<const Certificate> chain)
{
    Seen seen;
    for (const Certificate& certificate : chain) {
        seen.problem = find_weakness_of(certificate.handle());
        seen.at = certificate;
        if (seen.problem != ChainProblem::none) break;
    }
    ERR_clear_error();
    return {.problem = seen.problem,
            .code = X509_V_ERR_UNSPECIFIED,
            .detail = describe(seen),
            .missing_issuer = {},
            .missing_issuer_url = {},
            .at = find_place(seen, chain)};
}

}  // namespace sealpost::crypto
