#include "crash_disk.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace sealpost::crash {
namespace {

namespace fs = std::filesystem;

std::atomic<CrashDisk*> the_disk = nullptr;

std::string read_whole(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string parent_of(const std::string& path) { return fs::path(path).parent_path().string(); }

}  // namespace

struct CrashDisk::Node {
    bool is_folder = false;
    mode_t mode = 0600;
    std::string octets;  // as the program sees them
    std::string synced;  // as the disk has them
};

CrashDisk::CrashDisk(fs::path folder) : folder_(std::move(folder)) { the_disk = this; }
CrashDisk::~CrashDisk() { the_disk = nullptr; }

void CrashDisk::begin(int crash_at)
{
    const std::lock_guard lock(mutex_);
    now_.clear();
    unsynced_.clear();
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
        auto node = std::make_shared<Node>();
        node->is_folder = entry.is_directory();
        if (!node->is_folder) node->octets = node->synced = read_whole(entry.path().string());
        now_[entry.path().string()] = std::move(node);
    }
    synced_ = now_;
    crash_at_ = crash_at;
    steps_ = 0;
    is_watching_ = true;
}

bool CrashDisk::covers(const std::string& path) const { return is_watching_ && path.starts_with(folder_.string() + "/"); }

bool CrashDisk::may_go_on()
{
    const std::lock_guard lock(mutex_);
    return crash_at_ == 0 || ++steps_ < crash_at_;
}

bool CrashDisk::has_crashed()
{
    const std::lock_guard lock(mutex_);
    return crash_at_ != 0 && steps_ >= crash_at_;
}

int CrashDisk::steps()
{
    const std::lock_guard lock(mutex_);
    return steps_;
}

void CrashDisk::refuse_syncs_of(fs::path folder)
{
    const std::lock_guard lock(mutex_);
    unsyncable_ = std::move(folder);
}

bool CrashDisk::refuses_sync_of(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    return unsyncable_ == path;
}

CrashDisk::NodePtr CrashDisk::node_at(const std::string& path)
{
    const auto found = now_.find(path);
    return found == now_.end() ? nullptr : found->second;
}

void CrashDisk::note_made(const std::string& path, bool is_folder)
{
    const std::lock_guard lock(mutex_);
    if (now_.contains(path)) return;
    auto node = std::make_shared<Node>();
    node->is_folder = is_folder;
    unsynced_.push_back({"", path, node});
    apply(unsynced_.back(), now_);
}

void CrashDisk::note_written(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    if (const auto node = node_at(path)) node->octets = read_whole(path);
}

void CrashDisk::note_synced(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    if (const auto node = node_at(path); node && !node->is_folder) {
        node->synced = node->octets;
        return;
    }
    std::vector<Change> rest;
    for (const auto& change : unsynced_) {
        if (touches(change, path)) {
            apply(change, synced_);
        } else {
            rest.push_back(change);
        }
    }
    unsynced_ = std::move(rest);
}

void CrashDisk::note_renamed(const std::string& from, const std::string& to)
{
    const std::lock_guard lock(mutex_);
    unsynced_.push_back({from, to, node_at(from)});
    apply(unsynced_.back(), now_);
}

void CrashDisk::note_removed(const std::string& path)
{
    const std::lock_guard lock(mutex_);
    unsynced_.push_back({path, "", nullptr});
    apply(unsynced_.back(), now_);
}

bool CrashDisk::touches(const Change& change, const std::string& folder)
{
    return (!change.removed.empty() && parent_of(change.removed) == folder) ||
           (!change.made.empty() && parent_of(change.made) == folder);
}

// What is in a folder moves and goes with it.
void CrashDisk::apply(const Change& change, Names& names)
{
    Names moved;
    if (!change.removed.empty()) {
        const std::string inside = change.removed + "/";
        for (auto at = names.lower_bound(change.removed); at != names.end();) {
            const bool is_inside = at->first.starts_with(inside);
            if (at->first != change.removed && !is_inside) {
                if (!at->first.starts_with(change.removed)) break;
                ++at;
                continue;
            }
            if (is_inside && !change.made.empty()) moved[change.made + "/" + at->first.substr(inside.size())] = at->second;
            at = names.erase(at);
        }
    }
    if (!change.made.empty() && change.node) names[change.made] = change.node;
    names.merge(moved);
}

void CrashDisk::lose_power(Left left)
{
    const std::lock_guard lock(mutex_);
    is_watching_ = false;
    Names names = synced_;
    std::size_t kept = left == Left::nothing ? 0 : unsynced_.size();
    if (left == Left::first_half) kept = unsynced_.size() / 2;
    for (std::size_t number = 0; number < kept; ++number) apply(unsynced_[number], names);
    const bool keeps_octets = left == Left::everything || left == Left::first_half;
    for (const auto& entry : fs::directory_iterator(folder_)) fs::remove_all(entry);
    for (const auto& [path, node] : names) {
        if (!fs::exists(parent_of(path))) continue;  // its folder is lost
        if (node->is_folder) {
            fs::create_directory(path);
            fs::permissions(path, fs::perms::owner_all);
            continue;
        }
        std::ofstream(path, std::ios::binary) << (keeps_octets ? node->octets : node->synced);
        fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    }
}

