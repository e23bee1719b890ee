#pragma once

#include "core/config/node_config.hpp"
#include "core/queue/queue.hpp"
#include "serve/courier/by_domain.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/files/files.hpp"
#include "sys/http/client.hpp"
#include "sys/log/log.hpp"
#include "sys/tls/context.hpp"

#include <functional>
#include <map>
#include <memory>

namespace sealpost::node {

// What both roles stand on. Members are destroyed from the last to the first: the workers end before
// what their tasks use.
struct Machinery {
    config::NodeConfig config;
    const Clock& clock;
    log::Log log;
    files::DirectoryLock lock;
    std::shared_ptr<dns::Resolver> resolver;
    std::shared_ptr<const tls::ClientContext> trust;
    using Identities = std::map<std::string, std::shared_ptr<tls::ServerIdentity>>;  // by certificate name
    Identities identities;
    Identities asking_identities;  // which ask the client for its certificate, and judge it by `trust`
    std::shared_ptr<db::Database> database;
    std::shared_ptr<queue::Queue> queue;
    std::shared_ptr<const courier::ContentSigner> signer;        // null without a [[dkim]] key
    std::shared_ptr<const courier::ContentSealer> chain_sealer;  // null without [arc]
    std::unique_ptr<async::BlockingPool> pool;
    std::unique_ptr<async::Workers> workers;

    // Reads certificates, opens the store, takes the data directory. Fault::config says what to mend.
    static Result<std::unique_ptr<Machinery>> make(config::NodeConfig config, const Clock& clock, log::Log log);

    // Reads the certificates again and presents them from the next handshake on. All or none.
    Result<> reload_certificates();
    [[nodiscard]] std::shared_ptr<tls::ServerIdentity> find_identity(const std::string& certificate) const;
    [[nodiscard]] std::shared_ptr<tls::ServerIdentity> find_asking_identity(const std::string& certificate) const;

    [[nodiscard]] std::shared_ptr<courier::Courier> make_courier(std::function<void(const courier::TlsEvent&)> on_tls) const;
    [[nodiscard]] courier::Sending sending() const;
    [[nodiscard]] queue::RetryPlan retry_plan() const;  // of [delivery]
    // Trust in the service's certificate: the node's own, and what [gateway] trust adds.
    [[nodiscard]] Result<std::shared_ptr<http::HttpClient>> make_http_client() const;
};

// A key of the domain in that address, or of one above it.
[[nodiscard]] bool has_dkim_key(const config::NodeConfig& config, const std::string& address);

}  // namespace sealpost::node
