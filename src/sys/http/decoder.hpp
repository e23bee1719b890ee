#pragma once

#include "sys/http/message.hpp"

#include <memory>

namespace sealpost::http {

// One request as it arrives, without I/O: octets in; a head, pieces of the body and an end out. Beast
// parses; what Beast takes and RFC 9112 or this house does not is refused when the head is complete.
// The head is parsed first; the body only after begin_body().
class RequestDecoder {
public:
    explicit RequestDecoder(std::size_t max_header_bytes);
    ~RequestDecoder();
    RequestDecoder(const RequestDecoder&) = delete;
    RequestDecoder& operator=(const RequestDecoder&) = delete;

    // How many of the octets were used; the caller shows the others again, with what follows.
    // Fault::denied: the head, the line before a chunk or the trailer is too long; Fault::peer_broke_it: this is not HTTP.
    Result<std::size_t> feed(std::string_view bytes);

    [[nodiscard]] bool has_head() const;
    [[nodiscard]] bool is_done() const;
    [[nodiscard]] bool keeps_alive() const;
    [[nodiscard]] bool expects_continue() const;
    [[nodiscard]] bool is_version_1_1() const;

    // Once, when has_head(): method, path, query, headers and content_length.
    Result<Request> take_head();
    void begin_body();
    std::string take_body();  // what has been decoded since the last call

private:
    struct State;
    std::unique_ptr<State> state_;
};

// The same for the answers that a client reads.
class ResponseDecoder {
public:
    // `head_only`: the answer to HEAD has no body, whatever its header says.
    ResponseDecoder(std::size_t max_header_bytes, bool head_only);
    ~ResponseDecoder();
    ResponseDecoder(const ResponseDecoder&) = delete;
    ResponseDecoder& operator=(const ResponseDecoder&) = delete;

    Result<std::size_t> feed(std::string_view bytes);
    Result<> feed_end();  // the server has closed

    [[nodiscard]] bool has_head() const;
    [[nodiscard]] bool is_done() const;
    [[nodiscard]] bool keeps_alive() const;
    [[nodiscard]] int status() const;
    [[nodiscard]] Headers take_headers();
    std::string take_body();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sealpost::http
