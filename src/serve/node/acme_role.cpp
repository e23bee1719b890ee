#include "serve/node/acme_role.hpp"

#include "serve/node/trust.hpp"
#include "sys/async/wait.hpp"

#include <set>

namespace sealpost::node {
namespace {

// The authority's own server is believed with [tls] trust and with what its entry adds.
Result<acme::Send> make_sender(const config::NodeConfig& config, const config::NodeConfig::Acme& authority,
                               std::shared_ptr<dns::Resolver> resolver)
{
    http::ClientOptions options;
    SEALPOST_TRY(options.trust, load_trust(config, "", authority.trust));
    options.resolver = std::move(resolver);
    options.max_idle_per_origin = 0;  // signed requests go over connections of their own
    const auto client = std::make_shared<http::HttpClient>(std::move(options));
    return acme::Send(
        [client](http::ClientRequest request, Deadline deadline) { return client->send(std::move(request), deadline); });
}

}  // namespace

Result<std::unique_ptr<AcmeRole>> AcmeRole::make(Parts parts)
{
    std::unique_ptr<AcmeRole> role(new AcmeRole(std::move(parts)));
    role->begun_ = std::make_unique<async::Signal>(role->parts_.workers->executor(0));
    role->answers_ = std::make_shared<acme::Answers>(role->parts_.challenges);
    SEALPOST_CHECK(role->make_renewer());
    return role;
}

Result<> AcmeRole::make_renewer()
{
    const auto& config = *parts_.config;
    acme::Renewer::Parts renewing;
    for (const auto& authority : config.acme) {
        SEALPOST_TRY(auto send, make_sender(config, authority, parts_.resolver));
        renewing.authorities.push_back(
            {authority.name, authority.directory, authority.contact, authority.challenge, std::move(send)});
    }
    for (const auto& certificate : config.certificates)
        if (!certificate.acme.empty())
            renewing.jobs.push_back({certificate.name, certificate.acme, certificate.names, certificate.key_type});
    renewing.data_dir = config.node.data_dir;
    renewing.answers = answers_;
    renewing.pool = parts_.pool;
    renewing.clock = parts_.clock;
    renewing.install = parts_.install;
    renewing.find_chain = parts_.find_chain;
    renewing.log = parts_.log;
    renewer_ = std::make_unique<acme::Renewer>(parts_.workers->executor(0), std::move(renewing));
    return {};
}

// Authorities that ask at the same address share a responder: what it answers is kept for all of them.
Result<> AcmeRole::open_responders()
{
    std::set<Endpoint> open;
    for (const auto& authority : parts_.config->acme) {
        acme::Responder::Options options{"acme", authority.challenge, {}, answers_, parts_.clock->now()};
        for (const Endpoint& endpoint : authority.listen)
            if (endpoint.port == 0 || open.insert(endpoint).second) options.listen.push_back(endpoint);
        if (options.listen.empty()) continue;
        auto responder = acme::Responder::open(*parts_.workers, std::move(options), parts_.log);
        if (responder.has_error()) return responder.error().in("[[acme]] \"" + authority.name + "\"");
        responders_.push_back(std::move(*responder));
    }
    return {};
}

void AcmeRole::spawn_chores(async::TaskGroup& group) { group.spawn(renew_from_begin_on()); }

void AcmeRole::begin() { begun_->notify_from_outside(); }

// A challenge that comes before somebody listens fails, and what has failed waits for an hour.
Task<void> AcmeRole::renew_from_begin_on()
{
    [[maybe_unused]] const bool begun = co_await begun_->wait(Deadline::never());
    co_await renewer_->run();
}

void AcmeRole::begin_stop(Deadline drain)
{
    for (auto& responder : responders_) stopped_.push_back(async::start_on(*parts_.workers, 0, responder->stop(drain)));
}

void AcmeRole::await_stop()
{
    for (auto& stopped : stopped_) stopped.get();
    stopped_.clear();
    responders_.clear();
}

std::vector<NamedEndpoint> AcmeRole::endpoints() const
{
    std::vector<NamedEndpoint> all;
    for (const auto& responder : responders_)
        for (const Endpoint& endpoint : responder->endpoints()) all.push_back({"acme", endpoint});
    return all;
}

Result<std::unique_ptr<AcmeRole>> make_acme_role(Machinery& machinery)
{
    if (machinery.config.acme.empty()) return std::unique_ptr<AcmeRole>();
    AcmeRole::Parts parts;
    parts.config = &machinery.config;
    parts.resolver = machinery.resolver;
    parts.pool = machinery.pool.get();
    parts.workers = machinery.workers.get();
    parts.clock = &machinery.clock;
    parts.challenges = machinery.certificates->challenges();
    parts.install = [&machinery](std::string name, std::string chain_pem, Secret key_pem) {
        return machinery.install_certificate(std::move(name), std::move(chain_pem), std::move(key_pem));
    };
    parts.find_chain =
        [store = machinery.certificates->store()](const std::string& name) -> std::optional<std::vector<crypto::Certificate>> {
        auto pair = store->load(name);
        if (pair.has_error()) return std::nullopt;
        return std::move(pair->chain);
    };
    parts.log = machinery.log;
    SEALPOST_TRY(auto role, AcmeRole::make(std::move(parts)));
    machinery.renewals.renew_now = [asked = role.get()](const std::string& name) { asked->renew(name); };
    machinery.renewals.find = [asked = role.get()](const std::string& name) { return asked->find_state(name); };
    return role;
}

}  // namespace sealpost::node
