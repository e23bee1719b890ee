#include "sys/http/server.hpp"

#include "sys/async/resume.hpp"
#include "sys/async/task_group.hpp"
#include "sys/http/connection.hpp"
#include "sys/net/proxy_door.hpp"
#include "sys/net/shared_places.hpp"
#include "sys/tls/stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <mutex>

namespace sealpost::http {
namespace {

// Counts stations that still run, and wakes the one who waits for the last.
class Finish {
public:
    explicit Finish(std::size_t stations) : left_(stations) {}

    void note_one()
    {
        std::vector<std::function<void()>> waiting;
        {
            const std::lock_guard hold(lock_);
            if (--left_ > 0) return;
            waiting.swap(waiting_);
        }
        for (auto& resume : waiting) resume();
    }

    void when_all(std::function<void()> resume)
    {
        {
            const std::lock_guard hold(lock_);
            if (left_ > 0) {
                waiting_.push_back(std::move(resume));
                return;
            }
        }
        resume();
    }

private:
    std::mutex lock_;
    std::size_t left_;                            // under lock_
    std::vector<std::function<void()>> waiting_;  // under lock_
};

// The server on one worker: a listener, and the connections that it accepted.
class Station {
public:
    struct Plan {
        ServerOptions options;
        std::shared_ptr<const Router> router;
        log::Log log;
        std::shared_ptr<net::SharedPlaces> places;
        std::shared_ptr<net::ProxyDoor> proxy_door;
        std::size_t max_turned_away = 1;  // at the same time; more are closed without a word
    };

    Station(Executor executor, std::unique_ptr<net::Listener> listener, Plan plan)
        : executor_(executor), listener_(std::move(listener)), plan_(std::move(plan)), group_(executor), changed_(executor)
    {
    }

    [[nodiscard]] Endpoint local() const { return listener_->local(); }

    Task<void> run()
    {
        group_.spawn(accept_all());
        while (!drain_) co_await wait_for_change(Deadline::never());
        listener_->close();
        const auto open = open_;
        for (Connection* connection : open) connection->drain();
        changed_.notify();
        // Not group_.running(): a child still counts there when its last act, our notice, comes.
        while (open_count_ > 0 && !drain_->has_passed()) co_await wait_for_change(*drain_);
        group_.cancel();
        co_await join_all();
    }

    // From any thread, once.
    void stop(Deadline drain)
    {
        boost::asio::post(executor_, [this, drain] {
            drain_ = drain;
            changed_.notify();
        });
    }

private:
    Task<void> wait_for_change(Deadline deadline) { [[maybe_unused]] const bool told = co_await changed_.wait(deadline); }

    Task<void> join_all()
    {
        try {
            co_await group_.join();
        } catch (const boost::system::system_error&) {
            // A cancelled task ends with operation_aborted; join() throws after the last one ended.
        }
    }

    Task<void> accept_all()
    {
        while (!drain_) {
            auto accepted = co_await listener_->accept();
            if (accepted.has_value()) {
                ++open_count_;
                group_.spawn(serve(std::move(*accepted)));
            } else if (accepted.error().fault != Fault::cancelled) {
                // Out of descriptors, most likely: give those that are open time to end.
                plan_.log.warning("http_accept_failed", {{"server", plan_.options.name}, {"problem", accepted.error().text}});
                co_await pause();
            }
        }
        changed_.notify();
    }

    Task<void> pause()
    {
        [[maybe_unused]] auto slept = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(100)));
    }

    Task<void> serve(std::unique_ptr<net::TcpStream> accepted)
    {
        const Counted counted(*this);
        if (plan_.proxy_door->is_for(accepted->peer().address)) {
            const bool has_client = co_await hear_proxy(*accepted);
            if (!has_client) co_return;
        }
        const Place place(*this, accepted->peer().address);
        if (!place.is_taken() && turned_away_ > plan_.max_turned_away) co_return;
        auto stream = co_await secure(std::move(accepted));
        if (!stream || drain_) co_return;
        Connection connection(std::move(stream),
                              {plan_.options.limits, plan_.router, plan_.log, plan_.options.identity != nullptr});
        const Listed listed(*this, connection);
        if (place.is_taken()) {
            co_await connection.run();
        } else {
            co_await connection.turn_away();
        }
    }

    Task<bool> hear_proxy(net::TcpStream& accepted)
    {
        const Endpoint proxy = accepted.peer();
        auto heard = co_await plan_.proxy_door->hear(accepted, Deadline::after(plan_.options.limits.proxy_header));
        plan_.log.metrics().add(log::Metric::proxy_headers, {plan_.options.name, net::format_hearing(heard)});
        if (heard.has_value()) co_return true;
        if (heard.error().fault == Fault::cancelled) co_return false;  // whoever only looks whether we listen says nothing
        plan_.log.warning("http_proxy_refused",
                          {{"server", plan_.options.name}, {"proxy", format_ip(proxy.address)}, {"problem", heard.error().text}});
        co_return false;
    }

