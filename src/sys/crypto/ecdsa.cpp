#include "sys/crypto/ecdsa.hpp"

#include "sys/crypto/x509_detail.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>

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

}  // namespace sealpost::crypto
