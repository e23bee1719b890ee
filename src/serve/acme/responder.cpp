#include "serve/acme/responder.hpp"

#include "sys/async/task_group.hpp"
#include "sys/http/respond.hpp"

namespace sealpost::acme {
namespace {

// An authority asks a few times for each name; nobody else has business here.
http::ServerLimits responder_limits()
{
    http::ServerLimits limits;
    limits.max_header_bytes = 8 * 1024;
    limits.max_connections = 64;
    limits.idle = limits.header = limits.read = limits.write = std::chrono::seconds(5);
    return limits;
}

// RFC 8555 §8.3.
Task<http::Response> answer_http_01(std::shared_ptr<const Answers> answers, std::string token)
{
    const auto found = answers->find_key_authorization(token);
    if (!found) co_return http::problem_response(http::not_found());
    co_return http::text_response(200, "application/octet-stream", *found);
}

std::shared_ptr<const http::Router> make_router(const Responder::Options& options)
{
    auto router = std::make_shared<http::Router>();
    if (options.challenge != "http-01") return router;
    router->add(http::Method::get, "/.well-known/acme-challenge/{token}", [answers = options.answers](http::Request& request) {
        return answer_http_01(answers, request.parameter("token"));
    });
    return router;
}

// Whoever does not ask by "acme-tls/1" sees a certificate that says nothing.
Result<std::shared_ptr<tls::ServerIdentity>> make_identity(const Responder::Options& options)
{
    SEALPOST_TRY(auto key, crypto::PrivateKey::make_ecdsa_p256());
    crypto::CertificateOrder order;
    order.subject = "acme challenges";
    order.not_before = options.now - std::chrono::hours(1);
    order.not_after = options.now + std::chrono::hours(24 * 3650);
    SEALPOST_TRY(auto certificate, crypto::make_certificate(order, key));
    std::vector<crypto::Certificate> chain{std::move(certificate)};
    std::vector<tls::KeyPair> pairs;
    pairs.push_back({std::move(chain), std::move(key)});
    tls::ServerOptions context;
    context.challenges = options.answers->pairs();
    SEALPOST_TRY(auto made, tls::ServerContext::make(std::move(pairs), std::move(context)));
    return std::make_shared<tls::ServerIdentity>(std::move(made));
}

}  // namespace

Result<std::unique_ptr<Responder>> Responder::open(async::Workers& workers, Options options, log::Log log)
{
    std::unique_ptr<Responder> responder(new Responder());
    const auto router = make_router(options);
    std::shared_ptr<tls::ServerIdentity> identity;
    if (options.challenge != "http-01") {
        SEALPOST_TRY(identity, make_identity(options));
    }
    for (const Endpoint& endpoint : options.listen) {
        http::ServerOptions server{options.name, endpoint, identity, responder_limits()};
        auto started = http::HttpServer::start(workers, std::move(server), router, log);
        if (started.has_error()) return started.error().in(options.name);
        responder->servers_.push_back(std::move(*started));
    }
    return responder;
}

Task<void> Responder::stop(Deadline drain)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup stops(executor);
    for (auto& server : servers_) stops.spawn(server->stop(drain));
    co_await stops.join();
    servers_.clear();
}

std::vector<Endpoint> Responder::endpoints() const
{
    std::vector<Endpoint> all;
    for (const auto& server : servers_) all.push_back(server->local());
    return all;
}

}  // namespace sealpost::acme
