#include "serve/node/machinery.hpp"

#include "sys/db/database.hpp"
#include "sys/dns/unbound_resolver.hpp"

#include <thread>

namespace sealpost::node {
namespace {

constexpr std::size_t max_pem_bytes = 1024 * 1024;
constexpr unsigned blocking_threads = 4;

using Paths = std::vector<std::filesystem::path>;

Result<std::shared_ptr<const tls::ClientContext>> load_trust(const config::NodeConfig& config, const Paths& more)
{
    tls::ClientOptions options;
    options.trust.system = config.tls.trust_system;
    for (const auto* paths : {&config.tls.trust_files, &more}) {
        for (const auto& path : *paths) {
            SEALPOST_TRY(auto pem, files::read_file(path, max_pem_bytes));
            options.trust.pem_texts.push_back(std::move(pem));
        }
    }
    return tls::ClientContext::make(std::move(options));
}

Result<std::shared_ptr<const tls::ServerContext>> load_certificate(const config::NodeConfig::Certificate& certificate)
{
    SEALPOST_TRY(auto chain, files::read_file(certificate.chain, max_pem_bytes));
    SEALPOST_TRY(auto key, files::read_secret(certificate.key, max_pem_bytes));
    auto pair = tls::parse_key_pair(chain, key.reveal_text());
    if (pair.has_error()) return pair.error().in("certificate \"" + certificate.name + "\"");
    std::vector<tls::KeyPair> pairs;
    pairs.push_back(std::move(*pair));
    return tls::ServerContext::make(std::move(pairs));
}

Result<std::shared_ptr<dns::Resolver>> make_resolver(const config::NodeConfig& config)
{
    dns::UnboundOptions options;
    options.forwarder = config.dns.resolver;
    SEALPOST_TRY(auto resolver, dns::UnboundResolver::make(std::move(options)));
    return std::shared_ptr<dns::Resolver>(std::move(resolver));
}

queue::Settings queue_settings(const config::NodeConfig& config)
{
    queue::Settings settings;
    settings.hostname = config.node.hostname;
    settings.retry.first_retry = config.delivery.first_retry;
    settings.retry.max_interval = config.delivery.longest_retry;
    settings.retry.max_age = config.delivery.expire_after;
    return settings;
}

}  // namespace

Result<std::unique_ptr<Machinery>> Machinery::make(config::NodeConfig config, const Clock& clock, log::Log log)
{
    SEALPOST_CHECK(files::make_directory(config.node.data_dir));
    SEALPOST_TRY(auto lock, files::DirectoryLock::take(config.node.data_dir));
    SEALPOST_TRY(auto resolver, make_resolver(config));
    SEALPOST_TRY(auto trust, load_trust(config, {}));
    std::map<std::string, std::shared_ptr<tls::ServerIdentity>> identities;
    for (const auto& certificate : config.certificates) {
        SEALPOST_TRY(auto context, load_certificate(certificate));
        identities[certificate.name] = std::make_shared<tls::ServerIdentity>(std::move(context));
    }
    SEALPOST_TRY(auto database, db::Database::open(config.store.url));
    SEALPOST_TRY(auto queue, queue::Queue::open(database, clock, log, queue_settings(config)));
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    const unsigned workers = config.node.workers == 0 ? cores : config.node.workers;
    return std::unique_ptr<Machinery>(
        new Machinery{std::move(config), clock, std::move(log), std::move(lock), std::move(resolver), std::move(trust),
                      std::move(identities), std::move(database), std::move(queue),
                      std::make_unique<async::BlockingPool>(blocking_threads), std::make_unique<async::Workers>(workers)});
}

Result<> Machinery::reload_certificates()
{
    std::map<std::string, std::shared_ptr<const tls::ServerContext>> fresh;
    for (const auto& certificate : config.certificates) {
        SEALPOST_TRY(auto context, load_certificate(certificate));
        fresh[certificate.name] = std::move(context);
    }
    for (auto& [name, context] : fresh) identities.at(name)->replace(std::move(context));
    return {};
}

std::shared_ptr<tls::ServerIdentity> Machinery::find_identity(const std::string& certificate) const
{
    const auto found = identities.find(certificate);
    return found == identities.end() ? nullptr : found->second;
}

std::shared_ptr<courier::Courier> Machinery::make_courier() const
{
    courier::CourierOptions options;
    options.resolver = resolver;
    options.trust = [trust = trust] { return trust; };
    options.log = log;
    return std::make_shared<courier::Courier>(std::move(options));
}

courier::Sending Machinery::sending() const
{
    courier::Sending sending;
    sending.helo_name = config.delivery.helo.empty() ? config.node.hostname : config.delivery.helo;
    sending.mx_port = config.delivery.mx_port;
    return sending;
}

Result<std::shared_ptr<http::HttpClient>> Machinery::make_http_client() const
{
    SEALPOST_TRY(auto service_trust, load_trust(config, config.gateway.trust));
    http::ClientOptions options;
    options.trust = std::move(service_trust);
    options.resolver = resolver;
    return std::make_shared<http::HttpClient>(std::move(options));
}

}  // namespace sealpost::node
