// crypto: OpenSSL and libsodium behind our own types. Random octets, digests, HKDF, AEAD, X25519,
// Argon2id (and X.509 in x509.hpp). No I/O, no state; every function may be called from any thread.
// An authentication failure is Fault::denied, wrong sizes from outside are Fault::peer_broke_it; a
// library that fails at what cannot fail (no random octets, no memory) throws, since a promise is broken.
#pragma once

#include "base/bytes.hpp"
#include "base/secret.hpp"

#include <span>

namespace sealpost::crypto {

void fill_random(std::span<std::uint8_t> out);
[[nodiscard]] Bytes random_bytes(std::size_t count);
[[nodiscard]] Secret random_secret(std::size_t count);

}  // namespace sealpost::crypto
