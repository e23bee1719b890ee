#include "core/load/verdict.hpp"

#include <algorithm>

namespace sealpost::load {
namespace {

std::uint64_t tenths(std::uint64_t value, unsigned count) { return value / 10 * count + value % 10 * count / 10; }

}  // namespace

std::string_view format_resource(Resource resource)
{
    switch (resource) {
        case Resource::sessions: return "sessions";
        case Resource::memory: return "memory";
        case Resource::queue_messages: return "queue_messages";
        case Resource::queue_bytes: return "queue_bytes";
        case Resource::store: return "store";
        case Resource::disk: break;
    }
    return "disk";
}

std::uint64_t limit_of(const Limits& limits, Resource resource)
{
    switch (resource) {
        case Resource::sessions: return limits.sessions;
        case Resource::memory: return limits.memory_bytes;
        case Resource::queue_messages: return limits.queue_messages;
        case Resource::queue_bytes: return limits.queue_bytes;
        case Resource::store: return limits.damages;
        case Resource::disk: break;
    }
    return limits.free_bytes;
}

Marks marks_of(const Limits& limits, Resource resource)
{
    const std::uint64_t limit = limit_of(limits, resource);
    if (limit == 0) return {};
    if (resource == Resource::disk) return {Marks::Kind::floor, limit, limit + limit / 10};
    // The last fifth is for the messages under way, whose senders were told to go ahead.
    if (resource == Resource::memory) return {Marks::Kind::ceiling, tenths(limit, 8), tenths(limit, 7)};
    return {Marks::Kind::ceiling, limit, tenths(limit, 9)};
}

bool check_short(const Marks& marks, std::uint64_t value, bool was_short)
{
    switch (marks.kind) {
        case Marks::Kind::none: return false;
        case Marks::Kind::ceiling: return was_short ? value > marks.well_at : value >= marks.short_at;
        case Marks::Kind::floor: break;
    }
    return was_short ? value < marks.well_at : value < marks.short_at;
}

std::uint64_t least_free_for(const Limits& limits, Claim claim)
{
    return claim == Claim::upload ? 2 * limits.free_bytes : limits.free_bytes / 2;
}

std::uint64_t find_room(std::uint64_t free_bytes, std::uint64_t reusable_bytes)
{
    return free_bytes + std::min(reusable_bytes, 3 * free_bytes);
}

}  // namespace sealpost::load
