#include "sys/db/wal_keeper.hpp"

namespace sealpost::db {

WalKeeper::WalKeeper(std::unique_ptr<SqliteConnection> connection, const Options& options)
    : copy_frames_(options.log_copy_frames),
      restart_frames_(options.log_restart_frames),
      connection_(std::move(connection)),
      thread_([this] { run(); })
{
}

void WalKeeper::tidy_after_commit(SqliteConnection& writer)
{
    const int frames = writer.wal_frames();
    if (frames < frames_at_last_copy_) frames_at_last_copy_ = 0;  // the log has started anew
    if (frames - frames_at_last_copy_ < copy_frames_) return;
    frames_at_last_copy_ = frames;
    if (frames >= restart_frames_) {
        writer.checkpoint();
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        should_copy_ = true;
    }
    changed_.notify_one();
}

void WalKeeper::stop()
{
    {
        const std::lock_guard lock(mutex_);
        should_stop_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void WalKeeper::run()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return should_copy_ || should_stop_; });
        if (should_stop_) return;
        should_copy_ = false;
        lock.unlock();
        connection_->checkpoint();
        lock.lock();
    }
}

}  // namespace sealpost::db
