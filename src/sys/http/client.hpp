#pragma once

#include "sys/http/message.hpp"

#include <chrono>
#include <functional>
#include <optional>

namespace sealpost::tls {
class ClientContext;
}
namespace sealpost::dns {
class Resolver;
}

namespace sealpost::http {

struct Url {
    bool tls = true;   // https
    std::string host;  // a name in lower case, or an address without brackets
    std::uint16_t port = 443;
    std::string target;  // path and query, at least "/"
};
// Absolute http and https only, without user names and fragments.
[[nodiscard]] Result<Url> parse_url(std::string_view text);
[[nodiscard]] std::string format_origin(const Url& url);  // "https://keys.test", the port when unusual

// How fast content has to be taken: it may lag behind the rate by `grace`, in which each piece has to go, and the answer to
// come after it.
struct ContentPace {
    std::chrono::milliseconds grace{60'000};
    std::uint64_t least_per_second = 0;
};

struct ClientRequest {
    Method method = Method::get;
    std::string url;
    Headers headers = {};  // Host and Content-Length are ours to set
    std::string body = {};
    std::unique_ptr<async::ByteSource> content = {};  // instead of body; exactly content_size octets
    std::uint64_t content_size = 0;
    std::optional<ContentPace> content_pace = {};  // instead of the deadline, once the content is on its way
    std::size_t max_response_bytes = 1024 * 1024;
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body;
};

struct ClientOptions {
    std::shared_ptr<const tls::ClientContext> trust;  // none: https is refused
    std::shared_ptr<dns::Resolver> resolver;          // none: only address literals
    bool allow_plain_http = false;                    // for loopback
    // Addresses that it says no to are not connected to, however the host is named (Fault::give_up); absent: any will do.
    std::function<bool(const IpAddress&)> may_connect = {};
    std::size_t max_idle_per_origin = 4;              // of a worker, as all of these; 0: none is kept
    std::size_t max_idle = 32;                        // of all origins; beyond them the oldest goes
    std::chrono::milliseconds max_idle_time{20'000};  // until the next request, whomever it goes to
};

// A client that never talks to a server whose certificate does not prove the name: that is
// Fault::denied, and nothing of the request has been sent. Keeps a few connections for the next
// request. May be used from several workers at once; ends before they do.
class HttpClient {
public:
    explicit HttpClient(ClientOptions options);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    // An answer of any status is a ClientResponse; redirects are not followed.
    Task<Result<ClientResponse>> send(ClientRequest request, Deadline deadline);

    // Closes what is kept for the running worker. A worker that ends before the client does this
    // last; so does the command line, whose run_here() would otherwise wait for their timers.
    Task<void> close_idle();
    [[nodiscard]] std::size_t idle_connections() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace sealpost::http
