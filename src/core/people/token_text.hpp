#pragma once

#include "base/secret.hpp"
#include "sys/crypto/digest.hpp"

#include <string_view>

namespace sealpost::people {

// 256 random bits as base64url, behind a prefix that says what they are.
[[nodiscard]] Secret make_token_text(std::string_view prefix);

// What the store keeps of a token. Plain SHA-256 is enough, since nobody can guess 256 random bits.
[[nodiscard]] inline crypto::Digest256 digest_token(const Secret& token) { return crypto::sha256(token.reveal()); }

// People type what they see: "1234 5678" is the code 12345678, "ABCD-efgh" is abcdefgh.
[[nodiscard]] Secret normalise_typed_code(const Secret& code);

}  // namespace sealpost::people
