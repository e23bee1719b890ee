#pragma once

#include "base/result.hpp"
#include "wire/seal/armor.hpp"
#include "wire/seal/page.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sealpost::seal {

// Takes whatever a person may drop or post, in pieces, and answers the binary age file inside it: a
// binary or armored age file, an attachment page, or a whole message (.eml) that carries one of them.
// Constant memory, except for messages, which are held whole up to max_message_bytes: finish() takes them apart, which is
// work for a thread that may block. It finds the sealed part; it proves nothing about it. After an error every call
// repeats that error.
class EnvelopeReader {
public:
    enum class Kind { unknown, binary, armor, page, message };
    static constexpr std::size_t default_max_bytes = 64 * 1024 * 1024;
    static constexpr std::size_t max_message_bytes = 128 * 1024 * 1024;

    explicit EnvelopeReader(std::size_t max_bytes = default_max_bytes) : max_bytes_(max_bytes) {}

    // Fault::peer_broke_it: not an envelope, or a damaged one. Fault::denied: larger than the limit.
    [[nodiscard]] Result<std::string> append(std::string_view piece);
    [[nodiscard]] Result<std::string> finish();

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] std::size_t held_bytes() const { return held_.size(); }  // in memory, of a message above all
    // What will be in memory at one time while finish() works, and what it answers, at the most.
    [[nodiscard]] std::size_t held_bytes_at_the_end() const;
    [[nodiscard]] const PageClaims& claims() const { return claims_; }  // of a page, also in a message; also after an error

private:
    Result<> take(std::string_view piece, std::string& out);
    Result<> take_page(std::string_view piece, std::string& out);
    Result<> take_armor_lines(std::string& out);
    Result<> decide(std::string& out);
    Result<> search_message(std::string& out);
    std::size_t max_decoded_bytes() const;
    Result<> end(std::string& out);
    Result<std::string> broken(Error error);

    std::size_t max_bytes_;
    std::size_t seen_bytes_ = 0;
    Kind kind_ = Kind::unknown;
    std::string held_;
    bool in_armor_ = false;
    ArmorReader armor_;
    PageClaims claims_;
    std::optional<Error> error_;
};

[[nodiscard]] std::string_view format_kind(EnvelopeReader::Kind kind);

}  // namespace sealpost::seal
