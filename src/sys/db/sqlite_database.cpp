#include "sys/db/database.hpp"
#include "sys/db/sqlite_connection.hpp"
#include "sys/db/wal_keeper.hpp"
#include "sys/files/look_for.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <span>
#include <thread>

namespace sealpost::db {
namespace {

// Jobs of one commit. More would make the first caller wait long for the last one's work.
constexpr std::size_t max_jobs_per_commit = 512;

class SqliteDatabase final : public Database {
public:
    SqliteDatabase(std::unique_ptr<SqliteConnection> writer, std::vector<std::unique_ptr<SqliteConnection>> readers,
                   std::unique_ptr<SqliteConnection> keeper, const Options& options);
    ~SqliteDatabase() override { stop(); }

    Result<> migrate(const std::string& room, const std::vector<std::string_view>& steps) override;
    void close() override { stop(); }

protected:
    void start(std::shared_ptr<Job> job, Kind kind, std::function<void()> done) override;

private:
    struct Waiting {
        std::shared_ptr<Job> job;
        std::function<void()> done;
        bool is_repeatable = false;
    };
    using Batch = std::vector<Waiting>;

    // What waits for one kind of thread.
    struct Inbox {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<Waiting> waiting;  // by mutex
        bool is_closed = false;       // by mutex
    };

    static Batch take(Inbox& inbox, std::size_t most);  // empty: closed and nothing left
    static void close_inbox(Inbox& inbox);
    static void answer(Batch& batch);

    void run_writer();
    void run_reader(SqliteConnection& connection);
    Result<> commit_together(Batch& batch);
    Result<> run_repeatable(std::span<const Waiting> jobs);
    Result<> run_in_savepoint(Job& job);
    [[nodiscard]] Result<> expect_transaction() const;
    void stop();

