#pragma once

#include "base/bytes.hpp"

#include <string_view>

namespace sealpost {

// Octets that nobody may see: keys, tokens, passwords, one-time codes. Moves, never copies; wipes
// itself; has no way to be printed or logged; compares in constant time.
class Secret {
public:
    Secret() = default;
    explicit Secret(Bytes bytes) : bytes_(std::move(bytes)) {}
    static Secret copy_of(ByteView bytes) { return Secret(Bytes(bytes.begin(), bytes.end())); }
    static Secret copy_of(std::string_view text) { return copy_of(as_bytes(text)); }

    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    [[nodiscard]] Secret clone() const { return copy_of(reveal()); }
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }

    // The one door to the octets; each use is worth a look in review.
    [[nodiscard]] ByteView reveal() const { return bytes_; }
    [[nodiscard]] std::string_view reveal_text() const { return as_text(bytes_); }

    // Constant time in the octets; the lengths are no secret.
    [[nodiscard]] bool equals(ByteView other) const;

private:
    void wipe() noexcept;
    Bytes bytes_;
};

}  // namespace sealpost
