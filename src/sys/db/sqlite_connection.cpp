#include "sys/db/sqlite_connection.hpp"

#include "sys/db/gathering_vfs.hpp"
#include "sys/files/owner.hpp"

#include <sqlite3.h>

namespace sealpost::db {
namespace {

constexpr int busy_timeout_ms = 5000;
constexpr std::size_t max_cached_texts = 256;
// What was written lately is erased soon, page by page; a reader's pages are of no more use after the next commit.
constexpr std::size_t writer_cache_bytes = std::size_t{64} << 20;
constexpr std::size_t reader_cache_bytes = std::size_t{16} << 20;

Fault fault_of(int code)
{
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_NOMEM:
        case SQLITE_INTERRUPT:
        // The disk was there when the store was opened, and may be again: one that fell ill is remounted for reading.
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY: return Fault::retry_later;
        case SQLITE_PERM:
        case SQLITE_NOTADB: return Fault::config;
        default: return Fault::give_up;
    }
}

Error error_of(sqlite3* handle)
{
    const int code = handle ? sqlite3_extended_errcode(handle) : SQLITE_NOMEM;
    const std::string text = handle ? sqlite3_errmsg(handle) : "out of memory";
    if ((code & 0xff) == SQLITE_FULL) return {Fault::retry_later, "the store's disk is full"};
    if ((code & 0xff) == SQLITE_BUSY) return {Fault::retry_later, "the store is busy with another process"};
    return {fault_of(code), "store: " + text + " (SQLite code " + std::to_string(code) + ")"};
}

// At the start a disk that cannot be written is the operator's to mend, not to wait for.
Error error_of_opening(sqlite3* handle, const std::string& path, Error error)
{
    const int code = handle ? sqlite3_extended_errcode(handle) & 0xff : SQLITE_NOMEM;
    const std::string context = "cannot open the store " + path;
    if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY) return error.in(context);
    error.fault = Fault::config;
    for (const char* suffix : {"", "-wal", "-shm"})
        if (const auto usable = files::check_use(path + suffix); usable.has_error()) return usable.error().in(context);
    return error.in(context);
}

// The count of its memory has one lock for all threads, which is met at nearly every step of a statement; nobody asks
// for the count.
void configure_library() { [[maybe_unused]] static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// Stands in for a statement that could not be compiled, so that the error shows where rows are read.
class BrokenStatement final : public PreparedStatement {
public:
    explicit BrokenStatement(Error error) : error_(std::move(error)) {}
    void bind_integer(int, std::int64_t) override {}
    void bind_text(int, std::string_view, bool) override {}
    void bind_blob(int, ByteView, bool) override {}
    void bind_null(int) override {}
    Result<bool> step() override { return error_; }
    void rewind() override {}
    bool is_null(int) const override { return true; }
    std::int64_t integer(int) const override { return 0; }
    std::string_view bytes(int) const override { return {}; }

private:
    Error error_;
};

}  // namespace

class SqliteConnection::Cached final : public PreparedStatement {
public:
    Cached(const SqliteConnection& connection, sqlite3_stmt* statement, std::string sql)
        : connection_(connection), statement_(statement), sql_(std::move(sql))
    {
    }
    ~Cached() override { sqlite3_finalize(statement_); }
    Cached(const Cached&) = delete;
    Cached& operator=(const Cached&) = delete;

    [[nodiscard]] const std::string& sql() const { return sql_; }

    void bind_integer(int index, std::int64_t value) override { note(sqlite3_bind_int64(statement_, index, value)); }
    void bind_text(int index, std::string_view text, bool in_place) override
    {
        const char* data = text.empty() ? "" : text.data();
        note(sqlite3_bind_text64(statement_, index, data, text.size(), in_place ? SQLITE_STATIC : SQLITE_TRANSIENT, SQLITE_UTF8));
    }
    void bind_blob(int index, ByteView bytes, bool in_place) override
    {
        if (bytes.empty()) {
            note(sqlite3_bind_zeroblob(statement_, index, 0));
            return;
        }
        note(sqlite3_bind_blob64(statement_, index, bytes.data(), bytes.size(), in_place ? SQLITE_STATIC : SQLITE_TRANSIENT));
    }
    void bind_null(int index) override { note(sqlite3_bind_null(statement_, index)); }

    Result<bool> step() override
    {
        if (bind_fault_) return *bind_fault_;
        switch (sqlite3_step(statement_)) {
            case SQLITE_ROW: return true;
            case SQLITE_DONE: return false;
            default: {
                auto error = connection_.take_error();
                sqlite3_reset(statement_);
                return error;
            }
        }
    }

    void rewind() override
    {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
        bind_fault_.reset();
    }

    bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
    std::string_view bytes(int column) const override
    {
        const void* data = sqlite3_column_type(statement_, column) == SQLITE_BLOB
                               ? sqlite3_column_blob(statement_, column)
                               : static_cast<const void*>(sqlite3_column_text(statement_, column));
        const int size = sqlite3_column_bytes(statement_, column);
        return data ? std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size)) : std::string_view();
    }

