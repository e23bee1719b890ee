#pragma once

#include "sys/db/connection.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace sealpost::db {

class SqliteConnection;

// A store looked at as a file, on a connection of its own: what is copied to make a backup of it, and what a backup is.
// Others may go on writing to the store. Everything blocks: for the command line. What is no store of ours, or damaged, is
// Fault::denied; what is not there, and a name that is taken, Fault::config.
class StoreFile {
public:
    using Path = std::filesystem::path;

    [[nodiscard]] static Result<StoreFile> open(const Path& path);
    StoreFile(StoreFile&&) noexcept;
    StoreFile& operator=(StoreFile&&) noexcept;
    ~StoreFile();

    // Reads all of it.
    [[nodiscard]] Result<> check();
    // The version of each room's tables (Database::migrate).
    [[nodiscard]] Result<std::map<std::string, std::size_t>> room_versions();
    [[nodiscard]] Connection& connection();  // outside of a transaction; for looking only

    // Writes what the store holds at one moment, without the octets of what was deleted, to a new file for the owner
    // only. It is written as TO.part, and has its name when it is checked and on stable storage. Commits to the store
    // do not wait; its write-ahead log grows meanwhile. `leave_out` removes from the copy what is not to be kept, and answers
    // whether there was any: the copy is then written once more without it (beside, as TO.part.part).
    using LeaveOut = std::function<Result<bool>(Connection&)>;
    [[nodiscard]] Result<> copy_to(const Path& to, const LeaveOut& leave_out = {});

    // Puts a copy in the place of a store that nobody has open. A store that is there, with its log, is found under
    // the name `former` from then on; after a crash at any moment it is whole at one of the two names. The answer:
    // was there one?
    [[nodiscard]] Result<bool> restore_to(const Path& store, const Path& former);

private:
    StoreFile(Path path, std::unique_ptr<SqliteConnection> connection);
    Result<> write_copy(const Path& to);
    static Result<> thin_out(const Path& copy, const LeaveOut& leave_out);

    Path path_;
    std::unique_ptr<SqliteConnection> connection_;
};

}  // namespace sealpost::db
