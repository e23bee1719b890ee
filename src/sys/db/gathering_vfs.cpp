#include "sys/db/gathering_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <new>
#include <string_view>

namespace sealpost::db {
namespace {

constexpr std::size_t most_gathered = 0x1ffff;  // SQLite's file layer for Unix writes no more octets with one call

// What SQLite sees; the file of the layer below lies behind it.
struct File : sqlite3_file {
    sqlite3_file* below = nullptr;
    bool is_log = false;
    std::string gathered;
    sqlite3_int64 from = 0;  // where `gathered` belongs

    int write(std::string_view octets, sqlite3_int64 at)
    {
        if (!is_log) return below->pMethods->xWrite(below, octets.data(), static_cast<int>(octets.size()), at);
        const bool continues = at == from + static_cast<sqlite3_int64>(gathered.size());
        if (!continues || gathered.size() + octets.size() > most_gathered) {
            if (const int code = put(); code != SQLITE_OK) return code;
        }
        if (gathered.empty()) from = at;
        try {
            gathered += octets;
        } catch (const std::bad_alloc&) {  // SQLite is C
            return SQLITE_IOERR_NOMEM;
        }
        return SQLITE_OK;
    }

    int put()
    {
        if (gathered.empty()) return SQLITE_OK;
        const int code = below->pMethods->xWrite(below, gathered.data(), static_cast<int>(gathered.size()), from);
        gathered.clear();
        return code;
    }
};

File& file_of(sqlite3_file* file) { return *static_cast<File*>(file); }

// Calls the same method of the file below; with `put`, what was gathered goes first.
template <auto Method, bool is_behind_writes, class... Arguments>
int pass(sqlite3_file* file, Arguments... arguments)
{
    File& own = file_of(file);
    if (is_behind_writes)
        if (const int code = own.put(); code != SQLITE_OK) return code;
    return (own.below->pMethods->*Method)(own.below, arguments...);
}

int close(sqlite3_file* file)
{
    File& own = file_of(file);
    const int closed = own.below->pMethods->xClose(own.below);
    own.~File();  // with what was not synchronised: it is of no commit
    return closed;
}

int write(sqlite3_file* file, const void* octets, int count, sqlite3_int64 at)
{
    return file_of(file).write({static_cast<const char*>(octets), static_cast<std::size_t>(count)}, at);
}

using M = sqlite3_io_methods;

void put_shared_barrier(sqlite3_file* file)
{
    File& own = file_of(file);
    own.below->pMethods->xShmBarrier(own.below);
}

const sqlite3_io_methods methods = {
    2,  // what came later maps the file into memory
    close,
    pass<&M::xRead, true, void*, int, sqlite3_int64>,
    write,
    pass<&M::xTruncate, true, sqlite3_int64>,
    pass<&M::xSync, true, int>,
    pass<&M::xFileSize, true, sqlite3_int64*>,
    pass<&M::xLock, false, int>,
    pass<&M::xUnlock, false, int>,
    pass<&M::xCheckReservedLock, false, int*>,
    pass<&M::xFileControl, false, int, void*>,
    pass<&M::xSectorSize, false>,
    pass<&M::xDeviceCharacteristics, false>,
    pass<&M::xShmMap, false, int, int, int, void volatile**>,
    pass<&M::xShmLock, false, int, int, int>,
    put_shared_barrier,
    pass<&M::xShmUnmap, false, int>,
    nullptr,
    nullptr,
};

// On a disk without this promise SQLite writes behind the sync as well, and tells readers without another one.
bool keeps_what_is_not_written(sqlite3_file* file)
{
    return (file->pMethods->xDeviceCharacteristics(file) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
}

sqlite3_vfs* below(sqlite3_vfs* layer) { return static_cast<sqlite3_vfs*>(layer->pAppData); }

int open(sqlite3_vfs* layer, const char* name, sqlite3_file* place, int flags, int* flags_out)
{
    auto* file = new (place) File();
    file->pMethods = nullptr;
    file->below = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(place) + sizeof(File));
    const int code = below(layer)->xOpen(below(layer), name, file->below, flags, flags_out);
    if (file->below->pMethods == nullptr) {
        file->~File();
        return code;
    }
    file->pMethods = &methods;  // SQLite closes what has methods, also when opening failed
    file->is_log = (flags & SQLITE_OPEN_WAL) != 0 && keeps_what_is_not_written(file->below);
    return code;
}

// All but opening is done by the layer below, which keeps to its own name and data.
struct Layer {
    explicit Layer(sqlite3_vfs* base, std::string layer_name) : name(std::move(layer_name)), vfs(*base)
    {
        vfs.iVersion = std::min(base->iVersion, 2);
        vfs.szOsFile = static_cast<int>(sizeof(File)) + base->szOsFile;
        vfs.zName = name.c_str();
        vfs.pNext = nullptr;
        vfs.pAppData = base;
        vfs.xOpen = open;
        vfs.xDelete = [](sqlite3_vfs* v, const char* path, int sync) { return below(v)->xDelete(below(v), path, sync); };
        vfs.xAccess = [](sqlite3_vfs* v, const char* path, int flags, int* out) {
            return below(v)->xAccess(below(v), path, flags, out);
        };
        vfs.xFullPathname = [](sqlite3_vfs* v, const char* path, int room, char* out) {
            return below(v)->xFullPathname(below(v), path, room, out);
        };
        vfs.xRandomness = [](sqlite3_vfs* v, int count, char* out) { return below(v)->xRandomness(below(v), count, out); };
        vfs.xSleep = [](sqlite3_vfs* v, int microseconds) { return below(v)->xSleep(below(v), microseconds); };
        vfs.xCurrentTime = [](sqlite3_vfs* v, double* out) { return below(v)->xCurrentTime(below(v), out); };
        vfs.xGetLastError = [](sqlite3_vfs* v, int count, char* out) { return below(v)->xGetLastError(below(v), count, out); };
        vfs.xCurrentTimeInt64 = [](sqlite3_vfs* v, sqlite3_int64* out) { return below(v)->xCurrentTimeInt64(below(v), out); };
    }
    std::string name;
    sqlite3_vfs vfs;
};

}  // namespace

std::string gathering_vfs(const std::string& base)
{
    static std::mutex mutex;
    static auto& layers = *new std::map<std::string, Layer*>();  // for ever: SQLite and open files know their addresses
    const std::lock_guard lock(mutex);
    const std::string name = "gathering" + (base.empty() ? "" : "-" + base);
    sqlite3_vfs* found = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
    if (found == nullptr) return base;  // opening will say so
    auto& layer = layers[name];
    if (layer != nullptr && layer->vfs.pAppData == found) return name;
    if (layer != nullptr) sqlite3_vfs_unregister(&layer->vfs);
    layer = new Layer(found, name);
    sqlite3_vfs_register(&layer->vfs, 0);
    return name;
}

}  // namespace sealpost::db
