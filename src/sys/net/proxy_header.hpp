#pragma once

#include "base/ip_address.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

namespace sealpost::net {

// The header of the PROXY protocol, by which a balancer says for whom it connects: versions 1 and 2, as HAProxy's
// proxy-protocol.txt has them. This file only reads what one says; who may say one is decided by ProxyDoor.

inline constexpr std::size_t max_proxy_line_bytes = 107;                           // §2.1, with its CRLF
inline constexpr std::size_t max_proxy_block_bytes = 2048;                         // of version 2, behind its first 16 octets
inline constexpr std::size_t max_proxy_header_bytes = 16 + max_proxy_block_bytes;  // of either version

struct ProxyHeader {
    std::size_t octets = 0;  // its length: what follows belongs to the session
    // Absent: LOCAL, UNKNOWN, or version 2 without a family. The balancer speaks for itself, as to see whether we are well.
    std::optional<Endpoint> client;
};

struct ProxyHeaderPart {};  // more of it has to come

enum class ProxyProblem {
    no_header,          // it begins as neither version does
    too_long,           // a line above 107 octets, or a block above 2048
    malformed,          // it breaks the grammar, or a length lies
    other_version,      // of the binary form: neither 2, nor LOCAL or PROXY
    other_family,       // unix sockets, datagrams, what nobody knows
    senseless_address,  // nobody connects from there: unspecified, multicast, broadcast
    wrong_checksum,     // CRC32c
};
[[nodiscard]] std::string_view format_proxy_problem(ProxyProblem problem);  // "is too long"; the subject is a PROXY header

using ParsedProxyHeader = std::variant<ProxyHeaderPart, ProxyHeader, ProxyProblem>;

// Of what has come so far on a connection; max_proxy_header_bytes are looked at. All of a ProxyHeaderPart belongs to the
// header. More octets change a part only: neither a header nor a problem.
[[nodiscard]] ParsedProxyHeader parse_proxy_header(std::string_view octets);

}  // namespace sealpost::net
