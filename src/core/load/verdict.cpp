#include "core/load/verdict.hpp"

#include <algorithm>

namespace sealpost::load {
namespace {

Marks ceiling(std::uint64_t short_at, std::uint64_t well_at)
{
    return short_at == 0 ? Marks() : Marks{Marks::Kind::ceiling, short_at, well_at};
}

std::uint64_t tenths(std::uint64_t value, unsigned count) { return value / 10 * count + value % 10 * count / 10; }

}  // namespace

std::string_view format_resource(Resource resource)
{
    switch (resource) {
        case Resource::sessions: return "sessions";
        case Resource::memory: return "memory";
        case Resource::queue_messages: return "queue_messages";
        case Resource::queue_bytes: return "queue_bytes";
        case Resource::disk: break;
    }
    return "disk";
}

Marks marks_of(const Limits& limits, Resource resource)
{
    switch (resource) {
        case Resource::sessions: return ceiling(limits.sessions, tenths(limits.sessions, 9));
        // The last fifth is for the messages under way, whose senders were told to go ahead.
        case Resource::memory: return ceiling(tenths(limits.memory_bytes, 8), tenths(limits.memory_bytes, 7));
        case Resource::queue_messages: return ceiling(limits.queue_messages, tenths(limits.queue_messages, 9));
        case Resource::queue_bytes: return ceiling(limits.queue_bytes, tenths(limits.queue_bytes, 9));
        case Resource::disk: break;
    }
    if (limits.free_bytes == 0) return {};
    return {Marks::Kind::floor, limits.free_bytes, limits.free_bytes + limits.free_bytes / 10};
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

std::uint64_t find_room(std::uint64_t free_bytes, std::uint64_t reusable_bytes)
{
    return free_bytes + std::min(reusable_bytes, 3 * free_bytes);
}

}  // namespace sealpost::load
