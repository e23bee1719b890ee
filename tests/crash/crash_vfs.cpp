#include "crash_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace sealpost::crash {
namespace {

// SQLite allocates this; the ordinary layer's file follows it in memory.
struct File {
    sqlite3_file base;
    CrashVfs* owner;
    CrashVfs::Disk* disk;  // null: a temporary file, which no crash test is about
    int failures_told;     // of the disk's failed syncs
    bool syncs_names;      // SQLite's layer for Unix syncs the folder with the first sync of a log that it may have made
    sqlite3_file* real;
};

File* as_file(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
sqlite3_file* real_of(sqlite3_file* file) { return as_file(file)->real; }

int close_file(sqlite3_file* file) { return real_of(file)->pMethods->xClose(real_of(file)); }
int read_file(sqlite3_file* file, void* into, int count, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), into, count, at);
}
int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 at)
{
    const auto* self = as_file(file);
    if (!self->disk) return self->real->pMethods->xWrite(self->real, from, count, at);
    const int block_bytes = self->owner->block_bytes();
    for (int done = 0; done < count; done += block_bytes) {
        const int now = std::min(block_bytes, count - done);
        const char* block = static_cast<const char*>(from) + done;
        if (!self->owner->may_go_on()) return self->owner->is_full() ? SQLITE_FULL : SQLITE_IOERR_WRITE;
        self->owner->note_change(*self->disk, {false, at + done, std::string(block, static_cast<std::size_t>(now))});
        if (const int code = self->real->pMethods->xWrite(self->real, block, now, at + done); code != SQLITE_OK) return code;
    }
    return SQLITE_OK;
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size)
{
    const auto* self = as_file(file);
    if (self->disk) {
        if (!self->owner->may_go_on()) return SQLITE_IOERR_TRUNCATE;
        self->owner->note_change(*self->disk, {true, size, ""});
    }
    return self->real->pMethods->xTruncate(self->real, size);
}
int sync_file(sqlite3_file* file, int)
{
    auto* self = as_file(file);
    if (!self->disk) return SQLITE_OK;
    const bool goes_on = self->owner->may_go_on();
    if (goes_on)
        self->owner->note_sync(*self->disk);
    else
        self->owner->note_failed_sync(*self->disk);
    const int failures = self->owner->failed_syncs(*self->disk);
    const bool has_been_told = std::exchange(self->failures_told, failures) == failures;
    if (!goes_on || !has_been_told) return SQLITE_IOERR_FSYNC;
    if (!self->syncs_names) return SQLITE_OK;  // our record is the disk
    if (!self->owner->may_go_on() && self->owner->has_crashed()) return SQLITE_IOERR_DIR_FSYNC;
    self->owner->note_names_synced();
    self->syncs_names = false;
    return SQLITE_OK;
}
int size_of_file(sqlite3_file* file, sqlite3_int64* size) { return real_of(file)->pMethods->xFileSize(real_of(file), size); }
int lock_file(sqlite3_file* file, int level) { return real_of(file)->pMethods->xLock(real_of(file), level); }
int unlock_file(sqlite3_file* file, int level) { return real_of(file)->pMethods->xUnlock(real_of(file), level); }
int check_lock(sqlite3_file* file, int* answer) { return real_of(file)->pMethods->xCheckReservedLock(real_of(file), answer); }
int control_file(sqlite3_file* file, int operation, void* argument)
{
    // Size hints change the file behind our back.
    if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_OK;
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}
int sector_size(sqlite3_file* file) { return real_of(file)->pMethods->xSectorSize(real_of(file)); }
// One promise is counted on, as SQLite does with every disk: what a write does not touch stays as it was.
int traits_of_disk(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }
int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** at)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}
void order_shared(sqlite3_file* file) { real_of(file)->pMethods->xShmBarrier(real_of(file)); }
int unmap_shared(sqlite3_file* file, int remove) { return real_of(file)->pMethods->xShmUnmap(real_of(file), remove); }

const sqlite3_io_methods methods{
    2,           close_file,   read_file,    write_file,   truncate_file, sync_file,      size_of_file,
    lock_file,   unlock_file,  check_lock,   control_file, sector_size,   traits_of_disk, map_shared,
    lock_shared, order_shared, unmap_shared, nullptr,      nullptr};

