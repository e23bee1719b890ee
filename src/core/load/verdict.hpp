// load: whether this node is short of something, so that it has to take less in (doc/spec/load-shedding.md). verdict.hpp
// is pure: numbers in, verdict out. Load keeps the latest numbers of the meters and the verdicts; whoever takes mail in
// asks it, and nobody who sends mail out does. Any thread; nothing here waits or fails.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sealpost::load {

// The store: one that is whole, of which a node is short when it is damaged.
enum class Resource { sessions, memory, queue_messages, queue_bytes, disk, store };
inline constexpr std::array all_resources = {Resource::sessions,    Resource::memory, Resource::queue_messages,
                                             Resource::queue_bytes, Resource::disk,   Resource::store};
// sessions | memory | queue_messages | queue_bytes | disk | store
[[nodiscard]] std::string_view format_resource(Resource resource);

// What a node bears; 0: no limit.
struct Limits {
    std::uint64_t sessions = 0;        // at the same time
    std::uint64_t memory_bytes = 0;    // of messages on their way in
    std::uint64_t queue_messages = 0;  // that were accepted and are not done
    std::uint64_t queue_bytes = 0;     // of these
    std::uint64_t free_bytes = 0;      // that the disk of the data directory must keep
    std::uint64_t damages = 0;         // of the store: 1 is too many
};

[[nodiscard]] std::uint64_t limit_of(const Limits& limits, Resource resource);

// Two marks, so that a value which trembles around one of them changes nothing.
struct Marks {
    enum class Kind { none, ceiling, floor } kind = Kind::none;
    std::uint64_t short_at = 0;  // there, or beyond: above a ceiling, below a floor
    std::uint64_t well_at = 0;   // there, or on the good side of it
};
[[nodiscard]] Marks marks_of(const Limits& limits, Resource resource);
[[nodiscard]] bool check_short(const Marks& marks, std::uint64_t value, bool was_short);

// Who asks for room on the disk octet by octet, below or above the reserve at which mail is refused (Limits::free_bytes):
// strangers, whose uploads must leave room for mail, stop at twice as much; hosted copies, by which envelopes of mail that was
// accepted become complete, at half.
enum class Claim { upload, hosted_copy };
// What the disk must keep after it; 0: no limit.
[[nodiscard]] std::uint64_t least_free_for(const Limits& limits, Claim claim);

// How much can still be written: what the file system has free, and the free pages inside the store. Those are of use
// only while the store's log, which needs fresh room, has some: so they count three times the fresh room at most.
[[nodiscard]] std::uint64_t find_room(std::uint64_t free_bytes, std::uint64_t reusable_bytes);

}  // namespace sealpost::load
