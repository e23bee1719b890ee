// HAProxy's doc/proxy-protocol.txt; the sections are its own.
#include "sys/net/proxy_header.hpp"

#include "base/bytes.hpp"
#include "base/network.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace sealpost::net {
namespace {

using namespace std::string_view_literals;

constexpr auto line_start = "PROXY "sv;
constexpr auto signature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t fixed_bytes = 16;  // of version 2: the signature, version and command, family, length of the rest
constexpr std::size_t tlv_bytes = 3;     // before the value of a TLV: its type, and two octets of its length
constexpr std::size_t checksum_bytes = 4;
constexpr std::uint8_t checksum_type = 0x03;  // PP2_TYPE_CRC32C

bool agrees_so_far(std::string_view octets, std::string_view start)
{
    const auto common = std::min(octets.size(), start.size());
    return octets.substr(0, common) == start.substr(0, common);
}

bool may_be_a_client(const IpAddress& address)
{
    static const IpAddress unspecified_v6 = IpAddress::v6({});
    static const IpAddress broadcast = IpAddress::v4({255, 255, 255, 255});
    static const Network multicast_v4{IpAddress::v4({224, 0, 0, 0}), 4};
    static const Network multicast_v6{IpAddress::v6({0xff}), 8};
    return address != IpAddress() && address != unspecified_v6 && address != broadcast && !contains(multicast_v4, address) &&
           !contains(multicast_v6, address);
}

ParsedProxyHeader answer(std::size_t octets, Endpoint client)
{
    if (!may_be_a_client(client.address)) return ProxyProblem::senseless_address;
    return ProxyHeader{octets, client};
}

// Version 1: "PROXY TCP4 192.0.2.1 192.0.2.25 40000 25" CRLF.

// §2.1: "Heading zeroes are not permitted in front of numbers"; parse_ip() takes none in IPv4 addresses. A dual socket of
// HAProxy tells IPv4 clients as TCP6 with mapped addresses.
std::optional<IpAddress> parse_line_address(std::string_view text, bool is_v6)
{
    if ((text.find(':') != std::string_view::npos) != is_v6) return std::nullopt;
    return parse_ip(text);
}

// §2.1: "a decimal integer in the range [0..65535] inclusive".
std::optional<std::uint16_t> parse_line_port(std::string_view text)
{
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    const auto port = parse_decimal(text);
    if (!port || *port > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*port);
}

ParsedProxyHeader parse_line(std::string_view octets)
{
    const auto end = octets.substr(0, max_proxy_line_bytes).find("\r\n");
    if (end == std::string_view::npos) {
        if (octets.size() >= max_proxy_line_bytes) return ProxyProblem::too_long;
        return ProxyHeaderPart{};
    }
    const auto words = octets.substr(line_start.size(), end - line_start.size());
    // "the receiver must ignore anything presented before the CRLF is found"
    if (words == "UNKNOWN"sv || words.starts_with("UNKNOWN "sv)) return ProxyHeader{end + 2, std::nullopt};
    const auto parts = split(words, ' ');
    if (parts.size() != 5 || (parts[0] != "TCP4"sv && parts[0] != "TCP6"sv)) return ProxyProblem::malformed;
    const bool is_v6 = parts[0] == "TCP6"sv;
    const auto client = parse_line_address(parts[1], is_v6);
    const auto client_port = parse_line_port(parts[3]);
    if (!client || !client_port || !parse_line_address(parts[2], is_v6) || !parse_line_port(parts[4]))
        return ProxyProblem::malformed;
    return answer(end + 2, {*client, *client_port});
}

// Version 2: binary.

std::size_t number_at(ByteView bytes, std::size_t at) { return static_cast<std::size_t>(bytes[at] << 8 | bytes[at + 1]); }

// Of IPv4, IPv6: two addresses and two ports.
std::size_t address_bytes(std::uint8_t family) { return family == 0x11 ? 12 : 36; }

// Castagnoli's polynomial, reflected. As if the four octets at `hole` were zero.
std::uint32_t make_checksum(ByteView bytes, std::size_t hole)
{
    std::uint32_t sum = 0xffffffff;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const bool is_hole = at >= hole && at - hole < checksum_bytes;
        sum ^= is_hole ? 0U : bytes[at];
        for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ ((sum & 1) != 0 ? 0x82f63b78U : 0U);
    }
    return ~sum;
}

