#include "serve/node/machinery.hpp"

#include "base/text.hpp"
#include "sys/db/database.hpp"
#include "sys/dns/unbound_resolver.hpp"

#include <algorithm>
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

struct Contexts {
    std::shared_ptr<const tls::ServerContext> plain;
    std::shared_ptr<const tls::ServerContext> asking;
};

Result<std::shared_ptr<const tls::ServerContext>> make_context(std::string_view chain, const Secret& key,
                                                               tls::ServerOptions options)
{
    SEALPOST_TRY(auto pair, tls::parse_key_pair(chain, key.reveal_text()));
    std::vector<tls::KeyPair> pairs;
    pairs.push_back(std::move(pair));
    return tls::ServerContext::make(std::move(pairs), std::move(options));
}

Result<Contexts> load_certificate(const config::NodeConfig::Certificate& certificate,
                                  std::shared_ptr<const tls::ClientContext> trust)
{
    SEALPOST_TRY(auto chain, files::read_file(certificate.chain, max_pem_bytes));
    SEALPOST_TRY(auto key, files::read_secret(certificate.key, max_pem_bytes));
    auto plain = make_context(chain, key, {});
    if (plain.has_error()) return plain.error().in("certificate \"" + certificate.name + "\"");
    tls::ServerOptions options;
    options.client_trust = std::shared_ptr<const crypto::TrustStore>(trust, &trust->trust());
    SEALPOST_TRY(auto asking, make_context(chain, key, std::move(options)));
    return Contexts{std::move(*plain), std::move(asking)};
}

std::shared_ptr<tls::ServerIdentity> find_in(const Machinery::Identities& identities, const std::string& certificate)
{
    const auto found = identities.find(certificate);
    return found == identities.end() ? nullptr : found->second;
}

Result<std::shared_ptr<dns::Resolver>> make_resolver(const config::NodeConfig& config, const log::Log& log)
{
    using Validation = dns::UnboundOptions::Validation;
    dns::UnboundOptions options;
    options.forwarder = config.dns.resolver;
    options.log = log;
    if (!config.dns.no_validation) options.validation = Validation::when_possible;
    if (!config.dns.trust_anchor.empty()) {
        options.validation = Validation::strict;
        options.trust_anchor_file = config.dns.trust_anchor;
    }
    SEALPOST_TRY(auto resolver, dns::UnboundResolver::make(std::move(options)));
    return std::shared_ptr<dns::Resolver>(std::move(resolver));
}

Result<dkim::SigningKey> load_key(const std::string& domain, const std::string& selector, const std::filesystem::path& file)
{
    SEALPOST_TRY(const auto pem, files::read_secret(file, crypto::max_chain_pem_bytes));
    return dkim::SigningKey::make(domain, selector, pem);
}

Result<std::shared_ptr<const courier::ContentSigner>> load_signer(const config::NodeConfig& config, const Clock& clock,
                                                                  const log::Log& log)
{
    if (config.dkim.empty()) return std::shared_ptr<const courier::ContentSigner>();
    std::vector<courier::ContentKey> keys;
    for (const auto& entry : config.dkim) {
        SEALPOST_TRY(auto key, load_key(entry.domain, entry.selector, entry.key));
        keys.push_back({std::move(key), entry.active_from, entry.active_until});
    }
    return std::make_shared<const courier::ContentSigner>(std::move(keys), clock, log);
}

Result<std::shared_ptr<const courier::ContentSealer>> load_chain_sealer(const config::NodeConfig& config,
                                                                        std::shared_ptr<dns::Resolver> resolver,
                                                                        const Clock& clock, const log::Log& log)
{
    if (!config.arc) return std::shared_ptr<const courier::ContentSealer>();
    SEALPOST_TRY(auto key, load_key(config.arc->domain, config.arc->selector, config.arc->key));
    const std::string authserv_id = config.node.authserv_id;
    return courier::ContentSealer::make({std::move(key), authserv_id, std::move(resolver), config.dns.timeout, clock, log});
}

