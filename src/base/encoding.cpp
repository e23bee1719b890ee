#include "base/encoding.hpp"

#include <array>

namespace sealpost {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view standard_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

using Reverse = std::array<std::int16_t, 256>;

constexpr Reverse make_reverse(std::string_view alphabet)
{
    Reverse reverse{};
    for (auto& slot : reverse) slot = -1;
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        reverse[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int16_t>(i);
    return reverse;
}

constexpr Reverse hex_values = make_reverse(hex_digits);
constexpr Reverse standard_values = make_reverse(standard_alphabet);
constexpr Reverse url_values = make_reverse(url_alphabet);

Error bad(std::string_view what) { return Error{Fault::peer_broke_it, std::string(what)}; }

std::string encode64(ByteView bytes, std::string_view alphabet, bool pad)
{
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    std::size_t i = 0;
    for (; bytes.size() - i >= 3; i += 3) {
        const std::uint32_t group = std::uint32_t{bytes[i]} << 16 | std::uint32_t{bytes[i + 1]} << 8 | bytes[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6) out.push_back(alphabet[group >> shift & 63]);
    }
    const std::size_t rest = bytes.size() - i;
    if (rest == 0) return out;
    std::uint32_t group = std::uint32_t{bytes[i]} << 16;
    if (rest == 2) group |= std::uint32_t{bytes[i + 1]} << 8;
    for (std::size_t digit = 0; digit <= rest; ++digit) out.push_back(alphabet[group >> (18 - 6 * digit) & 63]);
    if (pad) out.append(3 - rest, '=');
    return out;
}

Result<Bytes> decode64(std::string_view text, const Reverse& values)
{
    if (text.size() % 4 == 1) return bad("base64: impossible length");
    Bytes out;
    out.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t group = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const int value = values[static_cast<unsigned char>(c)];
        if (value < 0) return bad("base64: character outside the alphabet");
        group = group << 6 | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out.push_back(static_cast<std::uint8_t>(group >> bits));
    }
    if ((group & ((1U << bits) - 1)) != 0) return bad("base64: bits left over");
    return out;
}

}  // namespace

std::string format_hex(ByteView bytes)
{
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        out.push_back(hex_digits[byte >> 4]);
        out.push_back(hex_digits[byte & 15]);
    }
    return out;
}

Result<Bytes> parse_hex(std::string_view text)
{
    if (text.size() % 2 != 0) return bad("hex: odd length");
    Bytes out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_values[static_cast<unsigned char>(text[i])];
        const int low = hex_values[static_cast<unsigned char>(text[i + 1])];
        if (high < 0 || low < 0) return bad("hex: character outside the alphabet");
        out.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    return out;
}

std::string format_base64(ByteView bytes) { return encode64(bytes, standard_alphabet, true); }
std::string format_base64_unpadded(ByteView bytes) { return encode64(bytes, standard_alphabet, false); }
std::string format_base64url(ByteView bytes) { return encode64(bytes, url_alphabet, false); }

Result<Bytes> parse_base64(std::string_view text)
{
    if (text.size() % 4 != 0) return bad("base64: length is not a multiple of four");
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    return decode64(text.substr(0, text.size() - padding), standard_values);
}

Result<Bytes> parse_base64_unpadded(std::string_view text) { return decode64(text, standard_values); }
Result<Bytes> parse_base64url(std::string_view text) { return decode64(text, url_values); }

}  // namespace sealpost
