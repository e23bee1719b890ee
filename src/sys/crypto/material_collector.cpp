#include "sys/crypto/material_detail.hpp"

#include <openssl/asn1t.h>
#include <openssl/pem.h>
#include <openssl/provider.h>

namespace sealpost::crypto::detail {
namespace {

std::optional<std::uint64_t> value_of(const ASN1_INTEGER* number)
{
    std::uint64_t value = 0;
    if (number == nullptr || ASN1_INTEGER_get_uint64(&value, number) != 1) return std::nullopt;
    return value;
}

template <class T, auto Free>
std::unique_ptr<T, Freer<Free>> unpack(const ASN1_ITEM* shape, const X509_ALGOR* algorithm)
{
    const void* parameter = nullptr;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(nullptr, &type, &parameter, algorithm);
    if (type != V_ASN1_SEQUENCE) return nullptr;
    return std::unique_ptr<T, Freer<Free>>(static_cast<T*>(ASN1_item_unpack(static_cast<const ASN1_STRING*>(parameter), shape)));
}

int kind_of(const X509_ALGOR* algorithm)
{
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    return OBJ_obj2nid(object);
}

// RFC 7914 §7.1. OpenSSL bounds the memory that it takes, which is no bound of p.
std::optional<std::uint64_t> count_scrypt(const X509_ALGOR* algorithm)
{
    const auto terms = unpack<SCRYPT_PARAMS, SCRYPT_PARAMS_free>(ASN1_ITEM_rptr(SCRYPT_PARAMS), algorithm);
    if (!terms) return std::nullopt;
    std::uint64_t cost = 1;
    for (const ASN1_INTEGER* factor : {terms->costParameter, terms->blockSize, terms->parallelizationParameter}) {
        const auto value = value_of(factor);
        if (!value || *value == 0 || *value > max_scrypt_cost / cost) return std::nullopt;
        cost *= *value;
    }
    return cost;
}

}  // namespace

std::optional<std::uint64_t> count_rounds(const X509_ALGOR* algorithm)
{
    if (kind_of(algorithm) != NID_pbes2) {  // RFC 8018 §6.1 and RFC 7292 §B: the older schemes have one shape
        const auto old = unpack<PBEPARAM, PBEPARAM_free>(ASN1_ITEM_rptr(PBEPARAM), algorithm);
        return old ? value_of(old->iter) : std::nullopt;
    }
    const auto scheme = unpack<PBE2PARAM, PBE2PARAM_free>(ASN1_ITEM_rptr(PBE2PARAM), algorithm);
    if (!scheme) return std::nullopt;
    if (kind_of(scheme->keyfunc) == NID_id_scrypt) return count_scrypt(scheme->keyfunc);
    const auto hashing = unpack<PBKDF2PARAM, PBKDF2PARAM_free>(ASN1_ITEM_rptr(PBKDF2PARAM), scheme->keyfunc);
    return hashing ? value_of(hashing->iter) : std::nullopt;
}

bool MaterialCollector::spend(std::optional<std::uint64_t> rounds)
{
    if (!rounds || *rounds > budget_.rounds) return false;
    budget_.rounds -= *rounds;
    return true;
}

MaterialResult<void> MaterialCollector::add(const Certificate& certificate)
{
    if (std::ranges::find(material_.certificates, certificate) != material_.certificates.end()) return {};
    if (count() == max_chain_certificates)
        return refuse(MaterialProblem::too_large, "more than " + std::to_string(max_chain_certificates) + " certificates");
    material_.certificates.push_back(certificate);
    return {};
}

MaterialResult<void> MaterialCollector::add(EVP_PKEY* key)
{
    if (material_.key) {
        const bool same = EVP_PKEY_eq(material_.key->handle(), key) == 1;
        ERR_clear_error();
        if (same) return {};
        return refuse(MaterialProblem::two_keys, "there is more than one private key in it");
    }
    material_.key = PrivateKey::share(key);
    return {};
}

MaterialResult<void> MaterialCollector::add_all(const PKCS7* bundle)
{
    const STACK_OF(X509)* certificates = nullptr;
    if (PKCS7_type_is_signed(bundle) && bundle->d.sign != nullptr) certificates = bundle->d.sign->cert;
    if (sk_X509_num(certificates) <= 0) return refuse(MaterialProblem::no_certificate, "the PKCS#7 file holds no certificate");
    for (int i = 0; i < sk_X509_num(certificates); ++i) SEALPOST_CHECK(add(Certificate::share(sk_X509_value(certificates, i))));
    return {};
}

MaterialResult<void> MaterialCollector::add_encrypted_key(const X509_SIG* box, std::optional<std::string_view> password)
{
    if (!password) return refuse(MaterialProblem::password_needed, "the private key needs its password");
    const X509_ALGOR* algorithm = nullptr;
    X509_SIG_get0(box, &algorithm, nullptr);
    const auto rounds = count_rounds(algorithm);
    if (!spend(rounds))
        return refuse(MaterialProblem::unsupported_cipher, "the private key is encrypted in a way that is not supported");
    const int size = static_cast<int>(password->size());
    PlainKeyHandle plain(PKCS8_decrypt(box, password->data(), size));
    if (!plain && legacy_library() != nullptr && spend(rounds))
        plain.reset(PKCS8_decrypt_ex(box, password->data(), size, legacy_library(), nullptr));
    ERR_clear_error();
    if (!plain) return refuse(MaterialProblem::wrong_password, "the password does not open the private key");
    const KeyHandle key(EVP_PKCS82PKEY(plain.get()));
    ERR_clear_error();
    if (!key) return refuse(MaterialProblem::damaged, "the private key is of a kind that is not supported");
    return add(key.get());
}

OSSL_LIB_CTX* legacy_library()
{
    static OSSL_LIB_CTX* const library = [] {
        OSSL_LIB_CTX* made = OSSL_LIB_CTX_new();
        const bool loaded = OSSL_PROVIDER_load(made, "default") != nullptr && OSSL_PROVIDER_load(made, "legacy") != nullptr;
        ERR_clear_error();
        if (loaded) return made;
        OSSL_LIB_CTX_free(made);
        return static_cast<OSSL_LIB_CTX*>(nullptr);
    }();
    return library;
}

}  // namespace sealpost::crypto::detail
