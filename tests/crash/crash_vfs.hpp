// crash_vfs: a file layer for SQLite that pulls the plug. It passes everything on to the ordinary one,
// counts each step that changes a file (make, write, truncate, sync, delete), and from step `crash_at` on
// refuses them all, as a dead machine does. It keeps what a disk would have: the octets that were
// synced, and those written since, of which lose_power() keeps all, none or some; and the names that the
// folder had when it was synced, and has now.
// Or one step alone fails, and the disk works on. What was written to a file before its failed sync never reaches the
// disk, whatever is synced later, unless it is written again: Linux marks pages that it could not write as clean, and
// reading shows them all the same. It tells the failure once to each descriptor that was open then.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::crash {

// What survives of the writes that were not synced. A disk may keep any of them, in any order.
enum class Unsynced {
    lost,
    kept,
    every_second_kept,
    last_one_torn,
    log_kept,    // and what was written to the store is lost
    store_kept,  // and what was written to the log is lost
    // The names of files too are those that the folder had when it was synced last: one that was made since is lost, one
    // that was deleted comes back. The others keep all names.
    lost_with_names,
    kept_without_names,
};

// Of one step alone. Full: what a write answers; a sync answers an error all the same.
enum class Refusal { error, full };

// What is synced for itself.
enum class Part { store, log, names };  // log: the write-ahead log, or a rollback journal. names: of the folder

class CrashVfs {
public:
    CrashVfs();  // registers itself under name()
    ~CrashVfs();
    CrashVfs(const CrashVfs&) = delete;
    CrashVfs& operator=(const CrashVfs&) = delete;

    [[nodiscard]] const std::string& name() const { return name_; }
    // Counts from 1; forgets the files of the last run. A disk knows blocks: a longer write is a step for each.
    void begin(int crash_at, int block_bytes = 4096);
    // After begin(0): no death, and this step alone is refused. Not the sync of a folder beside the first sync of a log, whose
    // failure SQLite's layer passes over: Database::open has synced the folder by then, by itself.
    void fail_once(int step, Refusal refusal);
    [[nodiscard]] bool has_failed();
    [[nodiscard]] bool has_crashed();
    [[nodiscard]] int steps();
    [[nodiscard]] int logs_begun() const { return logs_begun_; }         // their first octets written, since begin()
    [[nodiscard]] std::int64_t log_bytes() const { return log_bytes_; }  // of the last one, since it was begun
    [[nodiscard]] int log_syncs() const { return log_syncs_; }           // since begin()
    void crash_now();
    void go_on();  // it was the program that died: the next one finds all that was written, synced or not
    // For tests of the tests: a disk that says it has synced, and has not.
    void skip_syncs_of(std::optional<Part> part) { skipped_ = part; }
    void lose_power(Unsynced unsynced);  // after everything is closed: makes the files what the disk has

    // For the C functions of the layer.
    struct Change {
        bool is_truncation = false;
        std::int64_t at = 0;  // offset, or the new size
        std::string octets;
    };
    // A file, which may have lost its name.
    struct Disk {
        Part part = Part::store;
        std::string synced;
        std::vector<Change> unsynced;
        int failed_syncs = 0;
    };
    [[nodiscard]] int block_bytes() const { return block_bytes_; }
    bool may_go_on();  // one more step; false: the machine is dead
    Disk* note_open(const std::string& path, Part part, bool is_made);
    void note_change(Disk& disk, Change change);
    void note_sync(Disk& disk);
    void note_failed_sync(Disk& disk);
    [[nodiscard]] bool is_full();
    [[nodiscard]] int failed_syncs(const Disk& disk);
    void note_names_synced();
    void note_delete(const std::string& path);

private:
    using Names = std::map<std::string, Disk*>;
    struct Layer;

    std::string name_;
    std::unique_ptr<Layer> layer_;
    std::mutex mutex_;
    int crash_at_ = 0;
    int fail_at_ = 0;
    Refusal refusal_ = Refusal::error;
    bool has_failed_ = false;
    std::atomic<int> block_bytes_ = 4096;
    int steps_ = 0;
    std::atomic<int> logs_begun_ = 0;
    std::atomic<std::int64_t> log_bytes_ = 0;
    std::atomic<int> log_syncs_ = 0;
    std::optional<Part> skipped_;
    std::vector<std::unique_ptr<Disk>> files_;
    Names names_;
    Names synced_names_;
};

}  // namespace sealpost::crash