queue::RetryPlan make_retry_plan(const config::NodeConfig::Delivery& delivery)
{
    queue::RetryPlan plan;
    plan.first_retry = delivery.first_retry;
    plan.max_interval = delivery.longest_retry;
    plan.max_age = delivery.expire_after;
    return plan;
}

queue::Settings queue_settings(const config::NodeConfig& config)
{
    queue::Settings settings;
    settings.hostname = config.node.hostname;
    settings.retry = make_retry_plan(config.delivery);
    return settings;
}

}  // namespace

Result<std::unique_ptr<Machinery>> Machinery::make(config::NodeConfig config, const Clock& clock, log::Log log)
{
    SEALPOST_CHECK(files::make_directory(config.node.data_dir));
    SEALPOST_TRY(auto lock, files::DirectoryLock::take(config.node.data_dir));
    SEALPOST_TRY(auto resolver, make_resolver(config, log));
    SEALPOST_TRY(auto trust, load_trust(config, {}));
    Identities identities;
    Identities asking;
    for (const auto& certificate : config.certificates) {
        SEALPOST_TRY(auto contexts, load_certificate(certificate, trust));
        identities[certificate.name] = std::make_shared<tls::ServerIdentity>(std::move(contexts.plain));
        asking[certificate.name] = std::make_shared<tls::ServerIdentity>(std::move(contexts.asking));
    }
    SEALPOST_TRY(auto database, db::Database::open(config.store.url));
    SEALPOST_TRY(auto queue, queue::Queue::open(database, clock, log, queue_settings(config)));
    SEALPOST_TRY(auto signer, load_signer(config, clock, log));
    SEALPOST_TRY(auto chain_sealer, load_chain_sealer(config, resolver, clock, log));
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    const unsigned workers = config.node.workers == 0 ? cores : config.node.workers;
    return std::unique_ptr<Machinery>(new Machinery{
        std::move(config), clock, std::move(log), std::move(lock), std::move(resolver), std::move(trust), std::move(identities),
        std::move(asking), std::move(database), std::move(queue), std::move(signer), std::move(chain_sealer),
        std::make_unique<async::BlockingPool>(blocking_threads), std::make_unique<async::Workers>(workers)});
}

Result<> Machinery::reload_certificates()
{
    std::map<std::string, Contexts> fresh;
    for (const auto& certificate : config.certificates) {
        SEALPOST_TRY(fresh[certificate.name], load_certificate(certificate, trust));
    }
    for (auto& [name, contexts] : fresh) {
        identities.at(name)->replace(std::move(contexts.plain));
        asking_identities.at(name)->replace(std::move(contexts.asking));
    }
    return {};
}

std::shared_ptr<tls::ServerIdentity> Machinery::find_identity(const std::string& certificate) const
{
    return find_in(identities, certificate);
}

std::shared_ptr<tls::ServerIdentity> Machinery::find_asking_identity(const std::string& certificate) const
{
    return find_in(asking_identities, certificate);
}

std::shared_ptr<courier::Courier> Machinery::make_courier(std::function<void(const courier::TlsEvent&)> on_tls) const
{
    courier::CourierOptions options;
    options.resolver = resolver;
    options.trust = [trust = trust] { return trust; };
    options.on_tls = std::move(on_tls);
    options.log = log;
    return std::make_shared<courier::Courier>(std::move(options));
}

queue::RetryPlan Machinery::retry_plan() const { return make_retry_plan(config.delivery); }

courier::Sending Machinery::sending() const
{
    courier::Sending sending;
    sending.helo_name = config.delivery.helo.empty() ? config.node.hostname : config.delivery.helo;
    sending.mx_port = config.delivery.mx_port;
    sending.signer = signer;
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

bool has_dkim_key(const config::NodeConfig& config, const std::string& address)
{
    const std::string domain = "." + ascii_lower(std::string_view(address).substr(address.rfind('@') + 1));
    return std::any_of(config.dkim.begin(), config.dkim.end(),
                       [&](const auto& key) { return domain.ends_with("." + key.domain); });
}

}  // namespace sealpost::node
