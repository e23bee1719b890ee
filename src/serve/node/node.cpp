#include "serve/node/node.hpp"

#include "serve/certwatch/certwatch.hpp"
#include "serve/node/lane_splitter.hpp"
#include "serve/node/load_watch.hpp"
#include "serve/node/people_chore.hpp"
#include "sys/async/wait.hpp"
#include "sys/net/port_check.hpp"

namespace sealpost::node {

namespace {

// The workers share a port, and would as well with another process of the same user: then each has a part of the mail.
Result<> check_ports(const config::NodeConfig& config)
{
    const auto check = [](const std::vector<Endpoint>& addresses, const std::string& what) -> Result<> {
        for (const Endpoint& at : addresses)
            if (const auto free = net::check_free(at); free.has_error()) return free.error().in(what);
        return {};
    };
    if (config.metrics.listen) SEALPOST_CHECK(check({*config.metrics.listen}, "metrics.listen"));
    if (config.node.is_service) SEALPOST_CHECK(check(config.service.listen, "service.listen"));
    SEALPOST_CHECK(check(config.admin.listen, "admin.listen"));
    if (config.node.is_gateway)
        for (const auto& listener : config.listeners)
            SEALPOST_CHECK(check(listener.addresses, "listener \"" + listener.name + "\""));
    for (const auto& authority : config.acme) SEALPOST_CHECK(check(authority.listen, "[[acme]] \"" + authority.name + "\""));
    return {};
}

}  // namespace

Result<std::unique_ptr<Node>> Node::start(config::NodeConfig config, const Clock& clock, log::Log log)
{
    std::unique_ptr<Node> node(new Node());
    SEALPOST_TRY(node->machinery_, Machinery::make(std::move(config), clock, log.with(log::Metrics::make())));
    SEALPOST_CHECK(check_ports(node->machinery_->config));
    SEALPOST_CHECK(node->make_roles());
    node->start_dispatcher();
    // From here on stop() has to run; the destructor sees to it when a listener cannot be opened.
    SEALPOST_CHECK(node->open_health_pages());
    if (node->service_) SEALPOST_CHECK(node->service_->open_pages());
    if (node->admin_) SEALPOST_CHECK(node->admin_->open_pages());
    if (node->gateway_) SEALPOST_CHECK(node->gateway_->open_listeners());
    if (node->acme_) SEALPOST_CHECK(node->acme_->open_responders());
    if (node->acme_) node->acme_->begin();
    if (node->health_) node->health_->set_ready();
    return node;
}

Result<> Node::make_roles()
{
    SEALPOST_TRY(tls_reports_, TlsReports::make(*machinery_));
    courier_ = machinery_->make_courier(
        tls_reports_->counter(), [failures = tls_failures_](const courier::TlsFailure& failure) { failures->note(failure); });
    if (machinery_->config.node.is_gateway) {
        SEALPOST_TRY(gateway_, GatewayRole::make(*machinery_, courier_));
    }
    if (machinery_->config.node.is_service) {
        SEALPOST_TRY(service_, ServiceRole::make(*machinery_, courier_, gateway_.get()));
    }
    if (!machinery_->config.admin.listen.empty()) {
        SEALPOST_TRY(admin_, AdminRole::make(*machinery_, *gateway_, service_ ? service_->share_people() : nullptr));
    }
    SEALPOST_TRY(trail_of_commands_, open_trail_of_commands(*machinery_));
    SEALPOST_TRY(acme_, make_acme_role(*machinery_));
    return {};
}

Result<> Node::open_health_pages()
{
    const auto& listen = machinery_->config.metrics.listen;
    if (!listen) return {};
    HealthPages::Parts parts{machinery_->workers.get(), machinery_->queue, machinery_->load, machinery_->log,
                             machinery_->is_kek_away};
    SEALPOST_TRY(health_, HealthPages::open(std::move(parts), *listen));
    return {};
}

void Node::start_dispatcher()
{
    const Executor executor = machinery_->workers->executor(0);
    deliverer_ =
        std::make_unique<LaneSplitter>(gateway_ ? &gateway_->deliverer() : nullptr, service_ ? &service_->deliverer() : nullptr,
                                       tls_reports_->inbox(), gateway_ ? gateway_->suspension() : queue::IsSuspended());
    if (service_) deliverer_ = service_->put_notes_before(std::move(deliverer_));
    queue::DispatcherLimits limits;
    limits.max_deliveries = static_cast<int>(machinery_->config.delivery.max_connections);
    if (gateway_) limits.most_to_domain = gateway_->most_to_domain();
    dispatcher_ =
        std::make_unique<queue::Dispatcher>(machinery_->queue, *deliverer_, executor, machinery_->log, std::move(limits));
    stopping_ = std::make_unique<async::Signal>(executor);
    machinery_->workers->spawn(0, run(), [this](std::exception_ptr failure) { ended_.set_exception(failure); });
    running_ = true;
}

Task<void> Node::run()
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup chores(executor);
    async::TaskGroup deliveries(executor);
    deliveries.spawn(dispatcher_->run());
    chores.spawn(courier_->keep_tidy());
    tls_reports_->spawn_chores(chores);
    if (service_) service_->spawn_chores(chores);
    if (gateway_) gateway_->spawn_chores(chores);
    if (admin_) admin_->spawn_chores(chores);
    if (trail_of_commands_) chores.spawn(sweep_people(*machinery_, trail_of_commands_));
    if (acme_) acme_->spawn_chores(chores);
    const auto find_shown = [shown = machinery_->certificates.get()](const std::string& name) { return shown->find_shown(name); };
    certwatch::CertificateWatch watch({machinery_->certificates->store(), find_shown, machinery_->alerts, machinery_->pool.get(),
                                       &machinery_->clock, machinery_->log});
    chores.spawn(watch.run());
    LoadWatch load_watch({machinery_->load, machinery_->queue, machinery_->database, machinery_->pool.get(),
                          list_directories(machinery_->config), machinery_->log});
    chores.spawn(load_watch.run());
    TroubleWatch trouble_watch({machinery_->load, machinery_->queue, tls_failures_, machinery_->alerts, &machinery_->clock,
                                machinery_->config.node.hostname, machinery_->log});
    chores.spawn(trouble_watch.run());
    [[maybe_unused]] const bool told = co_await stopping_->wait(Deadline::never());
    std::exception_ptr broken;  // a promise of ours; the chores use this frame, and end first all the same
    try {
        co_await deliveries.join();
    } catch (...) {
        broken = std::current_exception();
    }
    chores.cancel();
    co_await chores.join();
    if (broken) std::rethrow_exception(broken);
    co_await courier_->close_idle();
    ended_.set_value();
}

