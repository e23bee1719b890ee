#include "wire/acme/account_key.hpp"

#include "base/encoding.hpp"
#include "sys/crypto/challenge_certificate.hpp"
#include "sys/crypto/ecdsa.hpp"

namespace sealpost::acme {
namespace {

Result<std::string> jwk_of(const crypto::PrivateKey& key)
{
    SEALPOST_TRY(const auto point, crypto::p256_public_of(key));
    return format_jwk(point.x, point.y);
}

}  // namespace

// RFC 7638 §3.2: the required members of an EC key, in lexicographic order, without white space.
std::string format_jwk(ByteView x, ByteView y)
{
    return R"({"crv":"P-256","kty":"EC","x":")" + format_base64url(x) + R"(","y":")" + format_base64url(y) + "\"}";
}

std::string format_thumbprint(std::string_view jwk) { return format_base64url(crypto::sha256(jwk)); }

AccountKey::AccountKey(crypto::PrivateKey key, std::string jwk)
    : key_(std::move(key)), jwk_(std::move(jwk)), thumbprint_(format_thumbprint(jwk_))
{
}

Result<AccountKey> AccountKey::make()
{
    SEALPOST_TRY(auto key, crypto::PrivateKey::make_ecdsa_p256());
    SEALPOST_TRY(auto jwk, jwk_of(key));
    return AccountKey(std::move(key), std::move(jwk));
}

Result<AccountKey> AccountKey::parse_pem(std::string_view pem)
{
    SEALPOST_TRY(auto key, crypto::PrivateKey::parse_pem(pem));
    SEALPOST_TRY(auto jwk, jwk_of(key));
    return AccountKey(std::move(key), std::move(jwk));
}

std::string AccountKey::key_authorization(std::string_view token) const { return std::string(token) + '.' + thumbprint_; }

Result<ChallengeCertificate> make_challenge_certificate(const std::string& name, std::string_view key_authorization, WallTime now)
{
    SEALPOST_TRY(auto key, crypto::PrivateKey::make_ecdsa_p256());
    SEALPOST_TRY(auto certificate, crypto::make_challenge_certificate(name, crypto::sha256(key_authorization), key, now));
    return ChallengeCertificate{std::move(certificate), std::move(key)};
}

}  // namespace sealpost::acme
