#include "sys/crypto/material_detail.hpp"

#include <openssl/pem.h>

#include <array>

namespace sealpost::crypto::detail {
namespace {

using Pkcs12Handle = std::unique_ptr<PKCS12, Freer<PKCS12_free>>;
struct BagsFreer {
    void operator()(STACK_OF(PKCS12_SAFEBAG) * bags) const { sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free); }
    void operator()(STACK_OF(PKCS7) * safes) const { sk_PKCS7_pop_free(safes, PKCS7_free); }
};
using BagsHandle = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), BagsFreer>;
using SafesHandle = std::unique_ptr<STACK_OF(PKCS7), BagsFreer>;

MaterialError unsupported()
{
    return refuse(MaterialProblem::unsupported_cipher, "the PKCS#12 file is encrypted in a way that is not supported");
}

MaterialError damaged() { return refuse(MaterialProblem::damaged, "the PKCS#12 file is damaged"); }

Pkcs12Handle parse(ByteView bytes, OSSL_LIB_CTX* library)
{
    PKCS12* empty = PKCS12_init_ex(NID_pkcs7_data, library, nullptr);
    const unsigned char* at = bytes.data();
    Pkcs12Handle file(d2i_PKCS12(&empty, &at, static_cast<long>(bytes.size())));
    ERR_clear_error();
    return file;
}

// RFC 7292 §4: the MAC tells whether the password is right. An empty password is written in two ways.
MaterialResult<std::string_view> find_password(MaterialCollector& into, PKCS12* file, const Secret* given)
{
    if (PKCS12_mac_present(file) != 1) return given == nullptr ? std::string_view("") : given->reveal_text();
    const ASN1_INTEGER* rounds = nullptr;
    PKCS12_get0_mac(nullptr, nullptr, nullptr, &rounds, file);
    std::uint64_t count = 1;
    if (rounds != nullptr && ASN1_INTEGER_get_uint64(&count, rounds) != 1) return unsupported();
    if (!into.spend(count)) return unsupported();
    const std::string_view empty("");
    const std::string_view text = given == nullptr || given->empty() ? empty : given->reveal_text();
    const bool right = PKCS12_verify_mac(file, text.data(), static_cast<int>(text.size())) == 1;
    const bool right_as_null = !right && text.empty() && into.spend(count) && PKCS12_verify_mac(file, nullptr, 0) == 1;
    ERR_clear_error();
    if (right) return text;
    if (right_as_null) return std::string_view();
    if (given == nullptr) return refuse(MaterialProblem::password_needed, "the PKCS#12 file needs its password");
    return refuse(MaterialProblem::wrong_password, "the password does not open the PKCS#12 file");
}

class Pkcs12Reader {
public:
    Pkcs12Reader(MaterialCollector& into, std::string_view password) : into_(into), password_(password) {}

    MaterialResult<void> read(PKCS12* file)
    {
        const SafesHandle safes(PKCS12_unpack_authsafes(file));
        ERR_clear_error();
        if (!safes) return damaged();
        for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) SEALPOST_CHECK(read_safe(sk_PKCS7_value(safes.get(), i)));
        return {};
    }

private:
    MaterialResult<void> read_safe(PKCS7* safe)
    {
        if (PKCS7_type_is_data(safe)) {
            const BagsHandle bags(PKCS12_unpack_p7data(safe));
            ERR_clear_error();
            return bags ? read_bags(bags.get()) : damaged();
        }
        if (!PKCS7_type_is_encrypted(safe)) return {};  // sealed to a public key: nobody does
        const auto rounds = count_rounds(safe->d.encrypted->enc_data->algorithm);
        if (!into_.spend(rounds)) return unsupported();
        const BagsHandle bags(PKCS12_unpack_p7encdata(safe, password_.data(), static_cast<int>(password_.size())));
        ERR_clear_error();
        return bags ? read_bags(bags.get()) : unsupported();  // the password is right, so the cipher is not known
    }

    MaterialResult<void> read_bags(const STACK_OF(PKCS12_SAFEBAG) * bags)
    {
        for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); ++i) SEALPOST_CHECK(read_bag(sk_PKCS12_SAFEBAG_value(bags, i)));
        return {};
    }

    MaterialResult<void> read_bag(const PKCS12_SAFEBAG* bag)
    {
        switch (PKCS12_SAFEBAG_get_nid(bag)) {
            case NID_certBag: return read_certificate(bag);
            case NID_keyBag: return read_plain_key(bag);
            case NID_pkcs8ShroudedKeyBag: return into_.add_encrypted_key(PKCS12_SAFEBAG_get0_pkcs8(bag), password_);
            default: return {};
        }
    }

    MaterialResult<void> read_certificate(const PKCS12_SAFEBAG* bag)
    {
        if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate) return {};
        const X509Handle certificate(PKCS12_SAFEBAG_get1_cert(bag));
        ERR_clear_error();
        return certificate ? into_.add(Certificate::share(certificate.get())) : damaged();
    }

    MaterialResult<void> read_plain_key(const PKCS12_SAFEBAG* bag)
    {
        const KeyHandle key(EVP_PKCS82PKEY(PKCS12_SAFEBAG_get0_p8inf(bag)));
        ERR_clear_error();
        return key ? into_.add(key.get()) : damaged();
    }

    MaterialCollector& into_;
    std::string_view password_;
};

}  // namespace

bool is_pkcs12(ByteView bytes) { return parse(bytes, nullptr) != nullptr; }

MaterialResult<void> read_pkcs12(MaterialCollector& into, ByteView bytes, const Secret* password)
{
    // The older ciphers are among the newer ones there; what is read is used with OpenSSL's usual ones.
    const Pkcs12Handle file = parse(bytes, legacy_library());
    if (!file) return damaged();
    SEALPOST_TRY(const std::string_view text, find_password(into, file.get(), password));
    return Pkcs12Reader(into, text).read(file.get());
}

}  // namespace sealpost::crypto::detail
