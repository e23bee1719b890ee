// db: the store. One Database per data directory; rooms hand it work, which runs inside a transaction
// on a thread of the database, never on a worker. Writes of many callers share one commit: a failing one
// undoes only itself, and all are answered after the commit is on stable storage. Reads run beside on their
// own connections and see one snapshot each.
// SQLite (WAL, synchronous=FULL) in a file of one node, or PostgreSQL, which many nodes share: doc/spec/store.md.
// Measured in doc/spec/queue.md: some 3,000 durable messages a second one by one, 13,000 by 200 tasks.
// Any thread may call. A busy or full store is Fault::retry_later; what the SQL refuses is Fault::give_up;
// data of a newer version of the program is Fault::config. At the end: first stop the tasks, then
// close(), then let the workers go, since answers are posted to the callers' executors.
#pragma once

#include "base/result.hpp"
#include "sys/async/task.hpp"
#include "sys/db/connection.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sealpost::db {

struct Options {
    unsigned readers = 2;
    int page_bytes = 4096;           // of a new store
    std::string vfs;                 // SQLite's file layer by name; empty: the ordinary one. For crash tests
    int log_copy_frames = 2000;      // see WalKeeper; fewer for crash tests
    int log_restart_frames = 16000;  // the same
    // Whose store it is, or alone with it: a log that a dead program left is emptied before anything is written. False: the
    // command line, beside a program that may run.
    bool is_owner = true;
    std::uint64_t spare_bytes = 0;  // of a file beside the store that a full disk gives back, see SpareFile
    // Asked before tables that are there, of `holds` versions, are brought to `knows`; its error is migrate()'s. Without it
    // they are.
    std::function<Result<>(const std::string& room, std::size_t holds, std::size_t knows)> before_update = {};
};

[[nodiscard]] bool is_postgres(std::string_view url);

template <class Work>
concept ConnectionWork = std::is_invocable_v<Work&, Connection&>;

class Database {
public:
    // A path, or "sqlite:PATH": creates the file (not the directory) when it is missing. Or "postgresql://…", as libpq
    // reads it: the database must be there.
    [[nodiscard]] static Result<std::shared_ptr<Database>> open(const std::string& url_or_path, Options options = {});

    Database() = default;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    virtual ~Database() = default;  // finishes what waits, like close()

    // Runs work(Connection&) -> Result<T> in a savepoint of the next shared commit. An error from the
    // work undoes it and is the answer. The work runs once. Cancelling the caller does not stop it.
    // With g++ 12 give the work a name first: `auto work = [=](db::Connection& c) -> Result<int> {…};
    // auto answer = co_await database.write(std::move(work));`
    template <ConnectionWork Work>
    auto write(Work work)
    {
        return submit(make_job(std::move(work)), Kind::write);
    }
    template <class T>
    Task<Result<T>> write(std::function<Result<T>(Connection&)> work)
    {
        return submit(make_job(std::move(work)), Kind::write);
    }

    // The same for work that may run twice, the first time without effect: it needs no savepoint of its own, which
    // would copy each page that it changes. For what is written often, and hardly ever fails.
    template <ConnectionWork Work>
    auto write_repeatable(Work work)
    {
        return submit(make_job(std::move(work)), Kind::repeatable_write);
    }

    // The same on a reader connection, over one snapshot.
    template <ConnectionWork Work>
    auto read(Work work)
    {
        return submit(make_job(std::move(work)), Kind::read);
    }
    template <class T>
    Task<Result<T>> read(std::function<Result<T>(Connection&)> work)
    {
        return submit(make_job(std::move(work)), Kind::read);
    }

    // The calling thread waits: for the command line, start-up and tests, never for a worker.
    template <ConnectionWork Work>
    auto write_now(Work work)
    {
        return run_now(make_job(std::move(work)), Kind::write);
    }
    template <ConnectionWork Work>
    auto read_now(Work work)
    {
        return run_now(make_job(std::move(work)), Kind::read);
    }

    // A write that nobody waits for (tidying up); its failure is forgotten. close() finishes it.
    template <ConnectionWork Work>
    void post(Work work)
    {
        start(make_job(std::move(work)), Kind::write, [] {});
    }

    // Brings a room's tables to steps.size() versions; step n is the SQL from version n to n + 1.
    // A store that is already further is of a newer program and is refused (Fault::config). Options::before_update has a
    // say before tables that are there change.
    // Synchronous; called while the program starts.
    [[nodiscard]] virtual Result<> migrate(const std::string& room, const std::vector<std::string_view>& steps) = 0;

    // Whether the store has said that what it holds is damaged, since it was opened. What is whole can still be read and
    // written, but nobody knows how long.
    [[nodiscard]] virtual bool is_damaged() const { return false; }

    // Finishes what waits, refuses what comes later (Fault::cancelled), folds the log into the store.
    virtual void close() = 0;

protected:
    enum class Kind { read, write, repeatable_write };

    // A piece of work with a place for its answer. run() fills the place; fail() replaces the answer
    // when the transaction around it failed.
    struct Job {
        virtual ~Job() = default;
        virtual bool run(Connection& connection) = 0;  // false: roll back
        virtual void fail(const Error& error) = 0;
    };
    // `done` is called once, on a thread of the database.
    virtual void start(std::shared_ptr<Job> job, Kind kind, std::function<void()> done) = 0;

private:
    template <class Answer, class Work>
    struct TypedJob final : Job {
        explicit TypedJob(Work w) : work(std::move(w)) {}
        bool run(Connection& connection) override
        {
            broken_promise = nullptr;
            try {
                answer.emplace(work(connection));
            } catch (...) {
                broken_promise = std::current_exception();
                return false;
            }
            return answer->has_value();
        }
        void fail(const Error& error) override
        {
            broken_promise = nullptr;
            answer.emplace(error);
        }
        Answer take_answer()
        {
            if (broken_promise) std::rethrow_exception(broken_promise);
            return std::move(*answer);
        }
        Work work;
        std::optional<Answer> answer;
        std::exception_ptr broken_promise;  // what the work threw, for its caller
    };

    template <class Work>
    static auto make_job(Work work)
    {
        using Answer = std::invoke_result_t<Work&, Connection&>;
        return std::make_shared<TypedJob<Answer, Work>>(std::move(work));
    }

    template <class Answer, class Work>
    Task<Answer> submit(std::shared_ptr<TypedJob<Answer, Work>> job, Kind kind)
    {
        co_await wait_for(job, kind);
        co_return job->take_answer();
    }

    template <class Answer, class Work>
    Answer run_now(std::shared_ptr<TypedJob<Answer, Work>> job, Kind kind)
    {
        block_for(job, kind);
        return job->take_answer();
    }

    Task<void> wait_for(std::shared_ptr<Job> job, Kind kind);
    void block_for(const std::shared_ptr<Job>& job, Kind kind);
};

}  // namespace sealpost::db
