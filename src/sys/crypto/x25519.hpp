#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"

#include <array>

namespace sealpost::crypto::x25519 {

inline constexpr std::size_t key_bytes = 32;
using PublicKey = std::array<std::uint8_t, key_bytes>;

[[nodiscard]] Secret make_private();
[[nodiscard]] Result<PublicKey> public_of(const Secret& private_key);

// RFC 7748 §6.1. Refuses the points of low order, whose shared secret is all zero (Fault::peer_broke_it).
[[nodiscard]] Result<Secret> agree(const Secret& private_key, const PublicKey& peer);

}  // namespace sealpost::crypto::x25519
