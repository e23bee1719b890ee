#include "base/special_networks.hpp"

#include "base/network.hpp"

#include <algorithm>
#include <array>

namespace sealpost {
namespace {

enum class Use { inside, other };

struct Special {
    Network network;
    Use use;
};

Special v4(std::array<std::uint8_t, 4> octets, int bits, Use use) { return {{IpAddress::v4(octets), bits}, use}; }

Special v6(std::array<std::uint8_t, 16> octets, int bits, Use use) { return {{IpAddress::v6(octets), bits}, use}; }

const auto& special_networks()
{
    static const std::array networks{
        v4({0}, 8, Use::other),                        // "this network", RFC 791 §3.2
        v4({10}, 8, Use::inside),                      // private, RFC 1918
        v4({100, 64}, 10, Use::inside),                // shared, RFC 6598
        v4({127}, 8, Use::inside),                     // loopback, RFC 1122 §3.2.1.3
        v4({169, 254}, 16, Use::inside),               // link-local, RFC 3927
        v4({172, 16}, 12, Use::inside),                // private
        v4({192, 0, 0}, 24, Use::other),               // protocol assignments, RFC 6890
        v4({192, 0, 2}, 24, Use::other),               // documentation, RFC 5737
        v4({192, 88, 99}, 24, Use::other),             // 6to4 relays, RFC 7526
        v4({192, 168}, 16, Use::inside),               // private
        v4({198, 18}, 15, Use::other),                 // benchmarks, RFC 2544
        v4({198, 51, 100}, 24, Use::other),            // documentation
        v4({203, 0, 113}, 24, Use::other),             // documentation
        v4({224}, 4, Use::other),                      // multicast, RFC 5771
        v4({240}, 4, Use::other),                      // reserved, RFC 1112 §4, and broadcast
        v6({0x20, 0x01, 0x00}, 23, Use::other),        // protocol assignments, RFC 2928, with Teredo
        v6({0x20, 0x01, 0x0d, 0xb8}, 32, Use::other),  // documentation, RFC 3849
        v6({0x20, 0x02}, 16, Use::other),              // 6to4, RFC 3056: an IPv4 address of anybody inside
        v6({0x3f, 0xff, 0x00}, 20, Use::other),        // documentation, RFC 9637
        v6({0xfc}, 7, Use::inside),                    // private, RFC 4193
        v6({0xfe, 0x80}, 10, Use::inside),             // link-local, RFC 4291 §2.5.6
    };
    return networks;
}

}  // namespace

bool is_public_address(const IpAddress& address)
{
    static const Network given_out{IpAddress::v6({0x20}), 3};  // RFC 4291 §2.4: of IPv6, so far
    if (address.is_v6() && !contains(given_out, address)) return false;
    const auto& special = special_networks();
    return std::none_of(special.begin(), special.end(), [&](const Special& each) { return contains(each.network, address); });
}

bool is_inside_address(const IpAddress& address)
{
    if (address.is_loopback()) return true;
    const auto& special = special_networks();
    return std::any_of(special.begin(), special.end(),
                       [&](const Special& each) { return each.use == Use::inside && contains(each.network, address); });
}

}  // namespace sealpost
