#include "base/ip_address.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>
#include <algorithm>
#include <charconv>

namespace sealpost {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::string_view hex_digits = "0123456789abcdef";

}  // namespace

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> octets)
{
    IpAddress address;
    std::copy(octets.begin(), octets.end(), address.octets_.begin() + 12);
    return address;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> octets)
{
    IpAddress address;
    address.octets_ = octets;
    address.is_v4_ = std::equal(mapped_prefix.begin(), mapped_prefix.end(), octets.begin());
    return address;
}

bool IpAddress::is_loopback() const
{
    if (is_v4_) return octets_[12] == 127;
    std::array<std::uint8_t, 16> one{};
    one[15] = 1;
    return octets_ == one;
}

std::array<std::uint8_t, 4> IpAddress::v4_octets() const { return {octets_[12], octets_[13], octets_[14], octets_[15]}; }

std::string format_ip(const IpAddress& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (!address.is_v4()) return inet_ntop(AF_INET6, address.octets().data(), text.data(), text.size());
    // By hand: glibc's way is sprintf, and each line of the log has an address or two.
    char* end = text.data();
    for (const std::uint8_t octet : address.v4_octets()) {
        end = std::to_chars(end, text.data() + text.size(), unsigned{octet}).ptr;
        *end++ = '.';
    }
    return {text.data(), end - 1};
}

std::optional<IpAddress> parse_ip(std::string_view text)
{
    if (text.find('\0') != std::string_view::npos) return std::nullopt;  // inet_pton would stop there
    const std::string copy(text);
    std::array<std::uint8_t, 4> four{};
    if (inet_pton(AF_INET, copy.c_str(), four.data()) == 1) return IpAddress::v4(four);
    std::array<std::uint8_t, 16> sixteen{};
    if (inet_pton(AF_INET6, copy.c_str(), sixteen.data()) == 1) return IpAddress::v6(sixteen);
    return std::nullopt;
}

std::string format_reverse_name(const IpAddress& address)
{
    std::string out;
    if (address.is_v4()) {
        const auto octets = address.v4_octets();
        for (int i = 3; i >= 0; --i) out += std::to_string(octets[static_cast<std::size_t>(i)]) + '.';
        return out + "in-addr.arpa";
    }
    for (int i = 15; i >= 0; --i) {
        const auto octet = address.octets()[static_cast<std::size_t>(i)];
        out += {hex_digits[octet & 15], '.', hex_digits[octet >> 4], '.'};
    }
    return out + "ip6.arpa";
}

std::string format_endpoint(const Endpoint& endpoint)
{
    const std::string address = format_ip(endpoint.address);
    const std::string port = std::to_string(endpoint.port);
    return endpoint.address.is_v4() ? address + ':' + port : '[' + address + "]:" + port;
}

Result<Endpoint> parse_endpoint(std::string_view text)
{
    const Error bad{Fault::config, "not an address and port such as 192.0.2.1:25 or [2001:db8::1]:25: " + std::string(text)};
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return bad;
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const bool has_colon = host.find(':') != std::string_view::npos;
    const auto address = parse_ip(host);
    const auto port = parse_decimal(text.substr(colon + 1));
    if (!address || !port || *port > 65535 || bracketed != has_colon) return bad;
    return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

}  // namespace sealpost
