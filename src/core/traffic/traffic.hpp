#pragma once

#include "core/traffic/facts.hpp"
#include "sys/async/task.hpp"
#include "sys/db/database.hpp"
#include "sys/log/log.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace sealpost::traffic {

struct Settings {
    std::size_t keep = 10'000;         // connections, and as many messages; 0: nothing is recorded
    std::size_t max_pending = 10'000;  // of each in memory between two flushes; the oldest go first
    std::size_t batch = 250;           // records of one write
    std::chrono::milliseconds interval{1000};
    // After a flush of more than `busy` records of both kinds, and then for as long as twice that come between two. Most of
    // what comes meanwhile is never written: newer ones take its place.
    std::chrono::milliseconds busy_interval{10'000};
    std::size_t busy = 5000;
};

// Who looks at records one by one, so that they need not all be in memory together.
struct Visitor {
    std::function<void(const ConnectionRecord&)> connection;
    std::function<void(const MessageRecord&)> message;
};

class Traffic {
public:
    [[nodiscard]] static Result<std::shared_ptr<Traffic>> open(std::shared_ptr<db::Database> database, log::Log log,
                                                               Settings settings = {});
    ~Traffic();
    Traffic(const Traffic&) = delete;
    Traffic& operator=(const Traffic&) = delete;

    [[nodiscard]] bool is_recording() const;
    // A microsecond or two; never waits, never fails.
    void record(ConnectionRecord record);
    void record(MessageRecord record);
    [[nodiscard]] std::uint64_t dropped() const;  // since the start, of those that `keep` promises

    Task<Result<std::size_t>> flush();   // how many records it wrote
    [[nodiscard]] Result<> flush_now();  // the calling thread waits: for the end of the program
    Task<void> run_chores();             // flushes every interval until cancelled

    // The newest `last` of each at most, oldest first. What waits for the next flush is not among them.
    Task<Result<Facts>> load(std::size_t last) const;
    [[nodiscard]] Result<Facts> load_now(std::size_t last) const;
    // The same, newest first, shown to `visitor` on a thread of the database while this one waits.
    [[nodiscard]] Result<> visit_now(std::size_t last, const Visitor& visitor) const;

    struct State;

private:
    explicit Traffic(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

}  // namespace sealpost::traffic
