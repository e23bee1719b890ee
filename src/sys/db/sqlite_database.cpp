#include "sys/db/drivers.hpp"
#include "sys/db/grouping_database.hpp"
#include "sys/db/spare_file.hpp"
#include "sys/db/sqlite_connection.hpp"
#include "sys/db/wal_keeper.hpp"
#include "sys/files/look_for.hpp"
#include "sys/files/new_file.hpp"
#include "sys/files/owner.hpp"

#include <algorithm>
#include <filesystem>

namespace sealpost::db {
namespace {

// SQLite gives its log the permissions of the store: both are for the owner only from the first octet. An empty store may
// be of a program that died before it set them.
Result<> create_file(const std::string& path)
{
    SEALPOST_TRY(const bool is_there, files::look_for(path));
    std::error_code code;
    if (is_there && std::filesystem::file_size(path, code) != 0) return {};
    if (!is_there) {
        SEALPOST_CHECK(files::check_maker(files::directory_of(path)));
        const auto made = files::make_private_file(path);
        const bool was_faster = made.has_error() && made.error().fault == Fault::denied;  // another process
        if (made.has_error() && !was_faster) return Error{Fault::config, made.error().in("the store").text};
    }
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, code);
    if (code) return Error{Fault::config, "cannot set the permissions of the store " + path + ": " + code.message()};
    return {};
}

bool has_log(const std::string& path)
{
    std::error_code code;
    const auto bytes = std::filesystem::file_size(path + "-wal", code);
    return !code && bytes != 0;
}

// A log that a dead program left may have a commit whose sync failed: a disk need not have it, and the system shows it all
// the same, and syncs it no more (Linux takes pages that it could not write for clean). It would be taken for a
// commit, and what is written behind it would be lost with it when power fails. So all is copied, from memory, into the
// store, which is synced, and the log begins anew.
Result<> settle_log(SqliteConnection& writer, bool had_log, const Options& options)
{
    if (!had_log || !options.is_owner) return {};
    return writer.empty_log();
}

}  // namespace

Result<std::shared_ptr<Database>> open_sqlite(const std::string& path, const Options& options)
{
    using Role = SqliteConnection::Role;
    if (path.empty()) return Error{Fault::config, "the store needs a path"};
    const auto spare = std::make_shared<SpareFile>(path, options.spare_bytes);
    const bool was_full = spare->give_up_when_full();
    SEALPOST_CHECK(create_file(path));
    const bool had_log = has_log(path);
    GroupingDatabase::Parts parts;
    SEALPOST_TRY(auto writer, SqliteConnection::open(path, options, Role::writer));
    if (was_full) writer->checkpoint();
    SEALPOST_CHECK(settle_log(*writer, had_log, options));
    for (unsigned count = 0; count < std::max(1U, options.readers); ++count) {
        SEALPOST_TRY(auto reader, SqliteConnection::open(path, options, Role::reader));
        parts.readers.push_back(std::move(reader));
    }
    SEALPOST_TRY(auto copier, SqliteConnection::open(path, options, Role::keeper));
    // By now the log has been made. SQLite syncs the folder with its first commit, and does not look whether that failed.
    SEALPOST_CHECK(files::sync_directory(files::directory_of(path)));
    auto keeper = std::make_shared<WalKeeper>(std::move(copier), options);
    auto* const log = writer.get();  // lives as long as the database
    parts.writer = std::move(writer);
    parts.after_batch = [keeper, log, spare](bool is_committed) {
        if (is_committed)
            spare->make_when_there_is_room();
        else if (spare->give_up_when_full())
            log->checkpoint();
        keeper->tidy_after_commit(*log);
    };
    parts.at_end = [keeper, log, spare] {
        keeper->stop();
        log->checkpoint();
        spare->give_back();
    };
    parts.before_update = options.before_update;
    return std::shared_ptr<Database>(std::make_shared<GroupingDatabase>(std::move(parts)));
}

}  // namespace sealpost::db
