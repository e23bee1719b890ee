#include "sys/crypto/ocsp.hpp"

#include "sys/crypto/key_cost.hpp"
#include "sys/crypto/x509_detail.hpp"

#include <openssl/ocsp.h>

namespace sealpost::crypto {
using namespace detail;
namespace {

using ResponseHandle = std::unique_ptr<OCSP_RESPONSE, Freer<OCSP_RESPONSE_free>>;
using BasicHandle = std::unique_ptr<OCSP_BASICRESP, Freer<OCSP_BASICRESP_free>>;
using CertIdHandle = std::unique_ptr<OCSP_CERTID, Freer<OCSP_CERTID_free>>;

constexpr std::chrono::minutes clock_difference{5};
constexpr std::chrono::hours age_without_next_update{24};

// Sent, or else among the trusted ones, where a root is.
std::optional<Certificate> find_issuer(std::span<const Certificate> chain, const TrustStore& trust)
{
    X509* leaf = chain.front().handle();
    for (const Certificate& candidate : chain.subspan(1))
        if (X509_check_issued(candidate.handle(), leaf) == X509_V_OK) return candidate;
    const StoreContextHandle context(X509_STORE_CTX_new());
    X509* found = nullptr;
    if (X509_STORE_CTX_init(context.get(), trust.handle(), leaf, nullptr) != 1 ||
        X509_STORE_CTX_get1_issuer(&found, context.get(), leaf) != 1)
        return std::nullopt;
    const X509Handle owned(found);
    return Certificate::share(found);
}

// Those of responders that came with the answer.
bool has_costly_key(const OCSP_BASICRESP* basic)
{
    const STACK_OF(X509)* sent = OCSP_resp_get0_certs(basic);
    for (int i = 0; i < sk_X509_num(sent); ++i) {
        const EVP_PKEY* key = X509_get0_pubkey(sk_X509_value(sent, i));
        if (key != nullptr && !is_of_usual_cost(key)) return true;
    }
    return false;
}

// RFC 6960 §4.2.2.2: signed by the issuer itself, or by whom it named for that.
bool is_signed_by_authority(OCSP_BASICRESP* basic, std::span<const Certificate> chain, const Certificate& issuer,
                            const TrustStore& trust)
{
    const StackHandle known = stack_of(chain);
    sk_X509_push(known.get(), issuer.handle());
    return OCSP_basic_verify(basic, known.get(), trust.handle(), 0) == 1;
}

// A response may speak of several certificates, each named with a hash of its own choice.
OCSP_SINGLERESP* find_answer(OCSP_BASICRESP* basic, const Certificate& leaf, const Certificate& issuer)
{
    constexpr int most_answers = 16;
    for (int i = 0; i < std::min(OCSP_resp_count(basic), most_answers); ++i) {
        OCSP_SINGLERESP* answer = OCSP_resp_get0(basic, i);
        auto* named = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(answer));
        ASN1_OBJECT* hash = nullptr;
        OCSP_id_get0_info(nullptr, &hash, nullptr, nullptr, named);
        const EVP_MD* digest = EVP_get_digestbyobj(hash);
        if (digest == nullptr) continue;
        const CertIdHandle ours(OCSP_cert_to_id(digest, leaf.handle(), issuer.handle()));
        if (ours && OCSP_id_cmp(named, ours.get()) == 0) return answer;
    }
    return nullptr;
}

std::optional<WallTime> time_of(const ASN1_GENERALIZEDTIME* time)
{
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::from_time_t(timegm(&parts)));
}

std::string day(std::optional<WallTime> time) { return time ? format_rfc3339(*time).substr(0, 10) : "an unknown day"; }

StapledCheck judge_answer(OCSP_SINGLERESP* answer, WallTime now)
{
    ASN1_GENERALIZEDTIME* revoked = nullptr;
    ASN1_GENERALIZEDTIME* from = nullptr;
    ASN1_GENERALIZEDTIME* until = nullptr;
    const int status = OCSP_single_get0_status(answer, nullptr, &revoked, &from, &until);
    const auto made = time_of(from);
    if (status == V_OCSP_CERTSTATUS_REVOKED)
        return {StapledStatus::revoked, "its authority revoked the certificate on " + day(time_of(revoked))};
    if (status != V_OCSP_CERTSTATUS_GOOD) return {StapledStatus::unknown, "its authority does not know the certificate"};
    if (!made || *made > now + clock_difference) return {StapledStatus::stale, "the stapled answer is of a time to come"};
    const WallTime end = time_of(until).value_or(*made + age_without_next_update);
    if (end + clock_difference < now) return {StapledStatus::stale, "the stapled answer was good until " + day(end)};
    return {StapledStatus::good, "not revoked on " + day(made)};
}

StapledCheck judge(ByteView response, std::span<const Certificate> chain, const TrustStore& trust, WallTime now)
{
    if (response.size() > max_ocsp_bytes) return {StapledStatus::unverifiable, "the stapled answer is too large"};
    const unsigned char* at = response.data();
    const ResponseHandle whole(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(response.size())));
    if (!whole) return {StapledStatus::unverifiable, "the stapled answer is damaged"};
    if (OCSP_response_status(whole.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return {StapledStatus::unverifiable,
                std::string("the stapled answer is an error: ") + OCSP_response_status_str(OCSP_response_status(whole.get()))};
    const BasicHandle basic(OCSP_response_get1_basic(whole.get()));
    const auto issuer = find_issuer(chain, trust);
    if (!basic || !issuer || has_costly_key(basic.get()) || !is_signed_by_authority(basic.get(), chain, *issuer, trust))
        return {StapledStatus::unverifiable, "the stapled answer is not signed by the certificate's authority"};
    OCSP_SINGLERESP* answer = find_answer(basic.get(), chain.front(), *issuer);
    if (answer == nullptr) return {StapledStatus::unverifiable, "the stapled answer is about another certificate"};
    return judge_answer(answer, now);
}

}  // namespace

std::string_view format_stapled_status(StapledStatus status)
{
    switch (status) {
        case StapledStatus::none: return "none";
        case StapledStatus::good: return "good";
        case StapledStatus::revoked: return "revoked";
        case StapledStatus::unknown: return "unknown";
        case StapledStatus::stale: return "stale";
        case StapledStatus::unverifiable: break;
    }
    return "unverifiable";
}

StapledCheck check_stapled(ByteView response, std::span<const Certificate> chain, const TrustStore& trust, WallTime now)
{
    if (chain.empty()) return {};
    if (response.empty())
        return {StapledStatus::none,
                promises_staple(chain.front()) ? "the certificate promises a stapled answer, and none was sent" : ""};
    StapledCheck check = judge(response, chain, trust, now);
    ERR_clear_error();
    return check;
}

bool promises_staple(const Certificate& certificate)
{
    return X509_get_ext_by_NID(certificate.handle(), NID_tlsfeature, -1) >= 0;
}

}  // namespace sealpost::crypto
