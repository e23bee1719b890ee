#pragma once

#include "base/network.hpp"
#include "sys/async/workers.hpp"
#include "sys/http/router.hpp"
#include "sys/log/log.hpp"

#include <chrono>
#include <vector>

namespace sealpost::tls {
class ServerIdentity;
}

namespace sealpost::http {

struct ServerLimits {
    std::size_t max_header_bytes = 16 * 1024;
    std::size_t max_connections = 4096;           // over all workers, shared between hosts; others hear 503 with Retry-After
    std::size_t max_connections_per_host = 1024;  // of them; so much memory a host can bind that is slow with all
    std::size_t max_requests_per_connection = 1000;
    std::chrono::milliseconds proxy_header{5'000};  // from the connection on, where one has to come
    std::chrono::milliseconds handshake{10'000};
    std::chrono::milliseconds idle{60'000};        // between requests
    std::chrono::milliseconds header{15'000};      // from the first octet of a request to the end of its head
    std::chrono::milliseconds read{30'000};        // each wait for more of a body
    std::chrono::milliseconds write{60'000};       // each piece of a response
    std::uint64_t least_rate = 1024;               // octets of a response a second, behind which it may lag by `write`
    std::chrono::milliseconds turned_away{5'000};  // for who is to hear 503 to say what he wants
    std::chrono::milliseconds request{600'000};    // a body may lag by this, at any time, behind …
    std::uint64_t least_body_rate = 16 * 1024;     // … so many octets a second
    // For the client to take an answer that came before its body's end: each wait for more of that body, and all of them.
    std::chrono::milliseconds linger{5'000};
    std::chrono::milliseconds longest_linger{120'000};
};

struct ServerOptions {
    std::string name;                               // for the log: "service", "demo", "metrics"
    Endpoint at;                                    // port 0: the kernel chooses
    std::shared_ptr<tls::ServerIdentity> identity;  // none: plain HTTP, for loopback only
    ServerLimits limits = {};
    // From there each connection begins with a PROXY header (net::ProxyDoor), and Request::peer is whom that tells.
    std::vector<Network> proxy_from = {};
};

// Answers requests on every worker, with one listener each (SO_REUSEPORT).
class HttpServer {
public:
    // Binds and starts. The workers outlive the server.
    static Result<std::unique_ptr<HttpServer>> start(async::Workers& workers, ServerOptions options,
                                                     std::shared_ptr<const Router> router, log::Log log);
    ~HttpServer();  // after stop()
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    [[nodiscard]] Endpoint local() const;

    // No new connections; requests under way finish, until the deadline; then all is closed.
    // May run on any executor, also one of the workers. Returns when nothing of the server runs.
    Task<void> stop(Deadline drain);

private:
    struct State;
    explicit HttpServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace sealpost::http
