#include "sys/crypto/ecdsa.hpp"

#include "sys/crypto/x509_detail.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

namespace sealpost::crypto {
using namespace detail;
namespace {

constexpr std::size_t coordinate_bytes = 32;

using SignatureHandle = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;
using NumberHandle = std::unique_ptr<BIGNUM, Freer<BN_free>>;

Error failed() { return {Fault::give_up, "cannot sign with ES256: " + last_error()}; }

bool is_on_p256(const PrivateKey& key)
{
    char group[64] = "";
    return EVP_PKEY_get_group_name(key.handle(), group, sizeof group, nullptr) == 1 && OBJ_sn2nid(group) == NID_X9_62_prime256v1;
}

Result<Bytes> read_coordinate(const PrivateKey& key, const char* name)
{
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key.handle(), name, &number) != 1) return failed();
    const NumberHandle owned(number);
    Bytes out(coordinate_bytes);
    if (BN_bn2binpad(number, out.data(), static_cast<int>(out.size())) < 0) return failed();
    return out;
}

// From SEQUENCE { R, S } to R || S.
Result<Bytes> join_halves(const Bytes& der)
{
    const unsigned char* at = der.data();
    const SignatureHandle parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    if (!parsed) return failed();
    Bytes out(es256_signature_bytes);
    const bool fits = BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), out.data(), coordinate_bytes) >= 0 &&
                      BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), out.data() + coordinate_bytes, coordinate_bytes) >= 0;
    if (!fits) return failed();
    return out;
}

Bytes split_halves(ByteView signature)
{
    const SignatureHandle built(ECDSA_SIG_new());
    BIGNUM* r = BN_bin2bn(signature.data(), coordinate_bytes, nullptr);
    BIGNUM* s = BN_bin2bn(signature.data() + coordinate_bytes, coordinate_bytes, nullptr);
    ECDSA_SIG_set0(built.get(), r, s);
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(built.get(), &der);
    Bytes out(der, der + std::max(size, 0));
    OPENSSL_free(der);
    return out;
}

KeyHandle make_public_key(const P256Point& point)
{
    if (point.x.size() != coordinate_bytes || point.y.size() != coordinate_bytes) return nullptr;
    Bytes octets{POINT_CONVERSION_UNCOMPRESSED};
    octets.insert(octets.end(), point.x.begin(), point.x.end());
    octets.insert(octets.end(), point.y.begin(), point.y.end());
    char group[] = "prime256v1";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
        OSSL_PARAM_construct_end(),
    };
    const KeyContextHandle context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* key = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
    if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) return nullptr;
    return KeyHandle(key);
}

}  // namespace

Result<P256Point> p256_public_of(const PrivateKey& key)
{
    if (!is_on_p256(key)) {
        ERR_clear_error();
        return Error{Fault::config, "not a key on the curve P-256"};
    }
    P256Point point;
    SEALPOST_TRY(point.x, read_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X));
    SEALPOST_TRY(point.y, read_coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y));
    return point;
}

Result<Bytes> sign_es256(const PrivateKey& key, std::string_view message)
{
    if (!is_on_p256(key)) {
        ERR_clear_error();
        return Error{Fault::config, "not a key on the curve P-256"};
    }
    const DigestContext context(EVP_MD_CTX_new());
    const ByteView bytes = as_bytes(message);
    Bytes der(static_cast<std::size_t>(EVP_PKEY_get_size(key.handle())));
    std::size_t size = der.size();
    const bool made = context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.handle()) == 1 &&
                      EVP_DigestSign(context.get(), der.data(), &size, bytes.data(), bytes.size()) == 1;
    if (!made) return failed();
    der.resize(size);
    return join_halves(der);
}

bool verify_es256(const P256Point& key, std::string_view message, ByteView signature)
{
    const KeyHandle handle = make_public_key(key);
    bool good = false;
    if (handle && signature.size() == es256_signature_bytes) {
        const Bytes der = split_halves(signature);
        const DigestContext context(EVP_MD_CTX_new());
        const ByteView bytes = as_bytes(message);
        good = context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, handle.get()) == 1 &&
               EVP_DigestVerify(context.get(), der.data(), der.size(), bytes.data(), bytes.size()) == 1;
    }
    ERR_clear_error();
    return good;
}

}  // namespace sealpost::crypto
