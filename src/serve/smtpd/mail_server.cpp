#include "serve/smtpd/mail_server.hpp"

#include "base/run_ids.hpp"
#include "serve/smtpd/connection.hpp"
#include "sys/async/task_group.hpp"
#include "sys/net/proxy_door.hpp"
#include "sys/net/shared_places.hpp"

#include <future>
#include <set>

namespace sealpost::smtpd {
namespace {

constexpr std::chrono::milliseconds pause_without_descriptors{100};

// What one worker has of the server; touched on its executor only, but for the future.
struct Station {
    explicit Station(Executor e) : executor(e), acceptors(e), sessions(e), changed(e) {}
    Executor executor;
    std::vector<std::unique_ptr<net::Listener>> listeners;
    async::TaskGroup acceptors;
    async::TaskGroup sessions;
    async::Signal changed;  // a connection has gone
    std::set<std::shared_ptr<Connection>> connections;
    bool draining = false;
    std::promise<void> ended;
};

}  // namespace

struct MailServer::State : std::enable_shared_from_this<State> {
    State(async::Workers& w, MailServerOptions o)
        : workers(w),
          options(std::move(o)),
          places(options.max_connections, options.max_connections_per_address),
          proxy_door(options.proxy_from, options.max_connections),
          ids(options.listener)
    {
        options.is_crowded = [this, beyond = std::move(options.is_crowded)] {
            return places.is_crowded() || (beyond && beyond());
        };
    }

    Result<> bind();
    static Task<void> run(std::shared_ptr<State> self, Station* station);
    Task<void> accept_all(Station& station, net::Listener& listener);
    Task<void> serve(Station& station, std::unique_ptr<net::TcpStream> stream);
    Task<bool> hear_proxy(Connection& connection);  // false: it is closed
    Task<void> converse(Connection& connection);
    static Task<void> drain(std::shared_ptr<State> self, Station* station, Deadline deadline);
    static Task<void> drain_one(std::shared_ptr<Connection> connection);

