#pragma once

#include "core/config/node_config.hpp"
#include "core/load/load.hpp"
#include "core/queue/queue.hpp"
#include "serve/alerts/alerts.hpp"
#include "serve/certadmin/certadmin.hpp"
#include "serve/courier/by_domain.hpp"
#include "serve/mtasts/policy_finder.hpp"
#include "serve/node/certificates.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/files/files.hpp"
#include "sys/http/client.hpp"
#include "sys/log/log.hpp"
#include "sys/tls/context.hpp"

#include <atomic>
#include <functional>
#include <memory>

namespace sealpost::node {

// What both roles stand on. Members are destroyed from the last to the first: the workers end before
// what their tasks use.
struct Machinery {
    config::NodeConfig config;
    const Clock& clock;
    log::Log log;
    files::DirectoryLock lock;
    std::optional<files::DirectoryLock> store_lock;  // of a store that is a file
    std::shared_ptr<dns::Resolver> resolver;
    std::shared_ptr<const tls::ClientContext> trust;
    std::unique_ptr<ShownCertificates> certificates;
    std::shared_ptr<db::Database> database;
    std::shared_ptr<queue::Queue> queue;
    std::shared_ptr<load::Load> load;
    std::shared_ptr<alerts::Alerts> alerts;
    std::shared_ptr<mtasts::PolicyFinder> sts_policies;
    std::shared_ptr<const courier::ContentSigner> signer;        // null without a [[dkim]] key
    std::shared_ptr<const courier::ContentSealer> chain_sealer;  // null without [arc]
    std::unique_ptr<async::BlockingPool> pool;
    std::unique_ptr<async::Workers> workers;
    certadmin::Renewals renewals;  // set before the pages open by whoever renews
    std::shared_ptr<std::atomic<bool>> is_kek_away = std::make_shared<std::atomic<bool>>(false);  // KekWatch

    // Takes the data directory, reads certificates, opens the store. Fault::config says what to mend.
    static Result<std::unique_ptr<Machinery>> make(config::NodeConfig config, const Clock& clock, log::Log log);

    // Presents what was installed by page or command from the next handshake on. An error: `installed` cannot be; what else
    // cannot is none, but stays as it was and is logged.
    Task<Result<>> reload_certificates(std::string installed);
    // For what an authority issued to this node: installed as it is, with the chain as it was sent, and presented.
    Task<Result<>> install_certificate(std::string name, std::string chain_pem, Secret key_pem);

    [[nodiscard]] std::shared_ptr<courier::Courier> make_courier(
        std::function<void(const courier::TlsEvent&)> on_tls,
        std::function<void(const courier::TlsFailure&)> on_tls_failure) const;
    [[nodiscard]] courier::Sending sending() const;
    [[nodiscard]] queue::RetryPlan retry_plan() const;  // of [delivery]
    // Trust in the service's certificate: the node's own, and what [gateway] trust adds.
    [[nodiscard]] Result<std::shared_ptr<http::HttpClient>> make_http_client(http::ClientOptions options = {}) const;
};

// Of [delivery]: its time alone ends it.
[[nodiscard]] queue::RetryPlan make_retry_plan(const config::NodeConfig::Delivery& delivery);

// A key of the domain in that address, or of one above it.
[[nodiscard]] bool has_dkim_key(const config::NodeConfig& config, const std::string& address);

}  // namespace sealpost::node