    std::unique_ptr<SqliteConnection> writer_;                // of writer_thread_
    std::vector<std::unique_ptr<SqliteConnection>> readers_;  // each of one reader thread
    WalKeeper keeper_;
    Inbox writes_;
    Inbox reads_;
    std::once_flag stopped_;
    std::thread writer_thread_;
    std::vector<std::thread> reader_threads_;
};

SqliteDatabase::SqliteDatabase(std::unique_ptr<SqliteConnection> writer, std::vector<std::unique_ptr<SqliteConnection>> readers,
                               std::unique_ptr<SqliteConnection> keeper, const Options& options)
    : writer_(std::move(writer)), readers_(std::move(readers)), keeper_(std::move(keeper), options)
{
    writer_thread_ = std::thread([this] { run_writer(); });
    for (auto& reader : readers_) {
        reader_threads_.emplace_back([this, connection = reader.get()] { run_reader(*connection); });
    }
}

void SqliteDatabase::start(std::shared_ptr<Job> job, Kind kind, std::function<void()> done)
{
    Inbox& inbox = kind == Kind::read ? reads_ : writes_;
    bool is_taken = false;
    {
        const std::lock_guard lock(inbox.mutex);
        is_taken = !inbox.is_closed;
        if (is_taken) inbox.waiting.push_back({std::move(job), std::move(done), kind == Kind::repeatable_write});
    }
    if (is_taken) {
        inbox.changed.notify_one();
        return;
    }
    job->fail({Fault::cancelled, "the store is closed"});
    job.reset();
    done();
}

SqliteDatabase::Batch SqliteDatabase::take(Inbox& inbox, std::size_t most)
{
    std::unique_lock lock(inbox.mutex);
    inbox.changed.wait(lock, [&] { return !inbox.waiting.empty() || inbox.is_closed; });
    Batch batch;
    while (!inbox.waiting.empty() && batch.size() < most) {
        batch.push_back(std::move(inbox.waiting.front()));
        inbox.waiting.pop_front();
    }
    return batch;
}

void SqliteDatabase::close_inbox(Inbox& inbox)
{
    {
        const std::lock_guard lock(inbox.mutex);
        inbox.is_closed = true;
    }
    inbox.changed.notify_all();
}

void SqliteDatabase::answer(Batch& batch)
{
    for (auto& waiting : batch) {
        waiting.job.reset();  // what the work captured goes before its caller continues, or with it
        waiting.done();
    }
}

void SqliteDatabase::run_writer()
{
    for (;;) {
        Batch batch = take(writes_, max_jobs_per_commit);
        if (batch.empty()) return;
        if (auto committed = commit_together(batch); committed.has_error()) {
            if (writer_->is_in_transaction()) (void)writer_->execute("rollback");
            for (auto& waiting : batch) waiting.job->fail(committed.error());
        }
        answer(batch);
        keeper_.tidy_after_commit(*writer_);
    }
}

// All or nothing: an error means that no job of the batch took effect. The repeatable ones come first, while the
// whole transaction may still be given up for them.
Result<> SqliteDatabase::commit_together(Batch& batch)
{
    const auto once = std::stable_partition(batch.begin(), batch.end(), [](const Waiting& one) { return one.is_repeatable; });
    SEALPOST_CHECK(writer_->prepare("begin immediate").run());
    SEALPOST_CHECK(run_repeatable({batch.begin(), once}));
    for (auto job = once; job != batch.end(); ++job) SEALPOST_CHECK(run_in_savepoint(*job->job));
    return writer_->prepare("commit").run();
}

// Without savepoints, unless one of them fails: then all begin anew.
Result<> SqliteDatabase::run_repeatable(std::span<const Waiting> jobs)
{
    const auto has_worked = [this](const Waiting& one) { return one.job->run(*writer_) && writer_->is_in_transaction(); };
    if (std::ranges::all_of(jobs, has_worked)) return {};
    SEALPOST_CHECK(expect_transaction());
    SEALPOST_CHECK(writer_->prepare("rollback").run());
    SEALPOST_CHECK(writer_->prepare("begin immediate").run());
    for (const auto& one : jobs) SEALPOST_CHECK(run_in_savepoint(*one.job));
    return {};
}

Result<> SqliteDatabase::run_in_savepoint(Job& job)
{
    SEALPOST_CHECK(writer_->prepare("savepoint job").run());
    if (!job.run(*writer_)) {
        SEALPOST_CHECK(expect_transaction());
        SEALPOST_CHECK(writer_->prepare("rollback to job").run());
    }
    return writer_->prepare("release job").run();
}

// A full disk, for one, makes SQLite give up the whole transaction, and the others' work with it.
Result<> SqliteDatabase::expect_transaction() const
{
    if (!writer_->is_in_transaction()) return Error{Fault::retry_later, "the store gave up the commit (disk full?)"};
    return {};
}

void SqliteDatabase::run_reader(SqliteConnection& connection)
{
    for (;;) {
        Batch batch = take(reads_, 1);
        if (batch.empty()) return;
        auto& job = *batch.front().job;
        if (auto begun = connection.prepare("begin").run(); begun.has_error()) {
            job.fail(begun.error());
        } else {
            job.run(connection);
            (void)connection.prepare("rollback").run();  // nothing was written
        }
        answer(batch);
    }
}

void SqliteDatabase::stop()
{
    std::call_once(stopped_, [this] {
        close_inbox(writes_);
        close_inbox(reads_);
        writer_thread_.join();
        for (auto& thread : reader_threads_) thread.join();
        keeper_.stop();
        writer_->checkpoint();
    });
}

Result<std::size_t> find_version(Connection& connection, const std::string& room)
{
    auto find = connection.prepare("select version from room_version where room = ?");
    SEALPOST_TRY(const bool is_known, find.bind(1, room).step());
    return is_known ? static_cast<std::size_t>(find.column_int(0)) : 0;
}

Result<> run_missing_steps(Connection& connection, const std::string& room, const std::vector<std::string_view>& steps)
{
    SEALPOST_CHECK(
        connection.execute("create table if not exists room_version "
                           "(room text primary key, version bigint not null)"));
    SEALPOST_TRY(const auto version, find_version(connection, room));
    if (version > steps.size()) {
        return Error{Fault::config, "the store holds " + room + " data of version " + std::to_string(version) +
                                        ", and this program knows versions up to " + std::to_string(steps.size()) +
                                        ": use the newer program, or restore a backup made before the upgrade"};
    }
    for (std::size_t step = version; step < steps.size(); ++step) SEALPOST_CHECK(connection.execute(steps[step]));
    return connection
        .prepare(
            "insert into room_version (room, version) values (?, ?) "
            "on conflict (room) do update set version = excluded.version")
        .bind(1, room)
        .bind(2, steps.size())
        .run();
}

Result<> SqliteDatabase::migrate(const std::string& room, const std::vector<std::string_view>& steps)
{
    // Asked first, without the lock that writing takes: a command that only reads waits for nobody.
    const auto version = read_now([&](Connection& connection) { return find_version(connection, room); });
    if (version.has_value() && *version == steps.size()) return {};
    auto migrated = write_now([&](Connection& connection) { return run_missing_steps(connection, room, steps); });
    if (migrated.has_error()) return migrated.error().in("cannot bring the tables of " + room + " up to date");
    return {};
}

// SQLite gives its log the permissions of the store: both are for the owner only from the first octet. An empty store may
// be of a program that died before it set them.
Result<> create_file(const std::string& path)
{
    SEALPOST_TRY(const bool is_there, files::look_for(path));
    std::error_code code;
    if (is_there && std::filesystem::file_size(path, code) != 0) return {};
    if (!is_there && !std::ofstream(path, std::ios::app)) return Error{Fault::config, "cannot create the store " + path};
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, code);
    if (code) return Error{Fault::config, "cannot set the permissions of the store " + path + ": " + code.message()};
    return {};
}

}  // namespace

Result<std::shared_ptr<Database>> Database::open(const std::string& url_or_path, Options options)
{
    using Role = SqliteConnection::Role;
    if (url_or_path.starts_with("postgresql:") || url_or_path.starts_with("postgres:")) {
        return Error{Fault::config, "this version stores in SQLite only: use \"sqlite:\" or a path"};
    }
    const std::string path = url_or_path.starts_with("sqlite:") ? url_or_path.substr(7) : url_or_path;
    if (path.empty()) return Error{Fault::config, "the store needs a path"};
    SEALPOST_CHECK(create_file(path));
    SEALPOST_TRY(auto writer, SqliteConnection::open(path, options, Role::writer));
    std::vector<std::unique_ptr<SqliteConnection>> readers;
    for (unsigned count = 0; count < std::max(1U, options.readers); ++count) {
        SEALPOST_TRY(auto reader, SqliteConnection::open(path, options, Role::reader));
        readers.push_back(std::move(reader));
    }
    SEALPOST_TRY(auto keeper, SqliteConnection::open(path, options, Role::keeper));
    return std::shared_ptr<Database>(
        std::make_shared<SqliteDatabase>(std::move(writer), std::move(readers), std::move(keeper), options));
}

}  // namespace sealpost::db