    async::Workers& workers;
    MailServerOptions options;  // as they are from the constructor on
    net::SharedPlaces places;
    net::ProxyDoor proxy_door;
    std::vector<std::unique_ptr<Station>> stations;
    std::vector<Endpoint> endpoints;
    RunIds ids;
    bool stopping = false;
    bool stopped = false;
};

// The first worker's socket learns the port from the kernel; those of the others share it.
Result<> MailServer::State::bind()
{
    for (std::size_t i = 0; i < workers.size(); ++i) stations.push_back(std::make_unique<Station>(workers.executor(i)));
    for (const Endpoint& wanted : options.endpoints) {
        Endpoint at = wanted;
        for (auto& station : stations) {
            SEALPOST_TRY(auto listener, net::Listener::bind(station->executor, at, true));
            at = listener->local();
            station->listeners.push_back(std::move(listener));
        }
        endpoints.push_back(at);
    }
    return {};
}

Task<void> MailServer::State::run(std::shared_ptr<State> self, Station* station)
{
    for (auto& listener : station->listeners) station->acceptors.spawn(self->accept_all(*station, *listener));
    co_await station->acceptors.join();
    co_await station->sessions.join();
    station->listeners.clear();
    station->ended.set_value();
}

Task<void> MailServer::State::accept_all(Station& station, net::Listener& listener)
{
    for (;;) {
        auto accepted = co_await listener.accept();
        if (station.draining) co_return;
        if (accepted) {
            station.sessions.spawn(serve(station, std::move(*accepted)));
            continue;
        }
        if (accepted.error().fault == Fault::cancelled) co_return;
        options.log.error("smtp.accept_failed", {{"listener", options.listener}, {"problem", accepted.error().text}});
        auto rested = co_await async::sleep_until(Deadline::after(pause_without_descriptors));
        if (!rested) co_return;
    }
}

Task<void> MailServer::State::serve(Station& station, std::unique_ptr<net::TcpStream> stream)
{
    const bool is_proxied = proxy_door.is_for(stream->peer().address);
    std::string id = ids.next();
    auto connection = std::make_shared<Connection>(std::move(stream), options, std::move(id));
    station.connections.insert(connection);
    bool has_client = true;
    if (is_proxied) has_client = co_await hear_proxy(*connection);
    if (has_client) co_await converse(*connection);
    station.connections.erase(connection);
    station.changed.notify();
}

Task<bool> MailServer::State::hear_proxy(Connection& connection)
{
    const std::string proxy = format_ip(connection.peer().address);
    auto heard = co_await connection.hear_proxy(proxy_door);
    options.log.metrics().add(log::Metric::proxy_headers, {options.listener, net::format_hearing(heard)});
    if (heard.has_value())
        options.log.info("smtp.proxied", {{"connection", connection.id()},
                                          {"listener", options.listener},
                                          {"proxy", proxy},
                                          {"ip", format_ip(connection.peer().address)}});
    else if (heard.error().fault != Fault::cancelled)  // whoever only looks whether we listen says nothing
        options.log.warning(
            "smtp.proxy_refused",
            {{"connection", connection.id()}, {"listener", options.listener}, {"proxy", proxy}, {"problem", heard.error().text}});
    if (!heard) connection.close();
    co_return heard.has_value();
}

// A place belongs to the client, whoever connects for it.
Task<void> MailServer::State::converse(Connection& connection)
{
    const IpAddress address = connection.peer().address;
    const auto place = places.take(address);
    const log::Metrics& metrics = options.log.metrics();
    if (place == net::SharedPlaces::Answer::taken) {
        metrics.add(log::Metric::smtp_open_connections, {options.listener});
        co_await connection.run();
        metrics.add(log::Metric::smtp_open_connections, {options.listener}, -1);
        places.leave(address);
        co_return;
    }
    metrics.add(log::Metric::smtp_connections, {options.listener, "turned_away"});
    const bool is_full = place == net::SharedPlaces::Answer::all_are_taken;
    const smtp::Reply too_many(
        421, "4.3.2", is_full ? "Too many connections; try again later" : "Too many connections from your host; try again later");
    co_await connection.turn_away(too_many);
}

Task<void> MailServer::State::drain_one(std::shared_ptr<Connection> connection) { co_await connection->drain(); }

Task<void> MailServer::State::drain(std::shared_ptr<State> self, Station* station, Deadline deadline)
{
    station->draining = true;
    for (auto& listener : station->listeners) listener->close();
    for (const auto& connection : station->connections) station->sessions.spawn(drain_one(connection));
    while (!station->connections.empty() && !deadline.has_passed()) {
        [[maybe_unused]] const bool changed = co_await station->changed.wait(deadline);
    }
    for (const auto& connection : station->connections) connection->break_off();
    (void)self;
}

MailServer::MailServer(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<MailServer>> MailServer::start(async::Workers& workers, MailServerOptions options)
{
    auto state = std::make_shared<State>(workers, std::move(options));
    SEALPOST_CHECK(state->bind());
    for (std::size_t i = 0; i < workers.size(); ++i) workers.spawn(i, State::run(state, state->stations[i].get()));
    return std::unique_ptr<MailServer>(new MailServer(std::move(state)));
}

MailServer::~MailServer() { stop(std::chrono::milliseconds(0)); }

std::vector<Endpoint> MailServer::local() const { return state_->endpoints; }

unsigned MailServer::connections() const { return state_->places.taken(); }

void MailServer::begin_stop(Deadline drain)
{
    if (std::exchange(state_->stopping, true)) return;
    for (std::size_t i = 0; i < state_->stations.size(); ++i)
        state_->workers.spawn(i, State::drain(state_, state_->stations[i].get(), drain));
}

void MailServer::await_stop()
{
    if (std::exchange(state_->stopped, true)) return;
    for (auto& station : state_->stations) station->ended.get_future().wait();
}

void MailServer::stop(std::chrono::milliseconds drain)
{
    begin_stop(Deadline::after(drain));
    await_stop();
}

}  // namespace sealpost::smtpd
