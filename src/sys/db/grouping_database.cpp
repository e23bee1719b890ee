#include "sys/db/grouping_database.hpp"

#include <algorithm>

namespace sealpost::db {
namespace {

Result<std::size_t> find_version(Connection& connection, const std::string& room)
{
    SEALPOST_TRY(const bool has_versions, connection.has_table("room_version"));
    if (!has_versions) return 0;
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

}  // namespace

GroupingDatabase::GroupingDatabase(Parts parts) : parts_(std::move(parts))
{
    parts_.writer->tell_damage(damage_);
    for (auto& reader : parts_.readers) reader->tell_damage(damage_);
    writer_thread_ = std::thread([this] { run_writer(); });
    for (auto& reader : parts_.readers) {
        reader_threads_.emplace_back([this, session = reader.get()] { run_reader(*session, reads_); });
    }
}

void GroupingDatabase::start(std::shared_ptr<Job> job, Kind kind, std::function<void()> done)
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

GroupingDatabase::Batch GroupingDatabase::take(Inbox& inbox, std::size_t most)
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

void GroupingDatabase::close_inbox(Inbox& inbox)
{
    {
        const std::lock_guard lock(inbox.mutex);
        inbox.is_closed = true;
    }
    inbox.changed.notify_all();
}

void GroupingDatabase::answer(Batch& batch)
{
    for (auto& waiting : batch) {
        waiting.job.reset();  // what the work captured goes before its caller continues, or with it
        waiting.done();
    }
}

void GroupingDatabase::run_writer()
{
    for (;;) {
        Batch batch = take(writes_, parts_.most_jobs);
        if (batch.empty()) return;
        const auto committed = commit_together(batch);
        if (committed.has_error()) {
            if (parts_.writer->transaction() != Session::Transaction::none) (void)parts_.writer->control("rollback");
            for (auto& waiting : batch) waiting.job->fail(committed.error());
        }
        answer(batch);
        if (parts_.after_batch) parts_.after_batch(committed.has_value());
    }
}

// All or nothing: an error means that no job of the batch took effect. The repeatable ones come first, while the
// whole transaction may still be given up for them.
Result<> GroupingDatabase::commit_together(Batch& batch)
{
    const auto once = std::stable_partition(batch.begin(), batch.end(), [](const Waiting& one) { return one.is_repeatable; });
    SEALPOST_CHECK(parts_.writer->begin_writing());
    SEALPOST_CHECK(run_repeatable({batch.begin(), once}));
    for (auto job = once; job != batch.end(); ++job) SEALPOST_CHECK(run_in_savepoint(*job->job));
    return parts_.writer->control("commit");
}

// Without savepoints, unless one of them fails: then all begin anew.
Result<> GroupingDatabase::run_repeatable(std::span<const Waiting> jobs)
{
    const auto has_worked = [this](const Waiting& one) {
        return one.job->run(*parts_.writer) && parts_.writer->transaction() == Session::Transaction::open;
    };
    if (std::ranges::all_of(jobs, has_worked)) return {};
    SEALPOST_CHECK(expect_transaction());
    SEALPOST_CHECK(parts_.writer->control("rollback"));
    SEALPOST_CHECK(parts_.writer->begin_writing());
    for (const auto& one : jobs) SEALPOST_CHECK(run_in_savepoint(*one.job));
    return {};
}

Result<> GroupingDatabase::run_in_savepoint(Job& job)
{
    SEALPOST_CHECK(parts_.writer->control("savepoint job"));
    const bool has_worked = job.run(*parts_.writer);
    const bool is_broken = parts_.writer->transaction() == Session::Transaction::broken;
    if (has_worked && is_broken) job.fail({Fault::give_up, "the store refused a statement, and its work went on"});
    if (!has_worked || is_broken) {
        SEALPOST_CHECK(expect_transaction());
        SEALPOST_CHECK(parts_.writer->control("rollback to job"));
    }
    return parts_.writer->control("release job");
}

// A full disk, for one, makes SQLite give up the whole transaction, and the others' work with it.
Result<> GroupingDatabase::expect_transaction() const
{
    if (parts_.writer->transaction() == Session::Transaction::none)
        return Error{Fault::retry_later, "the store gave up the commit (disk full?)"};
    return {};
}

void GroupingDatabase::run_reader(Session& session, Inbox& reads)
{
    for (;;) {
        Batch batch = take(reads, 1);
        if (batch.empty()) return;
        auto& job = *batch.front().job;
        if (auto begun = session.begin_reading(); begun.has_error()) {
            job.fail(begun.error());
        } else {
            job.run(session);
            (void)session.control("rollback");  // nothing was written
        }
        answer(batch);
    }
}

void GroupingDatabase::stop()
{
    std::call_once(stopped_, [this] {
        close_inbox(writes_);
        close_inbox(reads_);
        writer_thread_.join();
        for (auto& thread : reader_threads_) thread.join();
        if (parts_.at_end) parts_.at_end();
    });
}

Result<> GroupingDatabase::migrate(const std::string& room, const std::vector<std::string_view>& steps)
{
    // Asked first, without the lock that writing takes: a command that only reads waits for nobody.
    const auto version = read_now([&](Connection& connection) { return find_version(connection, room); });
    if (version.has_value() && *version == steps.size()) return {};
    if (parts_.before_update) {
        if (version.has_error()) return version.error();
        if (*version != 0 && *version < steps.size()) SEALPOST_CHECK(parts_.before_update(room, *version, steps.size()));
    }
    auto migrated = write_now([&](Connection& connection) { return run_missing_steps(connection, room, steps); });
    if (migrated.has_error()) return migrated.error().in("cannot bring the tables of " + room + " up to date");
    return {};
}

}  // namespace sealpost::db
