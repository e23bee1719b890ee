#include "sys/net/own_networks.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <optional>

namespace sealpost::net {
namespace {

std::optional<IpAddress> read_address(const sockaddr* address)
{
    if (address == nullptr) return std::nullopt;
    if (address->sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, address, sizeof in);
        std::array<std::uint8_t, 4> octets{};
        std::memcpy(octets.data(), &in.sin_addr, octets.size());
        return IpAddress::v4(octets);
    }
    if (address->sa_family != AF_INET6) return std::nullopt;
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof in);
    std::array<std::uint8_t, 16> octets{};
    std::memcpy(octets.data(), &in.sin6_addr, octets.size());
    return IpAddress::v6(octets);
}

// The leading ones of a netmask.
int count_bits(const sockaddr* mask, bool is_v4)
{
    std::array<std::uint8_t, 16> octets{};
    if (mask == nullptr) return is_v4 ? 32 : 128;
    if (is_v4)
        std::memcpy(octets.data(), &reinterpret_cast<const sockaddr_in*>(mask)->sin_addr, 4);
    else
        std::memcpy(octets.data(), &reinterpret_cast<const sockaddr_in6*>(mask)->sin6_addr, 16);
    int bits = 0;
    for (const auto octet : octets) {
        bits += std::countl_one(octet);
        if (octet != 0xff) break;
    }
    return bits;
}

}  // namespace

std::vector<Network> find_own_networks()
{
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return {};
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> held(list, freeifaddrs);
    std::vector<Network> networks;
    for (const auto* each = list; each != nullptr; each = each->ifa_next) {
        const bool counts = (each->ifa_flags & IFF_UP) != 0 && (each->ifa_flags & IFF_LOOPBACK) == 0;
        const auto address = counts ? read_address(each->ifa_addr) : std::nullopt;
        if (address) networks.push_back({*address, count_bits(each->ifa_netmask, address->is_v4())});
    }
    return networks;
}

}  // namespace sealpost::net
