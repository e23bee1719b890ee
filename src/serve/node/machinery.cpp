#include "serve/node/machinery.hpp"

#include "core/config/helo.hpp"
#include "core/queue/lanes.hpp"
#include "serve/gateway/lanes.hpp"
#include "serve/node/load_watch.hpp"
#include "serve/node/mail_policies.hpp"
#include "serve/node/ownership.hpp"
#include "serve/node/resolver.hpp"
#include "serve/node/signing_keys.hpp"
#include "serve/node/trust.hpp"
#include "sys/db/database.hpp"
#include "sys/db/store_lock.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>
#include <thread>

namespace sealpost::node {
namespace {

constexpr unsigned blocking_threads = 4;
constexpr std::uint64_t max_spare_bytes = std::uint64_t{64}
                                          << 20;  // as long as the log of the store becomes, which must be copied

Result<std::shared_ptr<const courier::ContentSigner>> load_signer(const config::NodeConfig& config, const Clock& clock,
                                                                  const log::Log& log)
{
    if (config.dkim.empty()) return std::shared_ptr<const courier::ContentSigner>();
    std::vector<courier::ContentKey> keys;
    for (const auto& entry : config.dkim) {
        SEALPOST_TRY(auto key, load_signing_key(entry.domain, entry.selector, entry.key));
        keys.push_back({std::move(key), entry.active_from, entry.active_until});
    }
    return std::make_shared<const courier::ContentSigner>(std::move(keys), clock, log);
}

Result<std::shared_ptr<const courier::ContentSealer>> load_chain_sealer(const config::NodeConfig& config,
                                                                        std::shared_ptr<dns::Resolver> resolver,
                                                                        const Clock& clock, const log::Log& log)
{
    if (!config.arc) return std::shared_ptr<const courier::ContentSealer>();
    SEALPOST_TRY(auto key, load_signing_key(config.arc->domain, config.arc->selector, config.arc->key));
    const std::string authserv_id = config.node.authserv_id;
    return courier::ContentSealer::make({std::move(key), authserv_id, std::move(resolver), config.dns.timeout, clock, log});
}

// A gateway sends them as its reports, a service as its own mail: signed, and never sealed.
Result<std::shared_ptr<alerts::Alerts>> make_alerts(const config::NodeConfig& config, std::shared_ptr<db::Database> database,
                                                    std::shared_ptr<queue::Queue> queue, std::string node, const Clock& clock,
                                                    log::Log log)
{
    alerts::Alerts::Parts parts;
    SEALPOST_TRY(parts.ledger, alerts::Ledger::open(std::move(database), clock));
    parts.queue = std::move(queue);
    parts.clock = &clock;
    parts.to = config.alerts.to;
    parts.from = config.alerts.from;
    parts.language = parse_language(config.alerts.language);
    parts.hostname = config.node.hostname;
    parts.node = std::move(node);
    parts.lane = config.node.is_gateway ? queue::relay_lane : queue::service_notification_lane;
    parts.facts =
        config.node.is_gateway ? gateway::format_facts({"alert", true}, {}, clock.now()) : std::string(R"({"kind":"alert"})");
    parts.log = std::move(log);
    return std::make_shared<alerts::Alerts>(std::move(parts));
}

Result<queue::Settings> queue_settings(const config::NodeConfig& config)
{
    queue::Settings settings;
    SEALPOST_TRY(settings.owner, find_owner(config));
    settings.bounce_lane = find_bounce_lane(config);
    settings.hostname = config.node.hostname;
    settings.retry = make_retry_plan(config.delivery);
    return settings;
}

}  // namespace

queue::RetryPlan make_retry_plan(const config::NodeConfig::Delivery& delivery)
{
    queue::RetryPlan plan;
    plan.first_retry = delivery.first_retry;
    plan.max_interval = delivery.longest_retry;
    plan.max_age = delivery.expire_after;
    plan.max_attempts = queue::RetryPlan::no_most;
    return plan;
}

Result<std::unique_ptr<Machinery>> Machinery::make(config::NodeConfig config, const Clock& clock, log::Log log)
{
    SEALPOST_CHECK(files::make_directory(config.node.data_dir));
    SEALPOST_TRY(auto lock, files::DirectoryLock::take(config.node.data_dir));
    SEALPOST_TRY(auto store_lock, db::lock_store(config.store.file));
    SEALPOST_TRY(auto resolver, make_resolver(config.dns, log));
    SEALPOST_TRY(auto trust, load_trust(config, config.tls.outbound));
    SEALPOST_TRY(auto certificates, ShownCertificates::make({config, trust, &clock, log}));
    db::Options options;
    options.spare_bytes = std::min(max_spare_bytes, config.limits.min_free_bytes / 4);
    SEALPOST_TRY(auto database, db::Database::open(config.store.url, std::move(options)));
    SEALPOST_TRY(auto settings, queue_settings(config));
    const auto node_name = settings.owner.name;
    SEALPOST_TRY(auto queue, queue::Queue::open(database, clock, log, std::move(settings)));
    auto load = make_load(config, log);
    SEALPOST_TRY(auto alerts, make_alerts(config, database, queue, node_name, clock, log));
    SEALPOST_TRY(auto sts_policies, make_policy_finder({config, clock, log, database, resolver, trust}));
    SEALPOST_TRY(auto signer, load_signer(config, clock, log));
    SEALPOST_TRY(auto chain_sealer, load_chain_sealer(config, resolver, clock, log));
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    const unsigned workers = config.node.workers == 0 ? cores : config.node.workers;
    return std::unique_ptr<Machinery>(new Machinery{std::move(config),
                                                    clock,
                                                    std::move(log),
                                                    std::move(lock),
                                                    std::move(store_lock),
                                                    std::move(resolver),
                                                    std::move(trust),
                                                    std::move(certificates),
                                                    std::move(database),
                                                    std::move(queue),
                                                    std::move(load),
                                                    std::move(alerts),
                                                    std::move(sts_policies),
                                                    std::move(signer),
                                                    std::move(chain_sealer),
                                                    std::make_unique<async::BlockingPool>(blocking_threads),
                                                    std::make_unique<async::Workers>(workers),
                                                    {}});
}

Task<Result<>> Machinery::reload_certificates(std::string installed)
{
    const auto reload = [shown = certificates.get()] { return shown->reload(); };
    const auto kept = co_await pool->run(reload);
    const auto own = std::find_if(kept.begin(), kept.end(), [&](const auto& each) { return each.certificate == installed; });
    if (own != kept.end()) co_return Error{Fault::config, own->problem};
    co_return Result<>();
}

Task<Result<>> Machinery::install_certificate(std::string name, std::string chain_pem, Secret key_pem)
{
    certificates::Material material;
    material.pieces.push_back(Secret::copy_of(chain_pem));
    material.pieces.push_back(std::move(key_pem));
    // What an authority that others need not know has issued is what the operator asked for.
    const auto install = [&] { return certificates->store()->install(name, material, true); };
    SEALPOST_CO_TRY(const auto installed, co_await pool->run(install));
    const std::string verdict(certificates::format_verdict(installed.finding.verdict));
    if (!installed.is_installed) co_return Error{Fault::peer_broke_it, verdict + ": " + installed.finding.detail};
    log.info("certificate.installed", {{"certificate", name}, {"verdict", verdict}});
    auto reloaded = co_await reload_certificates(name);
    co_return reloaded;
}

std::shared_ptr<courier::Courier> Machinery::make_courier(std::function<void(const courier::TlsEvent&)> on_tls,
                                                          std::function<void(const courier::TlsFailure&)> on_tls_failure) const
{
    courier::CourierOptions options;
    options.resolver = resolver;
    options.trust = [trust = trust] { return trust; };
    options.find_sts = make_sts_finder(sts_policies);
    options.on_tls = std::move(on_tls);
    options.on_tls_failure = std::move(on_tls_failure);
    options.log = log;
    return std::make_shared<courier::Courier>(std::move(options));
}

queue::RetryPlan Machinery::retry_plan() const { return make_retry_plan(config.delivery); }

courier::Sending Machinery::sending() const
{
    courier::Sending sending;
    sending.helo_name = config::find_helo(config);
    sending.mx_port = config.delivery.mx_port;
    sending.signer = signer;
    return sending;
}

Result<std::shared_ptr<http::HttpClient>> Machinery::make_http_client(http::ClientOptions options) const
{
    SEALPOST_TRY(options.trust, load_trust(config, config.tls.outbound, config.gateway.trust));
    options.resolver = resolver;
    return std::make_shared<http::HttpClient>(std::move(options));
}

bool has_dkim_key(const config::NodeConfig& config, const std::string& address)
{
    const std::string domain = "." + mail::domain_of(address);
    return std::any_of(config.dkim.begin(), config.dkim.end(),
                       [&](const auto& key) { return domain.ends_with("." + key.domain); });
}

}  // namespace sealpost::node
