#include "serve/node/page_servers.hpp"

namespace sealpost::node {
namespace {

Task<void> stop_one(http::HttpServer& server, Deadline deadline, std::promise<void>& done)
{
    co_await server.stop(deadline);
    done.set_value();
}

}  // namespace

Result<> PageServers::open(const std::vector<Endpoint>& addresses, const std::vector<std::string>& certificates,
                           const std::shared_ptr<const http::Router>& router)
{
    const auto identity = machinery_.certificates->find(ShownCertificates::Purpose::pages, certificates);
    for (const auto& endpoint : addresses) {
        http::ServerOptions options{name_, endpoint, identity, {}};
        auto server = http::HttpServer::start(*machinery_.workers, std::move(options), router, machinery_.log);
        if (server.has_error()) return server.error().in(name_ + ".listen");
        servers_.push_back(std::move(*server));
    }
    return {};
}

void PageServers::begin_stop(Deadline drain)
{
    for (auto& server : servers_) machinery_.workers->spawn(0, stop_one(*server, drain, stopped_.emplace_back()));
}

void PageServers::await_stop()
{
    for (auto& stopped : stopped_) stopped.get_future().wait();
    stopped_.clear();
    servers_.clear();
}

std::vector<NamedEndpoint> PageServers::endpoints() const
{
    std::vector<NamedEndpoint> all;
    for (const auto& server : servers_) all.push_back({name_, server->local()});
    return all;
}

}  // namespace sealpost::node
