#pragma once

#include "sys/db/database.hpp"
#include "sys/db/session.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <thread>

namespace sealpost::db {

// The threads behind a Database, whatever store it has: one that writes, taking all that waits into one commit, and some
// that read.
class GroupingDatabase final : public Database {
public:
    struct Parts {
        std::unique_ptr<Session> writer;
        std::vector<std::unique_ptr<Session>> readers;
        // Jobs of one commit. More would make the first caller wait long for the last one's work, and others for their turn.
        std::size_t most_jobs = 512;
        std::function<void(bool is_committed)> after_batch;  // on the writer's thread
        std::function<void()> at_end;                        // when all threads are over
        decltype(Options::before_update) before_update;
    };

    explicit GroupingDatabase(Parts parts);
    ~GroupingDatabase() override { stop(); }
    GroupingDatabase(const GroupingDatabase&) = delete;
    GroupingDatabase& operator=(const GroupingDatabase&) = delete;

    Result<> migrate(const std::string& room, const std::vector<std::string_view>& steps) override;
    void close() override { stop(); }
    [[nodiscard]] bool is_damaged() const override { return *damage_; }

protected:
    void start(std::shared_ptr<Job> job, Kind kind, std::function<void()> done) override;

private:
    struct Waiting {
        std::shared_ptr<Job> job;
        std::function<void()> done;
        bool is_repeatable = false;
    };
    using Batch = std::vector<Waiting>;

    // What waits for one kind of thread.
    struct Inbox {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<Waiting> waiting;  // by mutex
        bool is_closed = false;       // by mutex
    };

    static Batch take(Inbox& inbox, std::size_t most);  // empty: closed and nothing left
    static void close_inbox(Inbox& inbox);
    static void answer(Batch& batch);

    void run_writer();
    static void run_reader(Session& session, Inbox& reads);
    Result<> commit_together(Batch& batch);
    Result<> run_repeatable(std::span<const Waiting> jobs);
    Result<> run_in_savepoint(Job& job);
    [[nodiscard]] Result<> expect_transaction() const;
    void stop();

    std::shared_ptr<std::atomic<bool>> damage_ = std::make_shared<std::atomic<bool>>(false);
    Parts parts_;  // the writer is of writer_thread_, each reader of one thread
    Inbox writes_;
    Inbox reads_;
    std::once_flag stopped_;
    std::thread writer_thread_;
    std::vector<std::thread> reader_threads_;
};

}  // namespace sealpost::db
