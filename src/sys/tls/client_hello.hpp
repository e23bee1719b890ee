// Inside sys/tls: what a ClientHello's extensions say, read before OpenSSL acts on them. Bytes from outside.
#pragma once

#include "base/bytes.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sealpost::tls {

// The protocols of an ALPN extension (RFC 7301 §3.1); absent when it is malformed.
[[nodiscard]] std::optional<std::vector<std::string>> parse_alpn(ByteView extension);

// The host name of a server_name extension (RFC 6066 §3), in lower case; absent when there is none.
[[nodiscard]] std::optional<std::string> parse_server_name(ByteView extension);

}  // namespace sealpost::tls
