// The other side of crypto::sign_es256, for tests: an authority that verifies what it is sent.
#pragma once

#include "sys/crypto/ecdsa.hpp"
#include "sys/crypto/x509_detail.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>

namespace sealpost::crypto {
namespace es256_detail {

inline Bytes split_halves(ByteView signature)
{
    const std::unique_ptr<ECDSA_SIG, detail::Freer<ECDSA_SIG_free>> built(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(signature.data(), es256_signature_bytes / 2, nullptr);
    BIGNUM* s = BN_bin2bn(signature.data() + es256_signature_bytes / 2, es256_signature_bytes / 2, nullptr);
    ECDSA_SIG_set0(built.get(), r, s);
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(built.get(), &der);
    Bytes out(der, der + std::max(size, 0));
    OPENSSL_free(der);
    return out;
}

inline detail::KeyHandle make_public_key(const P256Point& point)
{
    if (point.x.size() != es256_signature_bytes / 2 || point.y.size() != es256_signature_bytes / 2) return nullptr;
    Bytes octets{POINT_CONVERSION_UNCOMPRESSED};
    octets.insert(octets.end(), point.x.begin(), point.x.end());
    octets.insert(octets.end(), point.y.begin(), point.y.end());
    char group[] = "prime256v1";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
        OSSL_PARAM_construct_end(),
    };
    const detail::KeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
    if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) return nullptr;
    return detail::KeyHandle(key);
}

}  // namespace es256_detail

// False also for a point that is not on the curve and for a signature of another length.
[[nodiscard]] inline bool verify_es256(const P256Point& key, std::string_view message, ByteView signature)
{
    const detail::KeyHandle handle = es256_detail::make_public_key(key);
    bool good = false;
    if (handle && signature.size() == es256_signature_bytes) {
        const Bytes der = es256_detail::split_halves(signature);
        const detail::DigestContext context(EVP_MD_CTX_new());
        const ByteView bytes = as_bytes(message);
        good = context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, handle.get()) == 1 &&
               EVP_DigestVerify(context.get(), der.data(), der.size(), bytes.data(), bytes.size()) == 1;
    }
    ERR_clear_error();
    return good;
}

}  // namespace sealpost::crypto
