#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "wire/seal/identity.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sealpost::seal {

// Opens a binary age v1 file that comes in pieces. No plaintext leaves before its chunk has verified;
// what left must still be thrown away unless finish() is happy, since only the last chunk proves that
// nothing was cut off. After an error every call repeats that error.
class Opener {
public:
    explicit Opener(const Identity& identity);

    [[nodiscard]] Result<std::string> append(std::string_view bytes);
    [[nodiscard]] Result<std::string> finish();

private:
    Result<> take(std::string_view bytes, std::string& out);
    Result<> open_held(std::string& out);  // what is held is as long as its stage wants
    Result<> read_header();
    Result<> open_chunk(std::string& out, bool last);
    [[nodiscard]] std::size_t wanted_bytes() const;

    enum class Stage { header, nonce, payload, done } stage_ = Stage::header;
    Secret scalar_;
    std::string held_;  // octets not used yet: header, nonce, or a chunk under way
    Secret file_key_;
    Secret payload_key_;
    std::uint64_t chunk_ = 0;
    std::optional<Error> error_;
};

}  // namespace sealpost::seal