Node::~Node() { stop(); }

void Node::stop()
{
    if (!running_) return;
    running_ = false;
    const std::chrono::milliseconds drain = machinery_->config.limits.drain_timeout;
    if (health_) health_->set_draining();
    const Deadline deadline = Deadline::after(drain);
    dispatcher_->stop(drain);
    if (gateway_) gateway_->begin_stop(deadline);
    if (service_) service_->begin_stop(deadline);
    if (admin_) admin_->begin_stop(deadline);
    if (acme_) acme_->begin_stop(deadline);
    if (gateway_) gateway_->await_stop();
    if (service_) service_->await_stop();
    if (admin_) admin_->await_stop();
    if (acme_) acme_->await_stop();
    stopping_->notify_from_outside();
    ended_.get_future().wait();
    tls_reports_->flush();
    if (health_) health_->stop();
    machinery_->workers->stop();
    machinery_->database->close();
}

std::vector<std::string> Node::reload()
{
    std::vector<std::string> kept;
    for (const auto& each : machinery_->certificates->reload())
        kept.push_back("certificate \"" + each.certificate + "\" stays as it was: " + each.problem);
    for (auto& sentence : gateway_ ? gateway_->reload() : std::vector<std::string>()) {
        machinery_->log.error("node.reload_refused", {{"problem", sentence}});
        kept.push_back(std::move(sentence));
    }
    machinery_->log.info("node.reloaded", {{"kept", kept.size()}});
    return kept;
}

void Node::close_idle_deliveries()
{
    if (!running_) return;
    async::start_on(*machinery_->workers, 0, courier_->close_idle()).get();
}

std::vector<NamedEndpoint> Node::endpoints() const
{
    std::vector<NamedEndpoint> all;
    if (gateway_) all = gateway_->endpoints();
    if (service_)
        for (auto& endpoint : service_->endpoints()) all.push_back(std::move(endpoint));
    if (admin_)
        for (auto& endpoint : admin_->endpoints()) all.push_back(std::move(endpoint));
    if (acme_)
        for (auto& endpoint : acme_->endpoints()) all.push_back(std::move(endpoint));
    if (health_) all.push_back({"metrics", health_->local()});
    return all;
}

}  // namespace sealpost::node
