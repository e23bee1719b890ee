// tally: what a node counts by the day in order to report it to somebody: in memory first, written to the store in
// groups; and when a day's report leaves. core/dmarcreports (DMARC) and core/tlsreports (TLS) say what is counted and
// how it is stored. Any thread may call. What was counted since the last flush is lost when the program dies.
#pragma once

#include "core/tally/day.hpp"
#include "sys/async/task.hpp"
#include "sys/db/database.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace sealpost::tally {

// Counts by key. `merge(into, newer)` adds a count to an older one; `write(connection, counts)` stores them;
// `complain(dropped)` is told how many found no place, once a flush.
template <class Key, class Count>
class Tally : public std::enable_shared_from_this<Tally<Key, Count>> {
public:
    using Counts = std::map<Key, Count>;
    struct Parts {
        std::shared_ptr<db::Database> database;
        std::size_t max_pending = 0;  // different keys in memory between two flushes
        std::function<void(Count&, const Count&)> merge;
        std::function<Result<>(db::Connection&, const Counts&)> write;
        std::function<void(std::int64_t)> complain;
    };
    explicit Tally(Parts parts) : parts_(std::move(parts)) {}

    void add(Key key, Count count)
    {
        const std::lock_guard guard(lock_);
        const auto found = pending_.find(key);
        if (found != pending_.end())
            parts_.merge(found->second, count);
        else if (pending_.size() >= parts_.max_pending)
            ++dropped_;
        else
            pending_.emplace(std::move(key), std::move(count));
    }

    Task<Result<>> flush()
    {
        auto self = this->shared_from_this();
        auto taken = std::make_shared<const Counts>(take());
        if (taken->empty()) co_return Result<>();
        auto work = [self, taken](db::Connection& connection) { return self->parts_.write(connection, *taken); };
        auto written = co_await parts_.database->write(std::move(work));
        if (written.has_error()) self->give_back(*taken);
        co_return written;
    }

    // The calling thread waits: for the end of the program, never on a worker.
    Result<> flush_now()
    {
        const Counts taken = take();
        if (taken.empty()) return {};
        auto written = parts_.database->write_now([&](db::Connection& connection) { return parts_.write(connection, taken); });
        if (written.has_error()) give_back(taken);
        return written;
    }

private:
    Counts take()
    {
        Counts taken;
        std::int64_t dropped = 0;
        {
            const std::lock_guard guard(lock_);
            taken.swap(pending_);
            std::swap(dropped, dropped_);
        }
        if (dropped > 0) parts_.complain(dropped);
        return taken;
    }

    // What the store refuses for the moment is counted on; what came meanwhile is the newer.
    void give_back(const Counts& taken)
    {
        const std::lock_guard guard(lock_);
        for (const auto& [key, older] : taken) {
            const auto [place, is_alone] = pending_.try_emplace(key, older);
            if (is_alone) continue;
            Count sum = older;
            parts_.merge(sum, place->second);
            place->second = std::move(sum);
        }
    }

    Parts parts_;
    std::mutex lock_;
    Counts pending_;            // under lock
    std::int64_t dropped_ = 0;  // under lock
};

}  // namespace sealpost::tally
