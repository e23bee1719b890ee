#pragma once

#include "sys/http/message.hpp"
#include "sys/net/stream.hpp"

#include <chrono>

namespace sealpost::http {

struct WriteOptions {
    bool head_only = false;  // the answer to HEAD
    bool keep_alive = true;
    bool may_chunk = true;  // HTTP/1.1
    std::chrono::milliseconds each_write{60'000};
    std::uint64_t least_rate = 0;  // octets a second, behind which the client may lag by each_write; 0: any
};

// Status line and fields, with Content-Length or Transfer-Encoding, and Connection. Line breaks in
// values are turned into spaces: nothing can be injected.
[[nodiscard]] std::string format_response_head(const Response& response, const WriteOptions& options);

// One chunk of RFC 9112 §7.1; the empty one ends the body.
[[nodiscard]] std::string format_chunk(std::string_view piece);

// Writes the whole response. An error means that the connection is of no more use.
Task<Result<>> write_response(net::ByteStream& stream, Response& response, WriteOptions options);

}  // namespace sealpost::http
