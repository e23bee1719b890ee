#pragma once

#include "core/tlsreports/reports.hpp"
#include "sys/db/connection.hpp"

#include <compare>
#include <map>
#include <mutex>

namespace sealpost::tlsreports {

// What sessions that count together have in common.
struct CountKey {
    Day day;
    std::string domain;
    std::string policy;
    std::string failure;  // empty: they went well
    friend auto operator<=>(const CountKey&, const CountKey&) = default;
};

using Pending = std::map<CountKey, std::int64_t>;  // sessions

struct Reports::State {
    std::shared_ptr<db::Database> database;
    const Clock& clock;
    log::Log log;
    Settings settings;

    std::mutex lock;
    Pending pending;           // under lock
    std::int64_t dropped = 0;  // under lock: sessions that found no place in `pending`
};

// Adds the counts to the tables, in the transaction of the connection.
Result<> write_counts(db::Connection& connection, const Pending& pending, const Settings& settings);

[[nodiscard]] std::int64_t number_of(Day day);  // days since 1970-01-01
[[nodiscard]] int bound(int most);              // of a list

}  // namespace sealpost::tlsreports