    Task<std::unique_ptr<net::ByteStream>> secure(std::unique_ptr<net::TcpStream> accepted)
    {
        if (!plan_.options.identity) co_return std::unique_ptr<net::ByteStream>(std::move(accepted));
        const Endpoint peer = accepted->peer();
        auto stream = co_await tls::accept_tls(std::move(accepted), plan_.options.identity->current(),
                                               Deadline::after(plan_.options.limits.handshake));
        if (stream.has_value()) co_return std::unique_ptr<net::ByteStream>(std::move(*stream));
        plan_.log.debug("http_handshake_failed", {{"peer", format_ip(peer.address)}, {"problem", stream.error().text}});
        co_return std::unique_ptr<net::ByteStream>();
    }

    // A connection counts from its acceptance to its end, however that comes.
    struct Counted {
        explicit Counted(Station& s) : station(s) {}
        ~Counted()
        {
            --station.open_count_;
            station.changed_.notify();
        }
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;
        Station& station;
    };
    // It has its place, or has none, from when its client is known.
    class Place {
    public:
        Place(Station& station, const IpAddress& host) : station_(station), host_(host), answer_(station.plan_.places->take(host))
        {
            if (is_taken()) return;
            ++station_.turned_away_;
            station_.plan_.log.warning("http_turned_away", {{"server", station_.plan_.options.name}, {"peer", format_ip(host)}});
        }
        ~Place()
        {
            if (is_taken())
                station_.plan_.places->leave(host_);
            else
                --station_.turned_away_;
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        [[nodiscard]] bool is_taken() const { return answer_ == net::SharedPlaces::Answer::taken; }

    private:
        Station& station_;
        IpAddress host_;
        net::SharedPlaces::Answer answer_;
    };
    struct Listed {
        Listed(Station& s, Connection& c) : station(s), connection(c) { station.open_.push_back(&connection); }
        ~Listed() { std::erase(station.open_, &connection); }
        Listed(const Listed&) = delete;
        Listed& operator=(const Listed&) = delete;
        Station& station;
        Connection& connection;
    };

    Executor executor_;
    std::unique_ptr<net::Listener> listener_;
    Plan plan_;
    async::TaskGroup group_;
    async::Signal changed_;
    std::vector<Connection*> open_;
    std::size_t open_count_ = 0;   // with those turned away, and those whose client is not known yet
    std::size_t turned_away_ = 0;  // of them
    std::optional<Deadline> drain_;
};

Task<void> run_station(std::shared_ptr<Station> station, std::shared_ptr<Finish> finish)
{
    co_await station->run();
    finish->note_one();
}

}  // namespace

struct HttpServer::State {
    std::vector<std::shared_ptr<Station>> stations;
    std::shared_ptr<Finish> finish;
};

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::start(async::Workers& workers, ServerOptions options,
                                                      std::shared_ptr<const Router> router, log::Log log)
{
    auto state = std::make_unique<State>();
    state->finish = std::make_shared<Finish>(workers.size());
    const auto places = std::make_shared<net::SharedPlaces>(static_cast<unsigned>(options.limits.max_connections),
                                                            static_cast<unsigned>(options.limits.max_connections_per_host));
    const auto door = std::make_shared<net::ProxyDoor>(options.proxy_from, static_cast<unsigned>(options.limits.max_connections));
    const auto max_turned_away = std::max<std::size_t>(4, options.limits.max_connections / (8 * workers.size()));
    for (std::size_t i = 0; i < workers.size(); ++i) {
        SEALPOST_TRY(auto listener, net::Listener::bind(workers.executor(i), options.at, true));
        options.at.port = listener->local().port;  // the kernel's choice for the first is everybody's
        Station::Plan plan{options, router, log, places, door, max_turned_away};
        state->stations.push_back(std::make_shared<Station>(workers.executor(i), std::move(listener), std::move(plan)));
    }
    for (std::size_t i = 0; i < workers.size(); ++i) {
        const auto failed = [log, finish = state->finish](std::exception_ptr) {
            log.error("http_server_failed", {});
            finish->note_one();
        };
        workers.spawn(i, run_station(state->stations[i], state->finish), failed);
    }
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

Endpoint HttpServer::local() const { return state_->stations.front()->local(); }

Task<void> HttpServer::stop(Deadline drain)
{
    for (const auto& station : state_->stations) station->stop(drain);
    const auto finish = state_->finish;
    co_await async::resume_when([&finish](std::function<void()> resume) { finish->when_all(std::move(resume)); });
}

}  // namespace sealpost::http
