#include "serve/node/health_pages.hpp"

#include "serve/node/load_watch.hpp"
#include "sys/async/wait.hpp"
#include "sys/http/respond.hpp"

namespace sealpost::node {
namespace {

constexpr std::size_t max_connections = 64;
constexpr std::string_view text_type = "text/plain; charset=utf-8";
constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

enum class Phase { starting, ready, draining };

http::Response say(int status, std::string line)
{
    return http::text_response(status, std::string(text_type), std::move(line) + '\n');
}

// In seconds; 0: nothing waits, or the clock was set back.
double find_age(const std::optional<WallTime>& accepted_at, WallTime now)
{
    if (!accepted_at || *accepted_at > now) return 0;
    return static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(now - *accepted_at).count());
}

}  // namespace

struct HealthPages::State {
    explicit State(Parts parts)
        : queue(std::move(parts.queue)),
          load(std::move(parts.load)),
          is_kek_away(std::move(parts.is_kek_away)),
          log(std::move(parts.log))
    {
    }

    static Task<http::Response> answer_ready(std::shared_ptr<State> state)
    {
        const Phase phase = state->phase;
        if (phase == Phase::starting) co_return say(503, "starting");
        if (phase == Phase::draining) co_return say(503, "draining");
        auto answered = co_await state->queue->show(queue::MessageId());  // cheap: there is no such message
        if (answered.has_error()) {
            state->log.warning("node.not_ready", {{"problem", answered.error().text}});
            co_return say(503, "the store does not answer");
        }
        if (state->is_kek_away && *state->is_kek_away) co_return say(503, "the key-encryption key is out of reach");
        for (const auto resource : load::all_resources)
            if (state->load->is_short(resource)) co_return say(503, describe_shortage(resource));
        co_return say(200, "ready");
    }

    static Task<http::Response> answer_metrics(std::shared_ptr<State> state)
    {
        auto counted = co_await state->queue->count();
        if (counted.has_value()) {
            state->log.metrics().set(log::Metric::queue_messages, static_cast<double>(counted->messages));
            state->log.metrics().set(log::Metric::queue_held, static_cast<double>(counted->held));
            state->log.metrics().set(log::Metric::queue_oldest, find_age(counted->oldest, state->queue->now()));
        }
        tell_metrics(*state->load, state->log.metrics());
        co_return http::text_response(200, std::string(metrics_type), state->log.metrics().format_text());
    }

    static Task<http::Response> answer_alive(std::shared_ptr<State>) { co_return say(200, "alive"); }

    std::shared_ptr<queue::Queue> queue;
    std::shared_ptr<load::Load> load;
    std::shared_ptr<const std::atomic<bool>> is_kek_away;
    log::Log log;
    std::atomic<Phase> phase = Phase::starting;
};

Result<std::unique_ptr<HealthPages>> HealthPages::open(Parts parts, Endpoint at)
{
    std::unique_ptr<HealthPages> pages(new HealthPages());
    pages->workers_ = parts.workers;
    pages->state_ = std::make_shared<State>(parts);
    auto router = std::make_shared<http::Router>();
    const auto state = pages->state_;
    router->add(http::Method::get, "/metrics", [state](http::Request&) { return State::answer_metrics(state); });
    router->add(http::Method::get, "/healthz", [state](http::Request&) { return State::answer_alive(state); });
    router->add(http::Method::get, "/readyz", [state](http::Request&) { return State::answer_ready(state); });
    http::ServerOptions options{"metrics", at, nullptr, {}};
    options.limits.max_connections = max_connections;
    auto server = http::HttpServer::start(*parts.workers, std::move(options), std::move(router), log::Log::silent());
    if (server.has_error()) return server.error().in("metrics.listen");
    pages->server_ = std::move(*server);
    return pages;
}

HealthPages::~HealthPages() = default;

void HealthPages::set_ready() { state_->phase = Phase::ready; }
void HealthPages::set_draining() { state_->phase = Phase::draining; }

void HealthPages::stop() { async::start_on(*workers_, 0, server_->stop(Deadline::after(std::chrono::seconds(0)))).get(); }

}  // namespace sealpost::node