CrashVfs* owner_of(sqlite3_vfs* vfs) { return static_cast<CrashVfs*>(vfs->pAppData); }
sqlite3_vfs* ordinary() { return sqlite3_vfs_find(nullptr); }

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags)
{
    constexpr int of_log = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
    auto* self = as_file(file);
    self->owner = owner_of(vfs);
    self->disk = nullptr;
    self->failures_told = 0;
    self->syncs_names = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & of_log) != 0;
    self->real = reinterpret_cast<sqlite3_file*>(self + 1);
    self->base.pMethods = nullptr;
    const bool counts = (flags & (SQLITE_OPEN_MAIN_DB | of_log)) != 0;
    const bool is_made = counts && !std::filesystem::exists(path);
    if (is_made && !self->owner->may_go_on()) return SQLITE_CANTOPEN;
    const int code = ordinary()->xOpen(ordinary(), path, self->real, flags, out_flags);
    if (code != SQLITE_OK) return code;
    self->base.pMethods = &methods;
    if (!counts) return SQLITE_OK;
    self->disk = self->owner->note_open(path, (flags & of_log) != 0 ? Part::log : Part::store, is_made);
    self->failures_told = self->owner->failed_syncs(*self->disk);
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int sync)
{
    if (!owner_of(vfs)->may_go_on()) return SQLITE_IOERR_DELETE;
    owner_of(vfs)->note_delete(path);
    if (const int code = ordinary()->xDelete(ordinary(), path, 0); code != SQLITE_OK || sync == 0) return code;
    if (!owner_of(vfs)->may_go_on()) return SQLITE_IOERR_DIR_FSYNC;
    owner_of(vfs)->note_names_synced();
    return SQLITE_OK;
}

std::string read_whole(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void apply(const CrashVfs::Change& change, std::string& octets, std::size_t count)
{
    const auto at = static_cast<std::size_t>(change.at);
    if (change.is_truncation) {
        octets.resize(at);
        return;
    }
    if (octets.size() < at + count) octets.resize(at + count);
    octets.replace(at, count, change.octets, 0, count);
}

// What a disk has of a file in the end.
void write_to_disk(CrashVfs::Disk& disk, Unsynced unsynced)
{
    if (unsynced == Unsynced::lost || unsynced == Unsynced::lost_with_names) return;
    if (unsynced == Unsynced::log_kept && disk.part != Part::log) return;
    if (unsynced == Unsynced::store_kept && disk.part != Part::store) return;
    std::size_t number = 0;
    for (const auto& change : disk.unsynced) {
        ++number;
        if (unsynced == Unsynced::every_second_kept && number % 2 == 0) continue;
        const bool is_torn = unsynced == Unsynced::last_one_torn && number == disk.unsynced.size();
        apply(change, disk.synced, is_torn ? change.octets.size() / 2 : change.octets.size());
    }
}

}  // namespace

struct CrashVfs::Layer {
    sqlite3_vfs vfs{};
};

CrashVfs::CrashVfs() : name_("crash" + std::to_string(reinterpret_cast<std::uintptr_t>(this))), layer_(std::make_unique<Layer>())
{
    sqlite3_initialize();
    layer_->vfs = *ordinary();
    layer_->vfs.szOsFile = static_cast<int>(sizeof(File)) + ordinary()->szOsFile;
    layer_->vfs.zName = name_.c_str();
    layer_->vfs.pAppData = this;
    layer_->vfs.pNext = nullptr;
    layer_->vfs.xOpen = open_file;
    layer_->vfs.xDelete = delete_file;
    sqlite3_vfs_register(&layer_->vfs, 0);
}

CrashVfs::~CrashVfs() { sqlite3_vfs_unregister(&layer_->vfs); }

void CrashVfs::begin(int crash_at, int block_bytes)
{
    block_bytes_ = block_bytes;
    const std::lock_guard lock(mutex_);
    crash_at_ = crash_at;
    fail_at_ = 0;
    has_failed_ = false;
    steps_ = 0;
    logs_begun_ = 0;
    log_bytes_ = 0;
    log_syncs_ = 0;
    names_.clear();
    synced_names_.clear();
    files_.clear();
}