private:
    void note(int code)
    {
        if (code != SQLITE_OK && !bind_fault_) bind_fault_ = connection_.take_error();
    }

    const SqliteConnection& connection_;  // has it in its cache, or gave it away for one use
    sqlite3_stmt* statement_;
    std::string sql_;
    std::optional<Error> bind_fault_;
};

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path, const Options& options, Role role)
{
    configure_library();
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const std::string vfs = role == Role::writer ? gathering_vfs(options.vfs) : options.vfs;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
    if (code != SQLITE_OK) return error_of_opening(handle, path, error_of(handle));
    auto configured = connection->configure(options, role);
    if (configured.has_error()) return error_of_opening(handle, path, configured.error());
    return connection;
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open_existing(const std::string& path)
{
    configure_library();
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
    if (code != SQLITE_OK) return error_of_opening(handle, path, error_of(handle));
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    auto configured = connection->execute("pragma trusted_schema = off");
    if (configured.has_error()) return error_of_opening(handle, path, configured.error());
    return connection;
}

SqliteConnection::~SqliteConnection()
{
    idle_.clear();
    sqlite3_close_v2(handle_);
}

Result<> SqliteConnection::configure(const Options& options, Role role)
{
    sqlite3_busy_timeout(handle_, busy_timeout_ms);
    // synchronous=FULL: "the WAL is synced after each transaction commit", which the 250 stands on.
    SEALPOST_CHECK(execute("pragma page_size = " + std::to_string(options.page_bytes) +
                           "; pragma cache_spill = off;"
                           "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;"
                           "pragma temp_store = memory; pragma trusted_schema = off; pragma cache_size = -" +
                           std::to_string((role == Role::writer ? writer_cache_bytes : reader_cache_bytes) / 1024) +
                           "; pragma secure_delete = off; pragma journal_size_limit = 67108864;"));
    if (role == Role::reader) SEALPOST_CHECK(execute("pragma query_only = on;"));
    // Commits never stop to copy the log into the store; see WalKeeper.
    sqlite3_wal_autocheckpoint(handle_, 0);
    if (role == Role::writer) {
        sqlite3_wal_hook(
            handle_,
            [](void* self, sqlite3*, const char*, int frames) {
                static_cast<SqliteConnection*>(self)->wal_frames_ = frames;
                return SQLITE_OK;
            },
            this);
    }
    return {};
}

Error SqliteConnection::take_error() const
{
    const int code = sqlite3_extended_errcode(handle_) & 0xff;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) note_damage();
    return error_of(handle_);
}

Result<sqlite3_stmt*> SqliteConnection::compile(std::string_view sql)
{
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return take_error();
    return statement;
}

Statement SqliteConnection::prepare(std::string_view sql)
{
    std::string text(sql);
    std::unique_ptr<PreparedStatement> cached;
    if (const auto found = idle_.find(text); found != idle_.end() && !found->second.empty()) {
        cached = std::move(found->second.back());
        found->second.pop_back();
    } else {
        auto compiled = compile(sql);
        if (compiled.has_error()) return Statement(std::make_shared<BrokenStatement>(compiled.error()));
        cached = std::make_unique<Cached>(*this, *compiled, std::move(text));
    }
    return Statement(std::shared_ptr<PreparedStatement>(
        cached.release(), [this](PreparedStatement* used) { keep(std::unique_ptr<PreparedStatement>(used)); }));
}

void SqliteConnection::keep(std::unique_ptr<PreparedStatement> statement)
{
    statement->rewind();
    const std::string& sql = static_cast<Cached&>(*statement).sql();
    auto found = idle_.find(sql);
    if (found == idle_.end()) {
        if (idle_.size() >= max_cached_texts) return;
        found = idle_.try_emplace(sql).first;
    }
    found->second.push_back(std::move(statement));
}

Result<> SqliteConnection::execute(std::string_view sql)
{
    if (sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return take_error();
    return {};
}

std::int64_t SqliteConnection::last_insert_id() { return sqlite3_last_insert_rowid(handle_); }
int SqliteConnection::changes() const { return sqlite3_changes(handle_); }

Result<bool> SqliteConnection::has_table(std::string_view name)
{
    return prepare("select 1 from sqlite_master where type = 'table' and name = ?").bind(1, name).step();
}

Result<> SqliteConnection::overwrite_deleted() { return execute("pragma secure_delete = fast"); }

Result<std::int64_t> SqliteConnection::reusable_bytes()
{
    auto row = prepare("select freelist_count * page_size from pragma_freelist_count, pragma_page_size");
    SEALPOST_CHECK(row.step());
    return row.column_int(0);
}

Result<> SqliteConnection::begin_writing() { return control("begin immediate"); }
Result<> SqliteConnection::begin_reading() { return control("begin"); }
Result<> SqliteConnection::control(std::string_view sql) { return prepare(sql).run(); }

// A statement that fails leaves the transaction as it was before it.
Session::Transaction SqliteConnection::transaction() const
{
    return sqlite3_get_autocommit(handle_) == 0 ? Transaction::open : Transaction::none;
}

void SqliteConnection::checkpoint()
{
    // A failure leaves the log as it is: nothing is lost, the next one tries again.
    sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

Result<> SqliteConnection::empty_log()
{
    const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if ((code & 0xff) == SQLITE_IOERR) return take_error().in("cannot copy the log that the last program left");
    return {};
}

}  // namespace sealpost::db
