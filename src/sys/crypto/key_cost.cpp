#include "sys/crypto/key_cost.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

namespace sealpost::crypto {

bool has_usual_exponent(const evp_pkey_st* key)
{
    constexpr int most_bits = 33;
    if (EVP_PKEY_is_a(key, "RSA") != 1 && EVP_PKEY_is_a(key, "RSA-PSS") != 1) return true;
    BIGNUM* exponent = nullptr;
    const bool known = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1;
    const bool usual = known && BN_num_bits(exponent) <= most_bits;
    BN_free(exponent);
    return usual;
}

bool is_of_usual_cost(const evp_pkey_st* key)
{
    constexpr int most_bits = 8192;
    return EVP_PKEY_get_bits(key) <= most_bits && has_usual_exponent(key);
}

}  // namespace sealpost::crypto
