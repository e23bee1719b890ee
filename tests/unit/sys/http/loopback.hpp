#pragma once

#include "sys/async/workers.hpp"
#include "sys/http/client.hpp"
#include "sys/http/respond.hpp"
#include "sys/http/server.hpp"
#include "sys/net/stream.hpp"
#include "sys/tls/context.hpp"

#include <gtest/gtest.h>

namespace sealpost::http {

constexpr std::chrono::seconds generous{20};

// A server on loopback for one test, stopped at its end.
class Loopback {
public:
    explicit Loopback(Router router, ServerLimits limits = {}, std::shared_ptr<tls::ServerIdentity> identity = {},
                      std::vector<Network> proxy_from = {})
    {
        if (limits.linger == ServerLimits().linger) limits.linger = std::chrono::milliseconds(20);
        ServerOptions options{"test", {IpAddress::loopback_v4(), 0}, std::move(identity), limits, std::move(proxy_from)};
        auto started = HttpServer::start(workers, options, std::make_shared<const Router>(std::move(router)), log::Log::silent());
        server = std::move(started.value());
    }
    ~Loopback()
    {
        async::run_here([this] { return server->stop(Deadline::after(std::chrono::milliseconds(200))); });
    }
    [[nodiscard]] Endpoint at() const { return server->local(); }
    [[nodiscard]] std::string origin() const { return "http://" + format_endpoint(at()); }

    async::Workers workers{2};
    std::unique_ptr<HttpServer> server;
};

inline Task<std::string> read_to_end(net::ByteStream& stream)
{
    std::string all;
    std::string piece(4096, '\0');
    while (true) {
        auto count = co_await stream.read_some(piece, Deadline::after(generous));
        if (count.has_error() || *count == 0) co_return all;
        all.append(piece, 0, *count);
    }
}

// Says `text` on a new connection and answers all that comes back until the server closes.
inline std::string converse(const Loopback& loopback, const std::string& text)
{
    struct Talk {
        static Task<void> run(Endpoint at, std::string text, std::string& answer)
        {
            auto stream = co_await net::connect(at, std::nullopt, Deadline::after(generous));
            auto written = co_await stream.value()->write(text, Deadline::after(generous));
            EXPECT_TRUE(written.has_value());
            answer = co_await read_to_end(**stream);
        }
    };
    std::string answer;
    async::run_here([&] { return Talk::run(loopback.at(), text, answer); });
    return answer;
}

inline Result<ClientResponse> send_one(HttpClient& client, ClientRequest& request)
{
    struct Talk {
        static Task<void> run(HttpClient& client, ClientRequest& request, std::optional<Result<ClientResponse>>& answer)
        {
            auto got = co_await client.send(std::move(request), Deadline::after(generous));
            answer.emplace(std::move(got));
            co_await client.close_idle();
        }
    };
    std::optional<Result<ClientResponse>> answer;
    async::run_here([&] { return Talk::run(client, request, answer); });
    return std::move(*answer);
}

}  // namespace sealpost::http
