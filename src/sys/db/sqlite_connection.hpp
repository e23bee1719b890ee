#pragma once

#include "sys/db/database.hpp"
#include "sys/db/session.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace sealpost::db {

// One SQLite connection with its cache of prepared statements. Used by one thread at a time.
class SqliteConnection final : public Session {
public:
    enum class Role { writer, reader, keeper };  // keeper: copies the write-ahead log into the store

    [[nodiscard]] static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path, const Options& options,
                                                                        Role role);
    // A store that is there, whose settings stay as they are. For StoreFile.
    [[nodiscard]] static Result<std::unique_ptr<SqliteConnection>> open_existing(const std::string& path);
    ~SqliteConnection() override;

    Statement prepare(std::string_view sql) override;
    Result<> execute(std::string_view sql) override;
    std::int64_t last_insert_id() override;
    int changes() const override;
    Result<bool> has_table(std::string_view name) override;
    Result<> overwrite_deleted() override;
    Result<std::int64_t> reusable_bytes() override;

    Result<> begin_writing() override;
    Result<> begin_reading() override;
    Result<> control(std::string_view sql) override;
    Transaction transaction() const override;

    // Frames in the write-ahead log after the last commit of this connection.
    [[nodiscard]] int wal_frames() const { return wal_frames_; }
    // Copies what it can without waiting for anybody.
    void checkpoint();
    // Copies all of it and cuts it to nothing. Only a disk that fails is an error: others may be at work in the store, and on
    // a full disk the log stays as it is.
    [[nodiscard]] Result<> empty_log();

private:
    class Cached;
    explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}
    Result<> configure(const Options& options, Role role);
    [[nodiscard]] Error take_error() const;  // the last one
    Result<sqlite3_stmt*> compile(std::string_view sql);
    void keep(std::unique_ptr<PreparedStatement> statement);

    sqlite3* handle_;
    int wal_frames_ = 0;
    std::unordered_map<std::string, std::vector<std::unique_ptr<PreparedStatement>>> idle_;  // by their SQL; all are Cached
};

}  // namespace sealpost::db
