#pragma once

#include "core/config/node_config.hpp"
#include "core/load/load.hpp"
#include "core/queue/queue.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/db/database.hpp"
#include "sys/http/router.hpp"
#include "sys/log/log.hpp"

namespace sealpost::node {

// What this node bears by its configuration; tells the log when it becomes short of something, and when no longer.
[[nodiscard]] std::shared_ptr<load::Load> make_load(const config::NodeConfig& config, const log::Log& log);

// Looks at disks and queue, once a second; a large queue takes longer to count, and is counted less often. The disks do not
// wait for that, nor for a store that does not answer. And whether the store has said that it is damaged.
class LoadWatch {
public:
    struct Parts {
        std::shared_ptr<load::Load> load;
        std::shared_ptr<queue::Queue> queue;
        std::shared_ptr<const db::Database> database;
        async::BlockingPool* pool = nullptr;
        std::vector<std::filesystem::path> directories;  // of data and store
        log::Log log = log::Log::silent();
    };
    explicit LoadWatch(Parts parts) : parts_(std::move(parts)) {}
    Task<void> run();  // until cancelled

private:
    Task<void> watch_disks();
    Task<void> watch_queue();
    Task<void> look_at_disks();
    Task<void> count_queue();

    Parts parts_;
    std::uint64_t reusable_bytes_ = 0;
    Deadline next_count_ = Deadline::never();
};

// Where data and store are kept.
[[nodiscard]] std::vector<std::filesystem::path> list_directories(const config::NodeConfig& config);

// "short of disk"; "the store is damaged".
[[nodiscard]] std::string describe_shortage(load::Resource resource);

// For routes that put something into the store: 503 with Retry-After while the node is short of one of these.
[[nodiscard]] http::Guard make_storage_guard(std::shared_ptr<load::Load> load, std::vector<load::Resource> needs);
// For what strangers hand in: the same while the disk has less than twice the reserve.
[[nodiscard]] http::Guard make_upload_guard(std::shared_ptr<load::Load> load);
// What a message needs that goes into the queue.
[[nodiscard]] std::vector<load::Resource> needs_of_mail();

// Sets the gauges.
void tell_metrics(const load::Load& load, const log::Metrics& metrics);

}  // namespace sealpost::node
