// crash_disk: the file calls of the C library, as a disk sees them that loses power. Linked into a test program it
// stands before open, write, ftruncate, fchmod, fsync, rename, unlink, mkdir and rmdir, passes everything on, and for what
// lies below one folder counts each step that changes something; from step `crash_at` on it refuses them all, as a dead
// machine does. It keeps what a disk would have: of a file the octets that were synced, of a folder the names that were,
// where a sync of the folder keeps its names and a sync of the file only its octets.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sealpost::crash {

// What survives of what was not synced.
enum class Left {
    nothing,  // neither names nor octets
    everything,
    names_only,  // the names are there and the octets are not, as a file system that keeps them apart leaves it
    first_half,  // of the changes of names, in their order, with their octets
};

class CrashDisk {
public:
    // One at a time. The folder is there, and what lies in it is synced.
    explicit CrashDisk(std::filesystem::path folder);
    ~CrashDisk();
    CrashDisk(const CrashDisk&) = delete;
    CrashDisk& operator=(const CrashDisk&) = delete;

    void begin(int crash_at);  // counts from 1; what lies in the folder now is synced
    [[nodiscard]] bool has_crashed();
    [[nodiscard]] int steps();
    // Of the names in this folder, and nothing else. Empty: no longer.
    void refuse_syncs_of(std::filesystem::path folder);
    void lose_power(Left left);  // makes the folder what the disk has; nothing counts any more

    // For the C functions. Paths are whole; those outside of the folder are nobody's business.
    struct Node;
    using NodePtr = std::shared_ptr<Node>;
    [[nodiscard]] bool covers(const std::string& path) const;
    bool may_go_on();  // one more step; false: the machine is dead
    [[nodiscard]] bool refuses_sync_of(const std::string& path);
    void note_made(const std::string& path, bool is_folder);  // when there is no such name yet
    void note_written(const std::string& path);               // the file was changed; its octets are read when it matters
    void note_synced(const std::string& path);
    void note_renamed(const std::string& from, const std::string& to);
    void note_removed(const std::string& path);

private:
    // A change of names that its folders have not been synced for.
    struct Change {
        std::string removed;  // path; empty: none
        std::string made;     // path; empty: none
        NodePtr node;         // that gets the name
    };
    using Names = std::map<std::string, NodePtr>;  // by path, folders before what is in them

    static void apply(const Change& change, Names& names);
    static bool touches(const Change& change, const std::string& folder);
    NodePtr node_at(const std::string& path);

    std::filesystem::path folder_;
    std::mutex mutex_;
    int crash_at_ = 0;
    int steps_ = 0;
    std::filesystem::path unsyncable_;
    bool is_watching_ = false;
    Names now_;                     // as the program sees it
    Names synced_;                  // as the disk has it
    std::vector<Change> unsynced_;  // from synced_ to now_, in order
};

}  // namespace sealpost::crash
