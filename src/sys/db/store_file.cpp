#include "sys/db/store_file.hpp"

#include "sys/db/sqlite_connection.hpp"
#include "sys/files/files.hpp"
#include "sys/files/new_file.hpp"

#include <array>
#include <string_view>

namespace sealpost::db {
namespace {

using Path = StoreFile::Path;

// The store, its write-ahead log, and the index of that.
constexpr std::array<std::string_view, 3> suffixes = {"", "-wal", "-shm"};

Path with_suffix(const Path& path, std::string_view suffix) { return path.string() + std::string(suffix); }

Path part_of(const Path& path) { return with_suffix(path, ".part"); }

// Both names first, then the former one goes: no moment parts a store from its log.
Result<bool> set_aside(const Path& store, const Path& former)
{
    bool is_any = false;
    for (const auto suffix : suffixes) {
        if (!files::is_there(with_suffix(store, suffix))) continue;
        SEALPOST_CHECK(files::link_file(with_suffix(store, suffix), with_suffix(former, suffix)));
        is_any = true;
    }
    SEALPOST_CHECK(files::sync_directory(files::directory_of(former)));
    for (const auto suffix : suffixes) {
        SEALPOST_CHECK(files::remove_file(with_suffix(store, suffix)));
        SEALPOST_CHECK(files::sync_directory(files::directory_of(store)));
    }
    return is_any;
}

}  // namespace

StoreFile::StoreFile(Path path, std::unique_ptr<SqliteConnection> connection)
    : path_(std::move(path)), connection_(std::move(connection))
{
}

StoreFile::StoreFile(StoreFile&&) noexcept = default;
StoreFile& StoreFile::operator=(StoreFile&&) noexcept = default;
StoreFile::~StoreFile() = default;

Connection& StoreFile::connection() { return *connection_; }

Result<StoreFile> StoreFile::open(const Path& path)
{
    if (!files::is_there(path)) return Error{Fault::config, "there is no file " + path.string()};
    SEALPOST_TRY(auto connection, SqliteConnection::open_existing(path.string()));
    StoreFile file(path, std::move(connection));
    auto versions = file.room_versions();
    if (versions.has_error() && versions.error().fault == Fault::retry_later) return versions.error();
    if (versions.has_error()) {
        return Error{Fault::denied, path.string() + " is no store of Sealpost, or damaged (" + versions.error().text + ")"};
    }
    return file;
}

Result<> StoreFile::check()
{
    auto problems = connection_->prepare("pragma integrity_check(1)");
    const auto found = problems.step();
    if (found.has_error() && found.error().fault == Fault::retry_later) return found.error();
    const std::string said = found.has_error() ? found.error().text : *found ? problems.column_text(0) : "";
    if (said == "ok") return {};
    return Error{Fault::denied, path_.string() + " is damaged: " + said};
}

Result<std::map<std::string, std::size_t>> StoreFile::room_versions()
{
    std::map<std::string, std::size_t> versions;
    auto rows = connection_->prepare("select room, version from room_version");
    for (;;) {
        SEALPOST_TRY(const bool is_row, rows.step());
        if (!is_row) return versions;
        versions.emplace(rows.column_text(0), static_cast<std::size_t>(rows.column_int(1)));
    }
}

// "vacuum into" reads one snapshot, and writes it anew without sync.
Result<> StoreFile::write_copy(const Path& to)
{
    SEALPOST_CHECK(files::make_private_file(to));
    const auto write = [&]() -> Result<> {
        SEALPOST_CHECK(connection_->prepare("vacuum into ?1").bind(1, to.string()).run());
        {
            SEALPOST_TRY(auto copy, StoreFile::open(to));
            SEALPOST_CHECK(copy.check());
        }
        return files::sync_file(to);
    };
    auto written = write();
    if (written.has_error()) (void)files::remove_file(to);
    return written;
}

// Not by "vacuum", which would write a file of temporary size wherever the system keeps those.
Result<> StoreFile::thin_out(const Path& copy, const LeaveOut& leave_out)
{
    const Path thin = part_of(copy);
    SEALPOST_CHECK(files::remove_file(thin));  // of a copy that was broken off
    {
        SEALPOST_TRY(auto file, StoreFile::open(copy));
        SEALPOST_TRY(const bool was_any, leave_out(file.connection()));
        if (!was_any) return {};
        SEALPOST_CHECK(file.write_copy(thin));
    }
    SEALPOST_CHECK(files::remove_file(copy));  // nobody's yet: it has another name until it is whole
    auto moved = files::move_file(thin, copy);
    if (moved.has_error()) (void)files::remove_file(thin);
    return moved;
}

Result<> StoreFile::copy_to(const Path& to, const LeaveOut& leave_out)
{
    if (files::is_there(to)) return Error{Fault::config, to.string() + " exists, and is not replaced"};
    const Path part = part_of(to);
    if (files::is_there(part)) {
        return Error{Fault::config,
                     part.string() + " exists: another copy is being written there, or was broken off; then remove it"};
    }
    SEALPOST_CHECK(write_copy(part));
    auto moved = leave_out ? thin_out(part, leave_out) : Result<>();
    if (moved.has_value()) moved = files::move_file(part, to);
    if (moved.has_error()) (void)files::remove_file(part);
    return moved;
}

Result<bool> StoreFile::restore_to(const Path& store, const Path& former)
{
    const Path part = part_of(store);
    SEALPOST_CHECK(files::remove_file(part));  // of a restore that was broken off
    SEALPOST_CHECK(write_copy(part));
    SEALPOST_TRY(const bool was_there, set_aside(store, former));
    SEALPOST_CHECK(files::move_file(part, store));
    return was_there;
}

}  // namespace sealpost::db