// A checksum that is told holds. Other TLVs tell what we do not ask for.
std::optional<ProxyProblem> check_tlvs(ByteView header, std::size_t at)
{
    while (at < header.size()) {
        if (header.size() - at < tlv_bytes) return ProxyProblem::malformed;
        const auto type = header[at];
        const auto length = number_at(header, at + 1);
        at += tlv_bytes;
        if (length > header.size() - at) return ProxyProblem::malformed;
        if (type == checksum_type) {
            if (length != checksum_bytes) return ProxyProblem::malformed;
            const auto told = number_at(header, at) << 16 | number_at(header, at + 2);
            if (told != make_checksum(header, at)) return ProxyProblem::wrong_checksum;
        }
        at += length;
    }
    return std::nullopt;
}

Endpoint client_of(ByteView header, std::uint8_t family)
{
    const auto begin = header.subspan(fixed_bytes).begin();
    if (family == 0x11) {
        std::array<std::uint8_t, 4> octets{};
        std::copy_n(begin, octets.size(), octets.begin());
        return {IpAddress::v4(octets), static_cast<std::uint16_t>(number_at(header, fixed_bytes + 8))};
    }
    std::array<std::uint8_t, 16> octets{};
    std::copy_n(begin, octets.size(), octets.begin());
    return {IpAddress::v6(octets), static_cast<std::uint16_t>(number_at(header, fixed_bytes + 32))};
}

// What the first 16 octets say, as many of them as are there.
std::optional<ProxyProblem> check_fixed(ByteView bytes)
{
    constexpr std::size_t command_at = 12;
    if (bytes.size() <= command_at) return std::nullopt;
    const bool is_local = bytes[command_at] == 0x20;
    if (!is_local && bytes[command_at] != 0x21) return ProxyProblem::other_version;
    if (bytes.size() <= command_at + 1) return std::nullopt;
    const auto family = bytes[command_at + 1];
    // §2.2: of LOCAL, "discard the protocol block including the family which is ignored"
    if (!is_local && family != 0x00 && family != 0x11 && family != 0x21) return ProxyProblem::other_family;
    if (bytes.size() < fixed_bytes) return std::nullopt;
    const auto length = number_at(bytes, fixed_bytes - 2);
    if (length > max_proxy_block_bytes) return ProxyProblem::too_long;
    if (!is_local && family != 0x00 && length < address_bytes(family)) return ProxyProblem::malformed;
    return std::nullopt;
}

ParsedProxyHeader parse_block(std::string_view octets)
{
    const ByteView bytes = as_bytes(octets);
    if (const auto problem = check_fixed(bytes)) return *problem;
    if (bytes.size() < fixed_bytes) return ProxyHeaderPart{};
    const auto whole = fixed_bytes + number_at(bytes, fixed_bytes - 2);
    if (bytes.size() < whole) return ProxyHeaderPart{};
    const bool is_local = bytes[12] == 0x20;
    const auto family = bytes[13];
    if (is_local || family == 0x00) return ProxyHeader{whole, std::nullopt};
    const auto header = bytes.first(whole);
    if (const auto problem = check_tlvs(header, fixed_bytes + address_bytes(family))) return *problem;
    return answer(whole, client_of(header, family));
}

}  // namespace

std::string_view format_proxy_problem(ProxyProblem problem)
{
    switch (problem) {
        case ProxyProblem::no_header: return "is missing";
        case ProxyProblem::too_long: return "is too long";
        case ProxyProblem::malformed: return "is malformed";
        case ProxyProblem::other_version: return "is of another version, or says another command";
        case ProxyProblem::other_family: return "tells of something other than TCP";
        case ProxyProblem::senseless_address: return "tells an address that nobody connects from";
        case ProxyProblem::wrong_checksum: break;
    }
    return "has a wrong checksum";
}

ParsedProxyHeader parse_proxy_header(std::string_view octets)
{
    octets = octets.substr(0, max_proxy_header_bytes);
    if (octets.empty()) return ProxyHeaderPart{};
    if (agrees_so_far(octets, signature)) return parse_block(octets);
    if (agrees_so_far(octets, line_start)) return parse_line(octets);
    return ProxyProblem::no_header;
}

}  // namespace sealpost::net
