#pragma once

#include "sys/db/database.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

namespace sealpost::test {

// A PostgreSQL database (tests/postgres/run.py); null: the stores of tests are files.
inline const char* shared_store() { return std::getenv("SEALPOST_TEST_STORE"); }

// The store of a test: the file at `path`, or a schema of its own in the shared store, which lasts as long as an empty
// file at `path`.
inline Result<std::shared_ptr<db::Database>> open_store(const std::string& path, const db::Options& options = {})
{
    const char* const shared = shared_store();
    if (!shared) return db::Database::open(path, options);
    const auto schema = "t" + std::to_string(std::hash<std::string>()(path));
    if (!std::filesystem::exists(path)) {
        SEALPOST_TRY(const auto whole, db::Database::open(shared));
        SEALPOST_CHECK(whole->write_now([&](db::Connection& connection) {
            return connection.execute("drop schema if exists " + schema + " cascade; create schema " + schema);
        }));
        std::ofstream(path).flush();
    }
    return db::Database::open(std::string(shared) + "&options=-csearch_path%3D" + schema, options);
}

// Both throw where the store refuses.
inline void execute(db::Database& database, std::string sql)
{
    auto work = [sql = std::move(sql)](db::Connection& connection) { return connection.execute(sql); };
    database.write_now(std::move(work)).value();
}

// The single number that a query answers.
inline std::int64_t ask_number(db::Database& database, std::string sql)
{
    auto work = [sql = std::move(sql)](db::Connection& connection) -> Result<std::int64_t> {
        auto row = connection.prepare(sql);
        SEALPOST_CHECK(row.step());
        return row.column_int(0);
    };
    return database.read_now(std::move(work)).value();
}

// The two have different words for it.
inline std::string drop_trigger(const std::string& name, const std::string& table)
{
    return "drop trigger " + name + (shared_store() ? " on " + table : "");
}

}  // namespace sealpost::test
