#pragma once

#include "base/bytes.hpp"
#include "base/secret.hpp"

#include <array>
#include <memory>
#include <string_view>

namespace sealpost::crypto {

using Digest256 = std::array<std::uint8_t, 32>;

// FIPS 180-4.
[[nodiscard]] Digest256 sha256(ByteView bytes);
[[nodiscard]] inline Digest256 sha256(std::string_view text) { return sha256(as_bytes(text)); }

using Digest512 = std::array<std::uint8_t, 64>;
[[nodiscard]] Digest512 sha512(ByteView bytes);

// SHA-256 of what comes in pieces. finish() once, then nothing more.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(ByteView piece);
    void update(std::string_view piece) { update(as_bytes(piece)); }
    [[nodiscard]] Digest256 finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

// RFC 2104.
[[nodiscard]] Digest256 hmac_sha256(ByteView key, ByteView text);

// RFC 5869; `count` up to 255 * 32. An empty salt is the same as 32 zero octets.
[[nodiscard]] Secret hkdf_sha256(ByteView key_material, ByteView salt, ByteView info, std::size_t count);

// Constant time in the octets, not in the lengths.
[[nodiscard]] bool equal_in_constant_time(ByteView a, ByteView b);

}  // namespace sealpost::crypto
