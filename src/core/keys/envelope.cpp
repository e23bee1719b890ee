#include "core/keys/envelope.hpp"

#include "sys/crypto/random.hpp"

namespace sealpost::keys {
namespace {

constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::size_t id_characters = 26;  // 128 bits in fives, two spare bits at the end
constexpr std::size_t id_bytes = 16;

}  // namespace

std::optional<EnvelopeId> parse_envelope_id(std::string_view text)
{
    if (text.size() != id_characters) return std::nullopt;
    if (text.find_first_not_of(alphabet) != std::string_view::npos) return std::nullopt;
    if (alphabet.find(text.back()) % 4 != 0) return std::nullopt;
    return EnvelopeId(std::string(text));
}

EnvelopeId make_envelope_id()
{
    const Bytes drawn = crypto::random_bytes(id_bytes);
    std::string text;
    unsigned group = 0;
    unsigned bits = 0;
    for (const auto octet : drawn) {
        group = (group << 8 | octet) & 0xfff;
        bits += 8;
        for (; bits >= 5; bits -= 5) text.push_back(alphabet[group >> (bits - 5) & 31]);
    }
    text.push_back(alphabet[group << (5 - bits) & 31]);
    return EnvelopeId(std::move(text));
}

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

}  // namespace sealpost::keys
