#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace sealpost::crypto {

inline constexpr std::size_t aead_key_bytes = 32;
inline constexpr std::size_t aead_nonce_bytes = 12;
inline constexpr std::size_t aead_tag_bytes = 16;

// Ciphertext followed by the 16 octets of the tag. The caller never uses a nonce twice with a key.
// Key and nonce have the sizes above; others are a mistake of ours and throw.
[[nodiscard]] Bytes chacha20poly1305_seal(ByteView key, ByteView nonce, ByteView aad, ByteView text);  // RFC 8439
[[nodiscard]] Bytes aes256gcm_seal(ByteView key, ByteView nonce, ByteView aad, ByteView text);         // SP 800-38D

// The text, only when the tag verifies; otherwise Fault::denied and nothing of it.
[[nodiscard]] Result<Bytes> chacha20poly1305_open(ByteView key, ByteView nonce, ByteView aad, ByteView sealed);
[[nodiscard]] Result<Bytes> aes256gcm_open(ByteView key, ByteView nonce, ByteView aad, ByteView sealed);

}  // namespace sealpost::crypto
