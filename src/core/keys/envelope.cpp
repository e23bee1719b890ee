#include "core/keys/envelope.hpp"

#include "base/base32.hpp"
#include "sys/crypto/random.hpp"

namespace sealpost::keys {
namespace {

constexpr std::size_t id_characters = 26;  // 128 bits in fives, two spare bits at the end
constexpr std::size_t id_bytes = 16;

}  // namespace

std::optional<EnvelopeId> parse_envelope_id(std::string_view text)
{
    if (text.size() != id_characters) return std::nullopt;
    if (text.find_first_not_of(base32_alphabet) != std::string_view::npos) return std::nullopt;
    if (base32_alphabet.find(text.back()) % 4 != 0) return std::nullopt;
    return EnvelopeId(std::string(text));
}

EnvelopeId make_envelope_id() { return EnvelopeId(format_base32(crypto::random_bytes(id_bytes))); }

std::string_view format_state(State state)
{
    switch (state) {
        case State::open: return "open";
        case State::locked: return "locked";
        case State::expired: return "expired";
        case State::erased: return "erased";
    }
    return "erased";
}

std::string_view format_locked_by(LockedBy side) { return side == LockedBy::account ? "account" : "sender"; }

}  // namespace sealpost::keys