void CrashVfs::crash_now()
{
    const std::lock_guard lock(mutex_);
    crash_at_ = 1;
    fail_at_ = 0;
    steps_ = std::max(steps_, 1);
}

void CrashVfs::go_on()
{
    const std::lock_guard lock(mutex_);
    crash_at_ = 0;
}

void CrashVfs::fail_once(int step, Refusal refusal)
{
    const std::lock_guard lock(mutex_);
    fail_at_ = step;
    refusal_ = refusal;
}

bool CrashVfs::may_go_on()
{
    const std::lock_guard lock(mutex_);
    const int step = ++steps_;
    if (step == fail_at_) has_failed_ = true;
    return step != fail_at_ && (crash_at_ == 0 || step < crash_at_);
}

bool CrashVfs::has_failed()
{
    const std::lock_guard lock(mutex_);
    return has_failed_;
}

// A dead disk answers errors, whatever it did when it lived.
bool CrashVfs::is_full()
{
    const std::lock_guard lock(mutex_);
    return fail_at_ != 0 && refusal_ == Refusal::full;
}

bool CrashVfs::has_crashed()
{
    const std::lock_guard lock(mutex_);
    return crash_at_ != 0 && steps_ >= crash_at_;
}

int CrashVfs::steps()
{
    const std::lock_guard lock(mutex_);
    return steps_;
}

CrashVfs::Disk* CrashVfs::note_open(const std::string& path, Part part, bool is_made)
{
    const std::lock_guard lock(mutex_);
    auto& disk = names_[path];
    if (disk) return disk;
    disk = files_.emplace_back(std::make_unique<Disk>()).get();
    disk->part = part;
    disk->synced = read_whole(path);
    // An empty store was made by Database::open just now.
    if (!is_made && !disk->synced.empty()) synced_names_[path] = disk;
    return disk;
}

void CrashVfs::note_change(Disk& disk, Change change)
{
    const std::lock_guard lock(mutex_);
    if (disk.part == Part::log && !change.is_truncation) {
        if (change.at == 0) ++logs_begun_;
        log_bytes_ = change.at + static_cast<std::int64_t>(change.octets.size());
    }
    disk.unsynced.push_back(std::move(change));
}

void CrashVfs::note_sync(Disk& disk)
{
    const std::lock_guard lock(mutex_);
    if (disk.part == Part::log) ++log_syncs_;
    if (skipped_ == disk.part) return;
    for (const auto& change : disk.unsynced) apply(change, disk.synced, change.octets.size());
    disk.unsynced.clear();
}

// Of a machine that is dead nothing more is decided: what it had not synced is lost or kept as lose_power() says.
void CrashVfs::note_failed_sync(Disk& disk)
{
    const std::lock_guard lock(mutex_);
    if (fail_at_ == 0) return;
    ++disk.failed_syncs;
    disk.unsynced.clear();
}

int CrashVfs::failed_syncs(const Disk& disk)
{
    const std::lock_guard lock(mutex_);
    return disk.failed_syncs;
}

void CrashVfs::note_names_synced()
{
    const std::lock_guard lock(mutex_);
    if (skipped_ != Part::names) synced_names_ = names_;
}

void CrashVfs::note_delete(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    names_.erase(path);
}

void CrashVfs::lose_power(Unsynced unsynced)
{
    const std::lock_guard lock(mutex_);
    for (auto& disk : files_) write_to_disk(*disk, unsynced);
    const bool are_names_lost = unsynced == Unsynced::lost_with_names || unsynced == Unsynced::kept_without_names;
    for (const auto& [path, disk] : names_) {
        std::filesystem::remove(path + "-shm");
        if (are_names_lost) std::filesystem::remove(path);
    }
    for (const auto& [path, disk] : are_names_lost ? synced_names_ : names_) {
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file.write(disk->synced.data(), static_cast<std::streamsize>(disk->synced.size()));
    }
}

}  // namespace sealpost::crash
