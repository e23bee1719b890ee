#pragma once

#include "core/load/verdict.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace sealpost::load {

// The node became short of something, or is no longer.
struct Change {
    Resource resource = Resource::sessions;
    bool is_short = false;
    std::uint64_t value = 0;
    std::uint64_t limit = 0;  // the mark that was reached
};

class Load {
public:
    using Tell = std::function<void(const Change&)>;  // on any thread, one after the other; must not call back
    explicit Load(const Limits& limits, Tell tell = {});
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    // --- the meters
    void note_sessions(std::uint64_t open) { note(Resource::sessions, open); }
    void note_store(bool is_damaged) { note(Resource::store, is_damaged ? 1 : 0); }
    // The disk is looked at now and then; what was granted since is taken off, so that many at once do not fill it in between.
    [[nodiscard]] std::uint64_t begin_look() const { return granted_; }  // before the disk is read …
    void note_disk(std::uint64_t room, std::uint64_t begun = 0);         // … and what was read
    // The queue is counted now and then; what is accepted meanwhile is added, so that the verdict is in time.
    struct Count {
        std::uint64_t messages = 0;
        std::uint64_t bytes = 0;
    };
    void note_accepted(std::uint64_t bytes);
    [[nodiscard]] Count begin_count() const;            // before the queue is read …
    void end_count(const Count& begun, Count counted);  // … and what was read

    // --- the verdicts
    [[nodiscard]] bool is_short(Resource resource) const { return short_[index(resource)]; }
    [[nodiscard]] std::optional<Resource> find_short(std::initializer_list<Resource> resources) const;  // the first of these
    // Not short, but no room for a message of so many octets (RFC 1870 §6.1).
    [[nodiscard]] bool has_room_for(std::uint64_t bytes) const;
    // Room for so many octets more, which then are taken off at once: twice as much, since they stand in the store's log first.
    [[nodiscard]] bool take_room(Claim claim, std::uint64_t bytes);
    [[nodiscard]] bool has_room(Claim claim, std::uint64_t bytes) const;
    // The messages under way have used up all the memory: one of them has to go.
    [[nodiscard]] bool is_out_of_memory() const
    {
        return limits_.memory_bytes != 0 && value(Resource::memory) > limits_.memory_bytes;
    }
    [[nodiscard]] std::uint64_t value(Resource resource) const { return values_[index(resource)]; }
    [[nodiscard]] const Limits& limits() const { return limits_; }

private:
    friend class Held;
    static constexpr std::size_t index(Resource resource) { return static_cast<std::size_t>(resource); }
    void note(Resource resource, std::uint64_t value);
    void judge(Resource resource);
    void note_held(std::uint64_t before, std::uint64_t now);

    const Limits limits_;
    const Tell tell_;
    std::array<std::atomic<std::uint64_t>, all_resources.size()> values_{};
    std::array<std::atomic<bool>, all_resources.size()> short_{};
    std::atomic<std::uint64_t> granted_{0};  // since the disk was looked at
    std::mutex lock_;                        // of a change and its telling
    mutable std::mutex count_lock_;
    Count accepted_;  // since the start; under count_lock_
    Count
        counted_;  // the queue when it was last read, less what had been accepted by then (it may wrap around); under count_lock_
};

// What one message on its way in holds in memory, until it goes.
class Held {
public:
    Held() = default;
    explicit Held(std::shared_ptr<Load> load) : load_(std::move(load)) {}
    Held(Held&& other) noexcept : load_(std::move(other.load_)), bytes_(std::exchange(other.bytes_, 0)) {}
    Held& operator=(Held&& other) noexcept
    {
        set(0);
        load_ = std::move(other.load_);
        bytes_ = std::exchange(other.bytes_, 0);
        return *this;
    }
    ~Held() { set(0); }

    void set(std::uint64_t bytes);

private:
    std::shared_ptr<Load> load_;
    std::uint64_t bytes_ = 0;
};

}  // namespace sealpost::load
