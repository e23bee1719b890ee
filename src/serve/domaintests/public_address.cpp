#include "serve/domaintests/public_address.hpp"

#include <algorithm>
#include <span>

namespace sealpost::domaintests {
namespace {

struct Block {
    std::array<std::uint8_t, 16> octets;  // of IPv4, the first four
    int bits;
};

constexpr Block special_v4[] = {
    {{0}, 8},              // "this network", RFC 791 §3.2
    {{10}, 8},             // private, RFC 1918
    {{100, 64}, 10},       // shared, RFC 6598
    {{127}, 8},            // loopback, RFC 1122 §3.2.1.3
    {{169, 254}, 16},      // link-local, RFC 3927
    {{172, 16}, 12},       // private
    {{192, 0, 0}, 24},     // protocol assignments, RFC 6890
    {{192, 0, 2}, 24},     // documentation, RFC 5737
    {{192, 88, 99}, 24},   // 6to4 relays, RFC 7526
    {{192, 168}, 16},      // private
    {{198, 18}, 15},       // benchmarks, RFC 2544
    {{198, 51, 100}, 24},  // documentation
    {{203, 0, 113}, 24},   // documentation
    {{224}, 4},            // multicast, RFC 5771
    {{240}, 4},            // reserved, RFC 1112 §4, and broadcast
};

constexpr Block global_v6 = {{0x20}, 3};  // RFC 4291 §2.4: what is given out so far
constexpr Block special_v6[] = {
    {{0x20, 0x01, 0x00}, 23},        // protocol assignments, RFC 2928, with Teredo
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation, RFC 3849
    {{0x20, 0x02}, 16},              // 6to4, RFC 3056: an IPv4 address of anybody inside
    {{0x3f, 0xff, 0x00}, 20},        // documentation, RFC 9637
};

bool is_inside(std::span<const std::uint8_t> octets, const Block& block)
{
    for (int bit = 0; bit < block.bits; ++bit) {
        const auto at = static_cast<std::size_t>(bit / 8);
        const auto mask = static_cast<std::uint8_t>(0x80 >> bit % 8);
        if ((octets[at] & mask) != (block.octets[at] & mask)) return false;
    }
    return true;
}

bool is_inside_any(std::span<const std::uint8_t> octets, std::span<const Block> blocks)
{
    return std::any_of(blocks.begin(), blocks.end(), [&](const Block& block) { return is_inside(octets, block); });
}

}  // namespace

bool is_public_address(const IpAddress& address)
{
    if (address.is_v4()) {
        const auto octets = address.v4_octets();
        return !is_inside_any(octets, special_v4);
    }
    return is_inside(address.octets(), global_v6) && !is_inside_any(address.octets(), special_v6);
}

}  // namespace sealpost::domaintests
