#pragma once

#include "serve/gateway/client.hpp"

#include <cstdint>
#include <optional>

namespace sealpost::gateway {

// What a node that is short of something says (doc/spec/load-shedding.md); none: it is not. Each refusal is counted and
// logged like a limit.

// RFC 5321 §3.8: 421 where a connection is to end, at its greeting or at its next message.
[[nodiscard]] std::optional<smtp::Reply> shed_connection(const Client& client);
// To MAIL; `size` as it was declared, or 0.
[[nodiscard]] std::optional<smtp::Reply> shed_message(const Client& client, std::uint64_t size);
// To RCPT and DATA. RFC 5321 §4.2.3: "452 Requested action not taken: insufficient system storage".
[[nodiscard]] std::optional<smtp::Reply> shed_storage(const Client& client);
// While the content comes: what was begun goes on as long as it can be kept at all.
[[nodiscard]] std::optional<smtp::Reply> shed_content(const Client& client);

}  // namespace sealpost::gateway
