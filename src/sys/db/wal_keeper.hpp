#pragma once

#include "sys/db/sqlite_connection.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace sealpost::db {

// Copies the write-ahead log into the store beside the commits, on its own thread and connection, so
// that no commit waits for it: each time that it has grown by `log_copy_frames`. A log that is written without a
// pause never runs empty that way, so from `log_restart_frames` on the writer copies the short rest itself, and the log
// starts anew.
class WalKeeper {
public:
    WalKeeper(std::unique_ptr<SqliteConnection> connection, const Options& options);
    ~WalKeeper() { stop(); }
    WalKeeper(const WalKeeper&) = delete;
    WalKeeper& operator=(const WalKeeper&) = delete;

    void tidy_after_commit(SqliteConnection& writer);  // on the writer's thread
    void stop();

private:
    void run();

    const int copy_frames_;
    const int restart_frames_;
    std::unique_ptr<SqliteConnection> connection_;  // of thread_
    int frames_at_last_copy_ = 0;                   // of the writer
    std::mutex mutex_;
    std::condition_variable changed_;
    bool should_copy_ = false;  // by mutex_
    bool should_stop_ = false;  // by mutex_
    std::thread thread_;
};

}  // namespace sealpost::db
