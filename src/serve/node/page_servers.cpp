#include "serve/node/page_servers.hpp"

#include "sys/async/wait.hpp"

namespace sealpost::node {
Result<> PageServers::open(const Place& place, const std::shared_ptr<const http::Router>& router)
{
    const auto identity = machinery_.certificates->find(ShownCertificates::Purpose::pages, place.certificates);
    for (const auto& endpoint : place.addresses) {
        http::ServerOptions options{name_, endpoint, identity, {}, place.proxy_from};
        auto server = http::HttpServer::start(*machinery_.workers, std::move(options), router, machinery_.log);
        if (server.has_error()) return server.error().in(name_ + ".listen");
        servers_.push_back(std::move(*server));
    }
    return {};
}

void PageServers::begin_stop(Deadline drain)
{
    for (auto& server : servers_) stopped_.push_back(async::start_on(*machinery_.workers, 0, server->stop(drain)));
}

void PageServers::await_stop()
{
    for (auto& stopped : stopped_) stopped.get();
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
