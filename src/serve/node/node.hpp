// node: one running Sealpost: the roles that a configuration names, over shared machinery. It wires
// the other rooms together, starts and stops them in order, and decides nothing. start(), reload()
// and stop() are called from a thread that is no worker. What is missing or wrong at start is
// Fault::config with a hint, and nothing keeps running.
#pragma once

#include "serve/node/acme_role.hpp"
#include "serve/node/admin_role.hpp"
#include "serve/node/gateway_role.hpp"
#include "serve/node/health_pages.hpp"
#include "serve/node/service_role.hpp"
#include "serve/node/tls_reports.hpp"
#include "serve/node/trouble_watch.hpp"

#include <future>
#include <memory>
#include <vector>

namespace sealpost::node {

class Node {
public:
    // Listens when it answers. `clock` outlives the node.
    static Result<std::unique_ptr<Node>> start(config::NodeConfig config, const Clock& clock, log::Log log);
    ~Node();  // stops

    // Listeners, pages and deliveries have the configured drain time together, beside each other. Mail that comes in
    // meanwhile waits in the queue for the next start.
    void stop();
    // Certificates, and the files that roles read again; policy follows its store by itself. What cannot be read stays as it was,
    // whatever becomes of the rest, and is in the answer, one sentence each.
    std::vector<std::string> reload();
    void close_idle_deliveries();  // the next delivery shakes hands anew

    [[nodiscard]] std::vector<NamedEndpoint> endpoints() const;
    [[nodiscard]] Machinery& machinery() { return *machinery_; }
    [[nodiscard]] const Machinery& machinery() const { return *machinery_; }
    [[nodiscard]] GatewayRole* gateway() { return gateway_.get(); }  // null: not this node's role
    [[nodiscard]] ServiceRole* service() { return service_.get(); }

private:
    Node() = default;
    Result<> make_roles();
    Result<> open_health_pages();
    void start_dispatcher();
    Task<void> run();

    std::unique_ptr<Machinery> machinery_;
    std::unique_ptr<TlsReports> tls_reports_;
    std::shared_ptr<TlsFailures> tls_failures_ = std::make_shared<TlsFailures>();
    std::shared_ptr<courier::Courier> courier_;
    std::unique_ptr<GatewayRole> gateway_;
    std::unique_ptr<ServiceRole> service_;
    std::unique_ptr<AdminRole> admin_;                   // null: not configured
    std::shared_ptr<people::People> trail_of_commands_;  // null: a role sweeps it, or it is kept for ever
    std::unique_ptr<AcmeRole> acme_;                     // null: not configured
    std::unique_ptr<HealthPages> health_;                // null: not configured
    std::unique_ptr<queue::Deliverer> deliverer_;
    std::unique_ptr<queue::Dispatcher> dispatcher_;
    std::unique_ptr<async::Signal> stopping_;
    std::promise<void> ended_;
    bool running_ = false;
};

}  // namespace sealpost::node
