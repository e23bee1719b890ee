// What Sealer and Opener share of age v1 (C2SP age.md); only for the .cpp files of this room.
#pragma once

#include "base/bytes.hpp"
#include "base/secret.hpp"
#include "sys/crypto/aead.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/crypto/x25519.hpp"

#include <array>
#include <string_view>

namespace sealpost::seal {

inline constexpr std::string_view version_line = "age-encryption.org/v1\n";
inline constexpr std::string_view stanza_start = "-> X25519 ";
inline constexpr std::string_view mac_start = "---";
inline constexpr std::size_t file_key_bytes = 16;
inline constexpr std::size_t payload_nonce_bytes = 16;
inline constexpr std::size_t wrapped_key_bytes = file_key_bytes + crypto::aead_tag_bytes;
inline constexpr std::size_t coded_key_bytes = 43;  // 32 octets in unpadded base64
// version line, stanza with its argument, its body, the MAC line: nothing in it varies in length.
inline constexpr std::size_t header_bytes = 22 + (10 + coded_key_bytes + 1) + (coded_key_bytes + 1) + (4 + coded_key_bytes + 1);

using AeadNonce = std::array<std::uint8_t, crypto::aead_nonce_bytes>;

// "an 11-byte big endian counter … and a last byte that is 0x01 for the final chunk and 0x00 otherwise".
inline AeadNonce chunk_nonce(std::uint64_t chunk, bool last)
{
    AeadNonce nonce{};
    for (std::size_t i = 0; i < 8; ++i) nonce[10 - i] = static_cast<std::uint8_t>(chunk >> (8 * i));
    nonce[11] = last ? 1 : 0;
    return nonce;
}

inline Secret wrap_key(const Secret& shared, const crypto::x25519::PublicKey& ephemeral,
                       const crypto::x25519::PublicKey& recipient)
{
    Bytes salt(ephemeral.begin(), ephemeral.end());
    salt.insert(salt.end(), recipient.begin(), recipient.end());
    return crypto::hkdf_sha256(shared.reveal(), salt, as_bytes("age-encryption.org/v1/X25519"), crypto::aead_key_bytes);
}

inline crypto::Digest256 header_mac(const Secret& file_key, std::string_view header_through_dashes)
{
    const Secret key = crypto::hkdf_sha256(file_key.reveal(), {}, as_bytes("header"), 32);
    return crypto::hmac_sha256(key.reveal(), as_bytes(header_through_dashes));
}

inline Secret payload_key(const Secret& file_key, ByteView nonce)
{
    return crypto::hkdf_sha256(file_key.reveal(), nonce, as_bytes("payload"), crypto::aead_key_bytes);
}

}  // namespace sealpost::seal
