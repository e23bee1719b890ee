#include "wire/seal/bech32.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace sealpost::seal {
namespace {

constexpr std::string_view alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t checksum_digits = 6;
constexpr std::size_t max_text = 200;

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, "Bech32: " + std::string(what)}; }

class Checksum {
public:
    explicit Checksum(std::string_view prefix)
    {
        for (const char c : prefix) add(static_cast<std::uint8_t>(c) >> 5);
        add(0);
        for (const char c : prefix) add(static_cast<std::uint8_t>(c) & 31);
    }

    void add(std::uint32_t digit)
    {
        constexpr std::array<std::uint32_t, 5> generator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
        const std::uint32_t top = value_ >> 25;
        value_ = (value_ & 0x1ffffff) << 5 ^ digit;
        for (std::size_t i = 0; i < generator.size(); ++i)
            if ((top >> i & 1) != 0) value_ ^= generator[i];
    }

    [[nodiscard]] std::uint32_t value() const { return value_; }

private:
    std::uint32_t value_ = 1;
};

// Groups of 8 bits to groups of 5, the last one filled with zeros.
Bytes to_digits(ByteView octets)
{
    Bytes digits;
    digits.reserve(octets.size() * 2);
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const auto octet : octets) {
        held = (held << 8 | octet) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5) digits.push_back(static_cast<std::uint8_t>(held >> (bits - 5) & 31));
    }
    if (bits > 0) digits.push_back(static_cast<std::uint8_t>(held << (5 - bits) & 31));
    return digits;
}

Result<Secret> to_octets(ByteView digits)
{
    Bytes octets;
    octets.reserve(digits.size());
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const auto digit : digits) {
        held = (held << 5 | digit) & 0xfff;
        bits += 5;
        if (bits < 8) continue;
        bits -= 8;
        octets.push_back(static_cast<std::uint8_t>(held >> bits));
    }
    Secret secret(std::move(octets));
    if (bits >= 5 || (held & ((1U << bits) - 1)) != 0) return bad("bits left over");
    return secret;
}

bool has_one_case(std::string_view text)
{
    const bool lower = std::ranges::any_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
    const bool upper = std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
    return !(lower && upper);
}

}  // namespace

Secret encode_bech32(std::string_view prefix, ByteView octets)
{
    const Secret digits(to_digits(octets));
    Checksum checksum(prefix);
    Bytes text = copy_bytes(prefix);
    text.reserve(prefix.size() + 1 + digits.size() + checksum_digits);
    text.push_back('1');
    for (const auto digit : digits.reveal()) {
        checksum.add(digit);
        text.push_back(static_cast<std::uint8_t>(alphabet[digit]));
    }
    for (std::size_t i = 0; i < checksum_digits; ++i) checksum.add(0);
    const std::uint32_t sum = checksum.value() ^ 1;
    for (std::size_t i = 0; i < checksum_digits; ++i)
        text.push_back(static_cast<std::uint8_t>(alphabet[sum >> 5 * (5 - i) & 31]));
    return Secret(std::move(text));
}

Result<Secret> decode_bech32(std::string_view prefix, std::string_view text)
{
    if (text.size() > max_text || !has_one_case(text)) return bad("too long, or of mixed case");
    if (text.size() < prefix.size() + 1 + checksum_digits || !istarts_with(text, prefix) || text[prefix.size()] != '1')
        return bad("another kind of text");
    Checksum checksum(prefix);
    Bytes collected;
    collected.reserve(text.size());
    for (const char c : text.substr(prefix.size() + 1)) {
        const std::size_t digit = alphabet.find(ascii_lower(c));
        if (digit == std::string_view::npos) return bad("a character outside the alphabet");
        checksum.add(static_cast<std::uint32_t>(digit));
        collected.push_back(static_cast<std::uint8_t>(digit));
    }
    const Secret digits(std::move(collected));
    if (checksum.value() != 1) return bad("the checksum is wrong");
    return to_octets(digits.reveal().first(digits.size() - checksum_digits));
}

}  // namespace sealpost::seal
