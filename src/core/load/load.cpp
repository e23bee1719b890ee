#include "core/load/load.hpp"

namespace sealpost::load {
namespace {

constexpr std::uint64_t log_and_store = 2;  // what is stored is written to both

}  // namespace

Load::Load(const Limits& limits, Tell tell) : limits_(limits), tell_(std::move(tell)) {}

void Load::note(Resource resource, std::uint64_t value)
{
    values_[index(resource)] = value;
    judge(resource);
}

// Most of the time nothing changes, and no lock is taken.
void Load::judge(Resource resource)
{
    const Marks marks = marks_of(limits_, resource);
    auto& is_short = short_[index(resource)];
    if (check_short(marks, value(resource), is_short) == is_short) return;
    const std::lock_guard guard(lock_);
    const std::uint64_t now = value(resource);
    const bool verdict = check_short(marks, now, is_short);
    if (is_short.exchange(verdict) == verdict || !tell_) return;
    tell_({resource, verdict, now, verdict ? marks.short_at : marks.well_at});
}

void Load::note_accepted(std::uint64_t bytes)
{
    {
        const std::lock_guard guard(count_lock_);
        ++accepted_.messages;
        accepted_.bytes += bytes;
        values_[index(Resource::queue_messages)] = counted_.messages + accepted_.messages;
        values_[index(Resource::queue_bytes)] = counted_.bytes + accepted_.bytes;
    }
    judge(Resource::queue_messages);
    judge(Resource::queue_bytes);
}

Load::Count Load::begin_count() const
{
    const std::lock_guard guard(count_lock_);
    return accepted_;
}

// A message that was accepted while the queue was read may be counted twice, until the next count.
void Load::end_count(const Count& begun, Count counted)
{
    {
        const std::lock_guard guard(count_lock_);
        counted_ = {counted.messages - begun.messages, counted.bytes - begun.bytes};
        values_[index(Resource::queue_messages)] = counted_.messages + accepted_.messages;
        values_[index(Resource::queue_bytes)] = counted_.bytes + accepted_.bytes;
    }
    judge(Resource::queue_messages);
    judge(Resource::queue_bytes);
}

std::optional<Resource> Load::find_short(std::initializer_list<Resource> resources) const
{
    for (const Resource resource : resources)
        if (is_short(resource)) return resource;
    return std::nullopt;
}

bool Load::has_room_for(std::uint64_t bytes) const
{
    const std::uint64_t room = value(Resource::disk);
    const std::uint64_t queued = value(Resource::queue_bytes);
    const bool on_disk =
        limits_.free_bytes == 0 || room == 0 || (room > limits_.free_bytes && room - limits_.free_bytes >= bytes);
    const bool in_queue = limits_.queue_bytes == 0 || (queued < limits_.queue_bytes && limits_.queue_bytes - queued >= bytes);
    return on_disk && in_queue;
}

// What is granted while the disk is looked at may be taken off once too seldom, until the next look.
void Load::note_disk(std::uint64_t room, std::uint64_t begun)
{
    note(Resource::disk, room);
    granted_ -= begun;
}

bool Load::has_room(Claim claim, std::uint64_t bytes) const
{
    if (limits_.free_bytes == 0) return true;
    const std::uint64_t room = value(Resource::disk);
    if (room == 0) return !is_short(Resource::disk);  // not looked at yet
    const std::uint64_t needed = least_free_for(limits_, claim) + granted_ + log_and_store * bytes;
    return room >= needed;
}

// Two at once may both be granted the last room: a piece too much is no harm.
bool Load::take_room(Claim claim, std::uint64_t bytes)
{
    if (!has_room(claim, bytes)) return false;
    granted_ += log_and_store * bytes;
    return true;
}

void Load::note_held(std::uint64_t before, std::uint64_t now)
{
    if (before == now) return;
    values_[index(Resource::memory)] += now - before;  // wraps around when it is less
    judge(Resource::memory);
}

void Held::set(std::uint64_t bytes)
{
    if (load_) load_->note_held(bytes_, bytes);
    bytes_ = bytes;
}

}  // namespace sealpost::load
