#include "sys/crypto/x25519.hpp"

#include "sys/crypto/random.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <memory>
#include <stdexcept>

namespace sealpost::crypto::x25519 {
namespace {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_PKEY_CTX, FreeKey>;

Result<Key> load_private(const Secret& private_key)
{
    if (private_key.size() != key_bytes) return Error{Fault::peer_broke_it, "an X25519 private key has 32 octets"};
    Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, private_key.reveal().data(), key_bytes));
    if (!key) throw std::runtime_error("X25519: key not loaded");
    return key;
}

}  // namespace

Secret make_private() { return random_secret(key_bytes); }

Result<PublicKey> public_of(const Secret& private_key)
{
    SEALPOST_TRY(const Key key, load_private(private_key));
    PublicKey out{};
    std::size_t length = out.size();
    if (EVP_PKEY_get_raw_public_key(key.get(), out.data(), &length) != 1 || length != out.size())
        throw std::runtime_error("X25519: no public key");
    return out;
}

Result<Secret> agree(const Secret& private_key, const PublicKey& peer)
{
    SEALPOST_TRY(const Key own, load_private(private_key));
    const Key other(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, peer.data(), peer.size()));
    const Context context(EVP_PKEY_CTX_new(own.get(), nullptr));
    if (!other || !context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1)
        throw std::runtime_error("X25519: no agreement");
    Bytes shared(key_bytes);
    std::size_t length = shared.size();
    const bool agreed = EVP_PKEY_derive(context.get(), shared.data(), &length) == 1 && length == shared.size();
    Secret secret(std::move(shared));
    ERR_clear_error();
    // RFC 7748 §6.1: "MAY check, without leaking extra information … the all-zero value and abort if so";
    // age demands it. OpenSSL refuses such points by itself; the check here does not depend on it.
    if (!agreed || secret.equals(Bytes(key_bytes))) return Error{Fault::peer_broke_it, "an X25519 share of low order"};
    return secret;
}

}  // namespace sealpost::crypto::x25519
