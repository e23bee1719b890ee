#pragma once

#include "sys/http/decoder.hpp"
#include "sys/http/response_writer.hpp"
#include "sys/http/server.hpp"
#include "sys/net/stream.hpp"

namespace sealpost::http {

// One connection of a server: requests in turn, each answered by the router. Belongs to one worker.
class Connection {
public:
    struct Setting {
        ServerLimits limits;
        std::shared_ptr<const Router> router;
        log::Log log;
        bool over_tls = false;
    };
    Connection(std::unique_ptr<net::ByteStream> stream, Setting setting);

    Task<void> run();
    Task<void> turn_away();  // instead of run(): too many connections

    // No further request: an idle connection closes at once, a busy one after its answer.
    void drain();

private:
    class Body;
    struct Exchange;
    Task<bool> serve_one(bool is_last);  // whether another request may follow
    Task<Result<>> read_head(RequestDecoder& decoder);
    Task<bool> refuse(Error error);
    Task<Response> answer(Request& request, Body& body);
    Task<Response> call(const Route& route, Request& request);
    void note(const Request& request, const Response& response, std::chrono::steady_clock::time_point begun) const;
    Task<Result<bool>> fill(Deadline deadline);  // more octets into the inbox; false: the peer has closed
    Task<void> linger();

    std::unique_ptr<net::ByteStream> stream_;
    Setting setting_;
    std::string inbox_;
    bool is_idle_ = false;
    bool is_draining_ = false;
    bool has_unread_body_ = false;
    std::uint64_t unread_bytes_ = 0;  // then: how many more are read, and thrown away, before the connection is closed
};

}  // namespace sealpost::http
