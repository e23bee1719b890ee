#include "serve/node/load_watch.hpp"

#include "sys/async/task_group.hpp"
#include "sys/http/respond.hpp"

#include <algorithm>

namespace sealpost::node {

using load::Resource;

namespace {

constexpr std::chrono::seconds look_interval{1};
constexpr int rest_times = 20;  // as long as the counting took
constexpr std::chrono::seconds come_back{60};

// The least of all; absent: no file system told.
std::optional<std::uint64_t> find_free(const std::vector<std::filesystem::path>& directories)
{
    std::optional<std::uint64_t> least;
    for (const auto& directory : directories) {
        std::error_code problem;
        const std::uint64_t free = std::filesystem::space(directory, problem).available;
        if (!problem) least = std::min(least.value_or(free), free);
    }
    return least;
}

http::Response say_full(Resource resource)
{
    http::Problem full(503, "no-room", "There is no room for this at the moment; try again later");
    full.cause = describe_shortage(resource);
    full.retry_after = come_back;
    return http::problem_response(full);
}

}  // namespace

std::shared_ptr<load::Load> make_load(const config::NodeConfig& config, const log::Log& log)
{
    load::Limits limits;
    limits.sessions = config.limits.max_connections;
    limits.memory_bytes = config.limits.max_memory_bytes;
    limits.queue_messages = config.limits.max_queue_messages;
    limits.queue_bytes = config.limits.max_queue_bytes;
    limits.free_bytes = config.limits.min_free_bytes;
    limits.damages = 1;
    auto load = std::make_shared<load::Load>(limits, [log](const load::Change& change) {
        const auto resource = load::format_resource(change.resource);
        if (change.resource == Resource::store)
            log.error("store.damaged", {{"hint", "doc/ops/troubleshooting.md, The store does not open, or is damaged"}});
        else if (change.is_short)
            log.warning("load.short", {{"resource", resource}, {"value", change.value}, {"limit", change.limit}});
        else
            log.info("load.recovered", {{"resource", resource}, {"value", change.value}, {"limit", change.limit}});
    });
    if (const auto free = find_free(list_directories(config))) load->note_disk(*free);
    return load;
}

std::vector<std::filesystem::path> list_directories(const config::NodeConfig& config)
{
    std::vector<std::filesystem::path> directories{config.node.data_dir};
    if (!config.store.file.empty()) directories.push_back(config.store.file.parent_path());
    return directories;
}

Task<void> LoadWatch::look_at_disks()
{
    const auto begun = parts_.load->begin_look();
    const auto look = [directories = parts_.directories] { return find_free(directories); };
    const auto free = co_await parts_.pool->run(look);
    if (free) parts_.load->note_disk(load::find_room(*free, reusable_bytes_), begun);
}

Task<void> LoadWatch::count_queue()
{
    const auto begun_at = Deadline::Clock::now();
    const auto begun = parts_.load->begin_count();
    auto extent = co_await parts_.queue->measure();
    const auto spent = Deadline::Clock::now() - begun_at;
    next_count_ = Deadline::after(std::max<Deadline::Clock::duration>(look_interval, rest_times * spent));
    if (extent.has_error()) {
        parts_.log.warning("load.not_counted", {{"problem", extent.error().text}});
        co_return;
    }
    reusable_bytes_ = static_cast<std::uint64_t>(extent->reusable_bytes);
    parts_.load->end_count(begun, {static_cast<std::uint64_t>(extent->contents), static_cast<std::uint64_t>(extent->bytes)});
}

Task<void> LoadWatch::run()
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup watches(executor);
    watches.spawn(watch_disks());
    watches.spawn(watch_queue());
    co_await watches.join();
}

Task<void> LoadWatch::watch_queue()
{
    while (true) {
        co_await count_queue();
        auto slept = co_await async::sleep_until(next_count_);
        if (slept.has_error()) co_return;
    }
}

Task<void> LoadWatch::watch_disks()
{
    while (true) {
        co_await look_at_disks();
        parts_.load->note_store(parts_.database->is_damaged());
        auto slept = co_await async::sleep_until(Deadline::after(look_interval));
        if (slept.has_error()) co_return;
    }
}

std::string describe_shortage(Resource resource)
{
    if (resource == Resource::store) return "the store is damaged";
    return std::string("short of ").append(load::format_resource(resource));
}

std::vector<load::Resource> needs_of_mail()
{
    return {Resource::store, Resource::disk, Resource::queue_messages, Resource::queue_bytes, Resource::memory};
}

http::Guard make_storage_guard(std::shared_ptr<load::Load> load, std::vector<load::Resource> needs)
{
    return [load = std::move(load), needs = std::move(needs)](const http::Request&) -> std::optional<http::Response> {
        const auto resource = std::ranges::find_if(needs, [&](Resource one) { return load->is_short(one); });
        if (resource == needs.end()) return std::nullopt;
        return say_full(*resource);
    };
}

http::Guard make_upload_guard(std::shared_ptr<load::Load> load)
{
    return [load = std::move(load)](const http::Request&) -> std::optional<http::Response> {
        if (load->has_room(load::Claim::upload, 0)) return std::nullopt;
        return say_full(Resource::disk);
    };
}

void tell_metrics(const load::Load& load, const log::Metrics& metrics)
{
    for (const Resource resource : load::all_resources) {
        const auto name = load::format_resource(resource);
        metrics.set(log::Metric::load_value, static_cast<double>(load.value(resource)), {name});
        metrics.set(log::Metric::load_limit, static_cast<double>(load::limit_of(load.limits(), resource)), {name});
        metrics.set(log::Metric::load_short, load.is_short(resource) ? 1 : 0, {name});
    }
}

}  // namespace sealpost::node
