#pragma once

#include "serve/node/machinery.hpp"
#include "sys/http/server.hpp"

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace sealpost::node {

struct NamedEndpoint {
    std::string name;
    Endpoint endpoint;
};

// One router over HTTPS on every address of a role.
class PageServers {
public:
    PageServers(Machinery& machinery, std::string name) : machinery_(machinery), name_(std::move(name)) {}

    struct Place {
        const std::vector<Endpoint>& addresses;
        const std::vector<std::string>& certificates;  // names
        const std::vector<Network>& proxy_from;
    };
    Result<> open(const Place& place, const std::shared_ptr<const http::Router>& router);
    void begin_stop(Deadline drain);  // all of them beside each other
    void await_stop();                // blocks: call it from a thread that is no worker
    [[nodiscard]] std::vector<NamedEndpoint> endpoints() const;

private:
    Machinery& machinery_;
    std::string name_;  // in the log and among the node's endpoints
    std::vector<std::unique_ptr<http::HttpServer>> servers_;
    std::vector<std::future<void>> stopped_;  // one of each, once they are asked to
};

}  // namespace sealpost::node
