#include "sys/crypto/signature.hpp"

#include "sys/crypto/key_cost.hpp"
#include "sys/crypto/x509_detail.hpp"

#include <openssl/decoder.h>
#include <openssl/rsa.h>

namespace sealpost::crypto {
using namespace detail;
namespace {

using DecoderContext = std::unique_ptr<OSSL_DECODER_CTX, Freer<OSSL_DECODER_CTX_free>>;

Error bad(std::string_view what)
{
    ERR_clear_error();
    return {Fault::peer_broke_it, std::string(what)};
}

// "SubjectPublicKeyInfo", or "type-specific": RSAPublicKey.
KeyHandle decode_rsa(ByteView der, const char* structure)
{
    EVP_PKEY* key = nullptr;
    const DecoderContext context(
        OSSL_DECODER_CTX_new_for_pkey(&key, "DER", structure, "RSA", EVP_PKEY_PUBLIC_KEY, nullptr, nullptr));
    const unsigned char* at = der.data();
    std::size_t left = der.size();
    const bool whole = context && OSSL_DECODER_from_data(context.get(), &at, &left) == 1 && left == 0;
    KeyHandle owned(key);
    if (!whole) owned.reset();
    return owned;
}

bool use_pkcs1_sha256(EVP_PKEY_CTX* context)
{
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1;
}

bool verify_rsa(EVP_PKEY* key, const Digest256& digest, ByteView signature)
{
    const KeyContextHandle context(EVP_PKEY_CTX_new(key, nullptr));
    return context && EVP_PKEY_verify_init(context.get()) == 1 && use_pkcs1_sha256(context.get()) &&
           EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
}

bool verify_ed25519(EVP_PKEY* key, const Digest256& digest, ByteView signature)
{
    const DigestContext context(EVP_MD_CTX_new());
    return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
}

bool sign_rsa(EVP_PKEY* key, const Digest256& digest, Bytes& out)
{
    const KeyContextHandle context(EVP_PKEY_CTX_new(key, nullptr));
    std::size_t size = out.size();
    const bool made = context && EVP_PKEY_sign_init(context.get()) == 1 && use_pkcs1_sha256(context.get()) &&
                      EVP_PKEY_sign(context.get(), out.data(), &size, digest.data(), digest.size()) == 1;
    out.resize(made ? size : 0);
    return made;
}

bool sign_ed25519(EVP_PKEY* key, const Digest256& digest, Bytes& out)
{
    const DigestContext context(EVP_MD_CTX_new());
    std::size_t size = out.size();
    const bool made = context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
                      EVP_DigestSign(context.get(), out.data(), &size, digest.data(), digest.size()) == 1;
    out.resize(made ? size : 0);
    return made;
}

}  // namespace

Result<PublicKey> PublicKey::parse_rsa(ByteView der)
{
    if (der.empty() || der.size() > max_public_key_bytes) return bad("not an RSA key: its size is impossible");
    KeyHandle key = decode_rsa(der, "SubjectPublicKeyInfo");
    if (!key) key = decode_rsa(der, "type-specific");
    if (!key) return bad("not an RSA key in DER form");
    ERR_clear_error();
    if (!has_usual_exponent(key.get())) return bad("an RSA key with an exponent that nobody uses");
    return PublicKey(SignatureKind::rsa, std::shared_ptr<EVP_PKEY>(key.release(), EVP_PKEY_free));
}

Result<PublicKey> PublicKey::parse_ed25519(ByteView octets)
{
    if (octets.size() != ed25519_key_bytes) return bad("an Ed25519 key has 32 octets");
    EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets.data(), octets.size());
    if (key == nullptr) return bad("not an Ed25519 key");
    return PublicKey(SignatureKind::ed25519, std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

int PublicKey::bits() const { return kind_ == SignatureKind::ed25519 ? 256 : EVP_PKEY_get_bits(key_.get()); }

bool PublicKey::verify(const Digest256& digest, ByteView signature) const
{
    const bool good =
        kind_ == SignatureKind::rsa ? verify_rsa(key_.get(), digest, signature) : verify_ed25519(key_.get(), digest, signature);
    ERR_clear_error();
    return good;
}

std::optional<SignatureKind> find_signature_kind(const PrivateKey& key)
{
    if (key.type() == "RSA") return SignatureKind::rsa;
    if (key.type() == "ED25519") return SignatureKind::ed25519;
    return std::nullopt;
}

Result<Bytes> sign(const PrivateKey& key, const Digest256& digest)
{
    const auto kind = find_signature_kind(key);
    if (!kind) return Error{Fault::config, "the key is neither RSA nor Ed25519"};
    Bytes out(static_cast<std::size_t>(EVP_PKEY_get_size(key.handle())));
    const bool made = *kind == SignatureKind::rsa ? sign_rsa(key.handle(), digest, out) : sign_ed25519(key.handle(), digest, out);
    if (!made) return Error{Fault::give_up, "cannot sign: " + last_error()};
    return out;
}

Result<Bytes> ed25519_public_of(const PrivateKey& key)
{
    Bytes out(ed25519_key_bytes);
    std::size_t size = out.size();
    if (find_signature_kind(key) != SignatureKind::ed25519 || EVP_PKEY_get_raw_public_key(key.handle(), out.data(), &size) != 1 ||
        size != out.size())
        return Error{Fault::config, "not an Ed25519 key"};
    return out;
}

}  // namespace sealpost::crypto
