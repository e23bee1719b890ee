#include "base/network.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost {
namespace {

// As bits of octets(), where an IPv4 address follows the 96 bits of its mapped form.
std::size_t count_leading(const IpAddress& address, int bits)
{
    return static_cast<std::size_t>(std::min(address.is_v4() ? 96 + bits : bits, 128));
}

IpAddress fill_other_bits(const Network& network, bool ones)
{
    auto octets = network.address.octets();
    std::size_t kept = count_leading(network.address, network.bits);
    for (auto& octet : octets) {
        const std::size_t here = std::min<std::size_t>(kept, 8);
        const auto others = static_cast<std::uint8_t>(0xffU >> here);
        octet = static_cast<std::uint8_t>(ones ? octet | others : octet & ~others);
        kept -= here;
    }
    return IpAddress::v6(octets);
}

}  // namespace

bool share_leading_bits(const IpAddress& a, const IpAddress& b, int bits)
{
    const std::size_t leading = count_leading(a, bits);
    const std::size_t whole = leading / 8;
    const std::size_t rest = leading % 8;
    const auto& x = a.octets();
    const auto& y = b.octets();
    if (!std::equal(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(whole), y.begin())) return false;
    return rest == 0 || ((x[whole] ^ y[whole]) >> (8 - rest)) == 0;
}

bool contains(const Network& network, const IpAddress& address)
{
    return network.address.is_v4() == address.is_v4() && share_leading_bits(network.address, address, network.bits);
}

std::string format_network(const Network& network)
{
    auto text = format_ip(network.address);
    if (network.bits != network.address.bits()) text += '/' + std::to_string(network.bits);
    return text;
}

std::optional<Network> parse_network(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = parse_ip(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return Network{*address, address->bits()};
    const auto bits = parse_decimal(text.substr(slash + 1));
    if (!bits || *bits > static_cast<unsigned>(address->bits())) return std::nullopt;
    const Network network{*address, static_cast<int>(*bits)};
    if (first_of(network) != *address) return std::nullopt;
    return network;
}

IpAddress first_of(const Network& network) { return fill_other_bits(network, false); }

IpAddress last_of(const Network& network) { return fill_other_bits(network, true); }

}  // namespace sealpost
