#pragma once

#include "core/load/load.hpp"
#include "core/queue/queue.hpp"
#include "sys/async/workers.hpp"
#include "sys/http/server.hpp"
#include "sys/log/log.hpp"

#include <atomic>
#include <memory>

namespace sealpost::node {

// /metrics, /healthz and /readyz for the machines that watch a node, on a local address of their own
// ([metrics] listen). It opens first and closes last, so that a node that starts or drains says so:
//   /healthz  200 while the program answers at all
//   /readyz   200 when listeners are open, the store and the token with the key-encryption key answer, the store is
//             whole and the node short of nothing; else 503 with the reason
//   /metrics  the counters of the log handle, in Prometheus text
class HealthPages {
public:
    struct Parts {
        async::Workers* workers = nullptr;  // outlives the pages
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<load::Load> load;
        log::Log log = log::Log::silent();
        std::shared_ptr<const std::atomic<bool>> is_kek_away;  // null: never
    };
    static Result<std::unique_ptr<HealthPages>> open(Parts parts, Endpoint at);
    ~HealthPages();  // after stop()
    HealthPages(const HealthPages&) = delete;
    HealthPages& operator=(const HealthPages&) = delete;

    void set_ready();     // every listener is open
    void set_draining();  // the balancer should go elsewhere
    void stop();          // blocks: call it from a thread that is no worker
    [[nodiscard]] Endpoint local() const { return server_->local(); }

private:
    struct State;
    HealthPages() = default;

    async::Workers* workers_ = nullptr;
    std::shared_ptr<State> state_;
    std::unique_ptr<http::HttpServer> server_;
};

}  // namespace sealpost::node
