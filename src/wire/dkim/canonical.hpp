#pragma once

#include "sys/crypto/digest.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dkim {

// RFC 6376 §3.4: what a signature forgives.
enum class Canon { simple, relaxed };
[[nodiscard]] std::optional<Canon> parse_canon(std::string_view word);

// RFC 6376 §3.4.1, §3.4.2. A whole field with its folds; the answer ends in CRLF.
[[nodiscard]] std::string canonical_field(std::string_view raw, Canon canon);

// RFC 6376 §3.4.3, §3.4.4: the body in pieces of any size. Line ends are CRLF; a bare CR or LF is an octet
// like others. The canonical octets go to the sink in blocks; next to nothing is kept.
class BodyCanon {
public:
    using Sink = std::function<void(std::string_view block)>;
    BodyCanon(Canon canon, Sink sink) : canon_(canon), sink_(std::move(sink)) {}

    void append(std::string_view piece);
    void finish();

private:
    void take_simple(std::string_view piece);
    void take_relaxed(std::string_view piece);
    std::string_view take_after_cr(std::string_view piece);
    void write(std::string_view run);
    void write_pending();
    void flush();

    Canon canon_;
    Sink sink_;
    std::string out_;
    std::uint64_t line_ends_ = 0;  // that wait for something to follow
    bool has_cr_ = false;          // so does this
    bool has_space_ = false;       // and this, in its relaxed form
    bool is_empty_ = true;         // nothing was written yet
};

// Body hashes: one canonical stream for each way that was asked for, one hash for each length.
class BodyHashes {
public:
    BodyHashes() = default;
    BodyHashes(const BodyHashes&) = delete;
    BodyHashes& operator=(const BodyHashes&) = delete;

    // Before the first piece. `most`: l=, octets of the canonical body. Answers a number to ask with.
    std::size_t add(Canon canon, std::optional<std::uint64_t> most);
    void append(std::string_view piece);
    void finish();

    [[nodiscard]] const crypto::Digest256& digest(std::size_t number) const { return *hashes_.at(number).digest; }
    // Octets of the whole canonical body.
    [[nodiscard]] std::uint64_t size(std::size_t number) const { return hashes_.at(number).seen; }

private:
    struct Hash {
        Canon canon;
        std::optional<std::uint64_t> most;
        crypto::Sha256 sha{};
        std::uint64_t seen = 0;
        std::optional<crypto::Digest256> digest{};
    };
    void take(Canon canon, std::string_view block);

    std::vector<BodyCanon> streams_;
    std::vector<Hash> hashes_;
};

}  // namespace sealpost::dkim
