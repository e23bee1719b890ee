#pragma once

#include "base/result.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sealpost {

// An IPv4 or IPv6 address in network byte order. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is
// normalised to IPv4 by parse and make functions, so that policy sees one form only.
class IpAddress {
public:
    IpAddress() = default;  // 0.0.0.0
    static IpAddress v4(std::array<std::uint8_t, 4> octets);
    static IpAddress v6(std::array<std::uint8_t, 16> octets);
    static IpAddress loopback_v4() { return v4({127, 0, 0, 1}); }

    [[nodiscard]] bool is_v4() const { return is_v4_; }
    [[nodiscard]] bool is_v6() const { return !is_v4_; }
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] int bits() const { return is_v4_ ? 32 : 128; }
    [[nodiscard]] std::array<std::uint8_t, 4> v4_octets() const;
    // An IPv4 address answers its mapped form.
    [[nodiscard]] const std::array<std::uint8_t, 16>& octets() const { return octets_; }

    friend bool operator==(const IpAddress&, const IpAddress&) = default;
    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    bool is_v4_ = true;
    std::array<std::uint8_t, 16> octets_{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
};

[[nodiscard]] std::string format_ip(const IpAddress& address);            // 192.0.2.1, 2001:db8::1
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);   // nothing but the address
[[nodiscard]] std::string format_reverse_name(const IpAddress& address);  // 1.2.0.192.in-addr.arpa

// An address and a port as people write them: 192.0.2.1:25, [2001:db8::1]:25, [::]:25.
struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

[[nodiscard]] std::string format_endpoint(const Endpoint& endpoint);
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace sealpost
