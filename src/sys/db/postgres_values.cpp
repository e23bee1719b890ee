#include "sys/db/postgres_values.hpp"

#include "base/utf8.hpp"

namespace sealpost::db {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

template <class Number>
Number read_big_endian(std::string_view octets)
{
    std::uint64_t value = 0;
    for (const char c : octets.substr(0, sizeof(Number))) value = (value << 8) | static_cast<unsigned char>(c);
    return static_cast<Number>(value);
}

// digits (of 10,000 each), weight of the first, sign, scale, then the digits: 16 bits each.
std::int64_t decode_numeric(std::string_view octets)
{
    constexpr std::size_t head = 8;
    if (octets.size() < head) return 0;
    const auto digits = read_big_endian<std::int16_t>(octets);
    const auto weight = read_big_endian<std::int16_t>(octets.substr(2));
    const auto sign = read_big_endian<std::uint16_t>(octets.substr(4));
    std::int64_t value = 0;
    for (int digit = 0; digit <= weight; ++digit) {
        const auto at = head + 2 * static_cast<std::size_t>(digit);
        const bool is_there = digit < digits && at + 2 <= octets.size();
        if (__builtin_mul_overflow(value, 10000, &value)) return 0;
        if (__builtin_add_overflow(value, is_there ? read_big_endian<std::int16_t>(octets.substr(at)) : 0, &value)) return 0;
    }
    constexpr std::uint16_t negative = 0x4000;
    return sign == negative ? -value : value;
}

// The octets of the character that text begins with; 0: none that UTF-8 knows, or NUL.
std::size_t count_character(std::string_view text)
{
    const auto [value, bytes] = first_code_point(text);
    return value == invalid_code_point || value == 0 ? 0 : bytes;
}

}  // namespace

std::string encode_int8(std::int64_t value)
{
    std::string octets(8, '\0');
    auto rest = static_cast<std::uint64_t>(value);
    for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet, rest >>= 8) *octet = static_cast<char>(rest & 0xff);
    return octets;
}

bool is_postgres_text(std::string_view text)
{
    while (!text.empty()) {
        const auto count = count_character(text);
        if (count == 0) return false;
        text.remove_prefix(count);
    }
    return true;
}

std::string make_postgres_text(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + replacement.size());
    while (!text.empty()) {
        const auto count = count_character(text);
        out += count == 0 ? replacement : text.substr(0, count);
        text.remove_prefix(count == 0 ? 1 : count);
    }
    return out;
}

std::int64_t decode_integer(PostgresType type, std::string_view octets)
{
    switch (type) {
        case PostgresType::boolean: return !octets.empty() && octets[0] != 0;
        case PostgresType::int2: return read_big_endian<std::int16_t>(octets);
        case PostgresType::int4: return read_big_endian<std::int32_t>(octets);
        case PostgresType::int8: return read_big_endian<std::int64_t>(octets);
        case PostgresType::numeric: return decode_numeric(octets);
        default: return 0;
    }
}

}  // namespace sealpost::db
