#pragma once

#include "core/tally/tally.hpp"
#include "core/tlsreports/reports.hpp"
#include "sys/db/connection.hpp"

#include <compare>

namespace sealpost::tlsreports {

// What sessions that count together have in common.
struct CountKey {
    Day day;
    std::string domain;
    std::string policy;
    std::string failure;  // empty: they went well
    friend auto operator<=>(const CountKey&, const CountKey&) = default;
};

using Tally = tally::Tally<CountKey, std::int64_t>;  // sessions

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

}  // namespace sealpost::tlsreports
