// Loaded before the C library (LD_PRELOAD), it makes the disk below one folder fall ill: a control file says how.
// Its first four octets are an errno that every change of a file is refused with (0: none), the next four the
// milliseconds that a sync takes longer, or -1: no sync ends before they say otherwise. The last four are an errno that only
// syncs are refused with: the writes before them have worked.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

struct Control {
    std::atomic<std::int32_t> error;
    std::atomic<std::int32_t> sync_ms;
    std::atomic<std::int32_t> sync_error;
};

Control* find_control()
{
    static Control* const control = [] {
        const char* path = std::getenv("DISK_TROUBLE");
        const int file = path ? ::open(path, O_RDWR | O_CLOEXEC) : -1;
        if (file < 0) std::abort();
        void* at = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        return static_cast<Control*>(at);
    }();
    return control;
}

template <class Function>
Function original(const char* name)
{
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

bool is_ours(const char* path)
{
    static const char* const folder = std::getenv("DISK_TROUBLE_UNDER");
    return folder && std::strncmp(path, folder, std::strlen(folder)) == 0;
}

bool is_ours(int file)
{
    char link[64], path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const auto length = ::readlink(link, path, sizeof path - 1);
    if (length <= 0) return false;
    path[length] = '\0';
    return is_ours(path);
}

template <class Target>
bool is_refused(Target target)
{
    const auto error = find_control()->error.load();
    if (error == 0 || !is_ours(target)) return false;
    errno = error;
    return true;
}

// The folder itself is ours as well: its sync is that of the names in it.
bool is_ours_to_sync(int file)
{
    static const char* const folder = std::getenv("DISK_TROUBLE_UNDER");
    char link[64], path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const auto length = ::readlink(link, path, sizeof path - 2);
    if (length <= 0 || !folder) return false;
    path[length] = '/';
    path[length + 1] = '\0';
    return std::strncmp(path, folder, std::strlen(folder)) == 0;
}

bool is_sync_refused(int file)
{
    const auto error = find_control()->sync_error.load();
    if (is_refused(file)) return true;
    if (error == 0 || !is_ours_to_sync(file)) return false;
    errno = error;
    return true;
}

void wait_for_disk(int file)
{
    if (find_control()->sync_ms == 0 || !is_ours(file)) return;
    if (find_control()->sync_ms > 0) ::usleep(static_cast<useconds_t>(find_control()->sync_ms) * 1000);
    while (find_control()->sync_ms < 0) ::usleep(1000);
}

}  // namespace

extern "C" {

int open64(const char* path, int flags, ...)
{
    static const auto real = original<int (*)(const char*, int, ...)>("open64");
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT);
    if (writes && is_ours(path) && is_refused(path)) return -1;
    return real(path, flags, mode);
}

ssize_t write(int file, const void* from, size_t count)
{
    static const auto real = original<ssize_t (*)(int, const void*, size_t)>("write");
    return is_refused(file) ? -1 : real(file, from, count);
}

ssize_t pwrite64(int file, const void* from, size_t count, off64_t at)
{
    static const auto real = original<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
    return is_refused(file) ? -1 : real(file, from, count, at);
}

int ftruncate64(int file, off64_t size)
{
    static const auto real = original<int (*)(int, off64_t)>("ftruncate64");
    return is_refused(file) ? -1 : real(file, size);
}

int unlink(const char* path)
{
    static const auto real = original<int (*)(const char*)>("unlink");
    return is_refused(path) ? -1 : real(path);
}

int rename(const char* from, const char* to)
{
    static const auto real = original<int (*)(const char*, const char*)>("rename");
    return is_refused(from) || is_refused(to) ? -1 : real(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags)
{
    static const auto real = original<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
    return is_refused(from) || is_refused(to) ? -1 : real(from_folder, from, to_folder, to, flags);
}

int mkdir(const char* path, mode_t mode)
{
    static const auto real = original<int (*)(const char*, mode_t)>("mkdir");
    const bool is_there = ::access(path, F_OK) == 0;  // which it would hear of a disk that is read-only, too
    return !is_there && is_refused(path) ? -1 : real(path, mode);
}

int fsync(int file)
{
    static const auto real = original<int (*)(int)>("fsync");
    wait_for_disk(file);
    return is_sync_refused(file) ? -1 : real(file);
}

int fdatasync(int file)
{
    static const auto real = original<int (*)(int)>("fdatasync");
    wait_for_disk(file);
    return is_sync_refused(file) ? -1 : real(file);
}

}  // extern "C"