namespace {

template <class Function>
Function original(const char* name)
{
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// The disk that watches this path or descriptor; null: none does.
CrashDisk* watch(const std::string& path)
{
    CrashDisk* disk = the_disk;
    return disk && disk->covers(path) ? disk : nullptr;
}

std::string path_of(int file)
{
    char path[4096];
    const auto length = ::readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

int refuse()
{
    errno = EIO;
    return -1;
}

int open_watched(int (*real)(const char*, int, ...), const char* path, int flags, mode_t mode)
{
    CrashDisk* disk = (flags & O_CREAT) != 0 ? watch(path) : nullptr;
    if (disk && !disk->may_go_on()) return refuse();
    const int file = real(path, flags, mode);
    if (disk && file >= 0) {
        disk->note_made(path, false);
        disk->note_written(path);
    }
    return file;
}

}  // namespace
}  // namespace sealpost::crash

using namespace sealpost::crash;

extern "C" {

int open(const char* path, int flags, ...)
{
    static const auto real = original<int (*)(const char*, int, ...)>("open");
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_watched(real, path, flags, mode);
}

ssize_t write(int file, const void* from, size_t count)
{
    static const auto real = original<ssize_t (*)(int, const void*, size_t)>("write");
    const auto path = the_disk.load() ? path_of(file) : std::string();
    CrashDisk* disk = watch(path);
    if (disk && !disk->may_go_on()) return refuse();
    const auto written = real(file, from, count);
    if (disk) disk->note_written(path);
    return written;
}

int ftruncate(int file, off_t size) noexcept
{
    static const auto real = original<int (*)(int, off_t)>("ftruncate");
    const auto path = path_of(file);
    CrashDisk* disk = watch(path);
    if (disk && !disk->may_go_on()) return refuse();
    const int done = real(file, size);
    if (disk) disk->note_written(path);
    return done;
}

int fsync(int file)
{
    static const auto real = original<int (*)(int)>("fsync");
    const auto path = path_of(file);
    CrashDisk* disk = watch(path + "/.");  // the folder itself may be synced, too
    if (!disk) return real(file);
    if (!disk->may_go_on() || disk->refuses_sync_of(path)) return refuse();
    disk->note_synced(path);
    return 0;  // our record is the disk
}

int rename(const char* from, const char* to) noexcept
{
    static const auto real = original<int (*)(const char*, const char*)>("rename");
    CrashDisk* disk = watch(to);
    if (disk && !disk->may_go_on()) return refuse();
    const int done = real(from, to);
    if (disk && done == 0) disk->note_renamed(from, to);
    return done;
}

int unlink(const char* path) noexcept
{
    static const auto real = original<int (*)(const char*)>("unlink");
    CrashDisk* disk = watch(path);
    if (disk && !disk->may_go_on()) return refuse();
    const int done = real(path);
    if (disk && done == 0) disk->note_removed(path);
    return done;
}

int rmdir(const char* path) noexcept
{
    static const auto real = original<int (*)(const char*)>("rmdir");
    CrashDisk* disk = watch(path);
    if (disk && !disk->may_go_on()) return refuse();
    const int done = real(path);
    if (disk && done == 0) disk->note_removed(path);
    return done;
}

int remove(const char* path) noexcept
{
    struct stat facts {};
    return ::stat(path, &facts) == 0 && S_ISDIR(facts.st_mode) ? ::rmdir(path) : ::unlink(path);
}

// std::filesystem::remove_all takes things away by their folder's descriptor.
int unlinkat(int folder, const char* name, int flags) noexcept
{
    static const auto real = original<int (*)(int, const char*, int)>("unlinkat");
    const std::string path = name[0] == '/' || folder == AT_FDCWD ? std::string(name) : path_of(folder) + "/" + name;
    CrashDisk* disk = watch(path);
    if (disk && !disk->may_go_on()) return refuse();
    const int done = real(folder, name, flags);
    if (disk && done == 0) disk->note_removed(path);
    return done;
}

int mkdir(const char* path, mode_t mode) noexcept
{
    static const auto real = original<int (*)(const char*, mode_t)>("mkdir");
    CrashDisk* disk = watch(path);
    if (disk && !disk->may_go_on()) return refuse();
    const int done = real(path, mode);
    if (disk && done == 0) disk->note_made(path, true);
    return done;
}

}  // extern "C"
