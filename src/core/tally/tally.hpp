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
#include <optional>
#include <utility>
#include <vector>

namespace sealpost::tally {

// Counts on their way into the store. A batch that it refuses for good is halved until the count that it does not take stands
// alone: one that cannot be written must not keep the others in memory for ever.
template <class Key, class Count>
class Batches {
public:
    using Counts = std::map<Key, Count>;
    explicit Batches(Counts counts)
    {
        if (!counts.empty()) left_.push_back(std::make_shared<const Counts>(std::move(counts)));
    }
    [[nodiscard]] bool is_over() const { return left_.empty() || error_; }
    [[nodiscard]] std::shared_ptr<const Counts> next() const { return left_.back(); }

    // What the store said to next().
    void note(const Result<>& written)
    {
        const auto batch = left_.back();
        left_.pop_back();
        if (written.has_value()) {
            has_written_ = true;
        } else if (written.error().fault != Fault::give_up || refused_.size() >= max_refused) {
            left_.push_back(batch);
            error_ = written.error();
        } else if (batch->size() == 1) {
            refused_.push_back({batch, written.error()});
        } else {
            halve(*batch);
        }
    }

    struct Refused {
        std::shared_ptr<const Counts> alone;
        Error error;
    };
    // One by one; a store that took nothing at all has another trouble, and those are kept with the rest.
    [[nodiscard]] std::vector<Refused> lost() const { return has_written_ ? refused_ : std::vector<Refused>(); }
    [[nodiscard]] std::vector<std::shared_ptr<const Counts>> kept() const
    {
        auto kept = left_;
        if (!has_written_)
            for (const auto& one : refused_) kept.push_back(one.alone);
        return kept;
    }
    [[nodiscard]] Result<> answer() const
    {
        if (error_) return *error_;
        if (!has_written_ && !refused_.empty()) return refused_.front().error;
        return {};
    }

private:
    static constexpr std::size_t max_refused = 20;  // in one flush: more are no fault of single ones

    void halve(const Counts& batch)
    {
        const auto middle = std::next(batch.begin(), static_cast<std::ptrdiff_t>(batch.size() / 2));
        left_.push_back(std::make_shared<const Counts>(middle, batch.end()));
        left_.push_back(std::make_shared<const Counts>(batch.begin(), middle));
    }

    std::vector<std::shared_ptr<const Counts>> left_;
    std::vector<Refused> refused_;
    bool has_written_ = false;
    std::optional<Error> error_;
};

// Counts by key. `merge(into, newer)` adds a count to an older one; `write(connection, counts)` stores them;
// `complain(dropped)` is told how many found no place, once a flush; `complain_of(key, count, error)` what the store does not
// take: it is dropped.
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
        std::function<void(const Key&, const Count&, const Error&)> complain_of;
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
        Batches<Key, Count> batches(take());
        while (!batches.is_over()) {
            auto work = [self, batch = batches.next()](db::Connection& connection) {
                return self->parts_.write(connection, *batch);
            };
            auto written = co_await parts_.database->write(std::move(work));
            batches.note(written);
        }
        co_return self->end(batches);
    }

    // The calling thread waits: for the end of the program, never on a worker.
    Result<> flush_now()
    {
        Batches<Key, Count> batches(take());
        while (!batches.is_over()) {
            const auto batch = batches.next();
            batches.note(parts_.database->write_now(
                [&](db::Connection& connection) -> Result<> { return parts_.write(connection, *batch); }));
        }
        return end(batches);
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

    Result<> end(const Batches<Key, Count>& batches)
    {
        for (const auto& [alone, error] : batches.lost())
            for (const auto& [key, count] : *alone) parts_.complain_of(key, count, error);
        for (const auto& kept : batches.kept()) give_back(*kept);
        return batches.answer();
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
