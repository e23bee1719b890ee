#pragma once

#include "core/dmarcreports/reports.hpp"
#include "core/tally/tally.hpp"
#include "sys/db/connection.hpp"

#include <compare>

namespace sealpost::dmarcreports {

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

using Tally = tally::Tally<CountKey, Count>;

struct Reports::State {
    std::shared_ptr<db::Database> database;
    const Clock& clock;
    log::Log log;
    Settings settings;
    std::shared_ptr<Tally> tally;
};

// Takes received reports out, with all that belongs to them.
Result<> forget_received(db::Connection& connection, const std::vector<std::int64_t>& numbers);

// Adds the counts to the tables, in the transaction of the connection.
Result<> write_counts(db::Connection& connection, const Tally::Counts& counts, const Settings& settings);

// What is left of the rows "row, messages".
Result<std::vector<dmarc::ReportRow>> read_rows(db::Statement rows);

}  // namespace sealpost::dmarcreports
