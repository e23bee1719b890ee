#pragma once

#include "core/reports/reports.hpp"
#include "sys/db/connection.hpp"

#include <compare>
#include <map>
#include <mutex>

namespace sealpost::reports {

// What messages that count together have in common.
struct CountKey {
    Day day;
    std::string domain;
    std::string published;
    std::string row;
    friend auto operator<=>(const CountKey&, const CountKey&) = default;
};

struct Count {
    std::int64_t messages = 0;
    std::string addresses;  // rua=, as last seen
};

using Pending = std::map<CountKey, Count>;

struct Reports::State {
    std::shared_ptr<db::Database> database;
    const Clock& clock;
    log::Log log;
    Settings settings;

    std::mutex lock;
    Pending pending;           // under lock
    std::int64_t dropped = 0;  // under lock: messages that found no place in `pending`
};

// Adds the counts to the tables, in the transaction of the connection.
Result<> write_counts(db::Connection& connection, const Pending& pending, const Settings& settings);

// What is left of the rows "row, messages".
Result<std::vector<dmarc::ReportRow>> read_rows(db::Statement rows);

[[nodiscard]] std::int64_t number_of(Day day);  // days since 1970-01-01

}  // namespace sealpost::reports
