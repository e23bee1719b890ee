#include "sys/crypto/x509_anchor.hpp"

#include "sys/crypto/x509_detail.hpp"

namespace sealpost::crypto {
using namespace detail;
namespace {

// The first fault ends the check: here it decides between yes and no only.
ChainProblem problem_for(int code)
{
    switch (code) {
        case X509_V_OK: return ChainProblem::none;
        case X509_V_ERR_CERT_HAS_EXPIRED: return ChainProblem::expired;
        case X509_V_ERR_CERT_NOT_YET_VALID: return ChainProblem::not_yet_valid;
        case X509_V_ERR_EE_KEY_TOO_SMALL:
        case X509_V_ERR_CA_KEY_TOO_SMALL: return ChainProblem::weak_key;
        case X509_V_ERR_CA_MD_TOO_WEAK: return ChainProblem::weak_signature;
        case X509_V_ERR_INVALID_PURPOSE:
        case X509_V_ERR_INVALID_CA: return ChainProblem::not_for_this_use;
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return ChainProblem::untrusted_root;
        default: return ChainProblem::invalid;
    }
}

ChainCheck make_check(int code, std::string detail)
{
    ChainCheck check;
    check.problem = problem_for(code);
    check.code = code;
    check.detail = std::move(detail);
    return check;
}

ChainCheck conclude(X509_STORE_CTX* context, const Certificate& leaf)
{
    const int code = X509_STORE_CTX_get_error(context);
    X509* at = X509_STORE_CTX_get_current_cert(context);
    const std::string who = at == nullptr ? leaf.subject() : Certificate::share(at).subject();
    return make_check(code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code,
                      "\"" + who + "\": " + X509_verify_cert_error_string(code));
}

}  // namespace

ChainCheck check_chain_to(std::span<const Certificate> chain, const Certificate& anchor, ChainUse use, WallTime now)
{
    if (chain.empty()) {
        ChainCheck none;
        none.code = X509_V_ERR_UNSPECIFIED;
        none.detail = "no certificate was sent";
        return none;
    }
    auto costly = find_costly_key(chain);
    if (!costly) costly = find_costly_key({&anchor, 1});
    if (costly) return make_check(X509_V_ERR_CERT_REJECTED, "\"" + costly->subject() + "\" has a key that nobody uses");
    const StoreHandle store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), anchor.handle());
    const StackHandle sent = stack_of(chain);
    const StoreContextHandle context = prepare_check(store.get(), chain.front(), sent.get(), use, now);
    // Trust starts at the anchor, whoever signed it.
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
    const bool verified = X509_verify_cert(context.get()) == 1;
    ERR_clear_error();
    return verified ? make_check(X509_V_OK, {}) : conclude(context.get(), chain.front());
}

Bytes public_key_der(const Certificate& certificate)
{
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.handle()), &der);
    if (size <= 0) return {};
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

}  // namespace sealpost::crypto
