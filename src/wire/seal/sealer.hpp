#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "wire/seal/identity.hpp"

#include <array>
#include <string>
#include <string_view>

namespace sealpost::seal {

inline constexpr std::size_t chunk_bytes = 64 * 1024;

// Writes a binary age v1 file for one X25519 recipient: every append() and finish() answers what to
// write next. Holds one chunk. After finish() it is used up.
class Sealer {
public:
    [[nodiscard]] static Result<Sealer> make(std::string_view recipient);  // "age1…"
    explicit Sealer(const Identity& identity);

    [[nodiscard]] std::string append(std::string_view text);
    [[nodiscard]] std::string finish();

private:
    Sealer(const std::array<std::uint8_t, 32>& recipient_key);
    void seal_chunk(std::string& out, bool last);

    std::string pending_head_;  // header and payload nonce, until the first call
    Secret payload_key_;
    std::uint64_t chunk_ = 0;
    std::string held_;  // plaintext of the chunk under way
};

}  // namespace sealpost::seal
