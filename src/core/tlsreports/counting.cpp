// Of our deliveries: counted in memory, written in groups.
#include "base/text.hpp"
#include "core/tally/key_text.hpp"
#include "core/tlsreports/row_json.hpp"
#include "core/tlsreports/state.hpp"
#include "wire/mail/cut_text.hpp"

#include <algorithm>

namespace sealpost::tlsreports {
namespace {

struct OpenPeriod {
    std::int64_t number = 0;
    std::int64_t rows = 0;
};

Result<std::optional<OpenPeriod>> find_open(db::Connection& connection, const CountKey& key)
{
    auto row = connection.prepare("select number, rows from tlsreports_period where day = ?1 and domain = ?2 and state = 0");
    SEALPOST_TRY(const bool found, row.bind(1, tally::number_of(key.day)).bind(2, key.domain).step());
    if (!found) return std::optional<OpenPeriod>();
    return std::optional(OpenPeriod{row.column_int(0), row.column_int(1)});
}

// Absent when there are too many already, or when this one is settled: its report has left.
Result<std::optional<OpenPeriod>> make_open(db::Connection& connection, const CountKey& key, const Settings& settings)
{
    auto count = connection.prepare("select count(*) from tlsreports_period where day = ?1");
    SEALPOST_CHECK(count.bind(1, tally::number_of(key.day)).step());
    if (count.column_int(0) >= settings.max_periods) return std::optional<OpenPeriod>();
    auto insert = connection.prepare(
        "insert into tlsreports_period (day, domain, state, rows, succeeded, failed, omitted, due_at, attempts, done, told)"
        " values (?1, ?2, 0, 0, 0, 0, 0, ?3, 0, '[]', '') on conflict do nothing");
    insert.bind(1, tally::number_of(key.day))
        .bind(2, key.domain)
        .bind(3, tally::find_due_time(key.day, key.domain, settings.departure));
    SEALPOST_CHECK(insert.run());
    return find_open(connection, key);
}

// Answers how many rows are new: 0 or 1; absent when the report is full.
Result<std::optional<int>> add_to_row(db::Connection& connection, const OpenPeriod& period, const CountKey& key,
                                      std::int64_t sessions, std::int64_t max_rows)
{
    const std::string digest = tally::make_key({key.policy, key.failure});
    auto update = connection.prepare("update tlsreports_counted set sessions = sessions + ?3 where period = ?1 and digest = ?2");
    SEALPOST_CHECK(update.bind(1, period.number).bind(2, digest).bind(3, sessions).run());
    if (connection.changes() > 0) return std::optional<int>(0);
    if (period.rows >= max_rows) return std::optional<int>();
    auto insert = connection.prepare(
        "insert into tlsreports_counted (period, digest, policy, failure, sessions) values (?1, ?2, ?3, ?4, ?5)");
    insert.bind(1, period.number).bind(2, digest).bind(3, key.policy).bind(4, key.failure).bind(5, sessions);
    SEALPOST_CHECK(insert.run());
    return std::optional<int>(1);
}

Result<> write_count(db::Connection& connection, const CountKey& key, std::int64_t sessions, const Settings& settings)
{
    SEALPOST_TRY(auto period, find_open(connection, key));
    if (!period) {
        SEALPOST_TRY(period, make_open(connection, key, settings));
    }
    if (!period) return {};
    SEALPOST_TRY(const auto added, add_to_row(connection, *period, key, sessions, settings.max_rows));
    auto update = connection.prepare(
        "update tlsreports_period set rows = rows + ?2, succeeded = succeeded + ?3, failed = failed + ?4, omitted = omitted + ?5"
        " where number = ?1");
    update.bind(1, period->number).bind(2, added.value_or(0));
    update.bind(3, key.failure.empty() ? sessions : 0).bind(4, key.failure.empty() ? 0 : sessions);
    return update.bind(5, added ? 0 : sessions).run();
}

// What a host says about itself may differ each time: cut, it cannot fill the store. And it may be any octets.
tlsrpt::Failure shorten(tlsrpt::Failure failure, std::size_t max_bytes)
{
    for (auto* text : {&failure.receiving_helo, &failure.reason}) mail::cut_text(*text, max_bytes);
    return failure;
}

}  // namespace

Result<> write_counts(db::Connection& connection, const Tally::Counts& counts, const Settings& settings)
{
    for (const auto& [key, sessions] : counts) SEALPOST_CHECK(write_count(connection, key, sessions, settings));
    return {};
}

void Reports::record(Session session)
{
    CountKey key;
    key.day = tally::day_of(session.at);
    key.domain = ascii_lower(session.policy.domain);
    key.policy = format_policy(session.policy);
    if (session.failure) key.failure = format_failure(shorten(std::move(*session.failure), state_->settings.max_reason_bytes));
    state_->tally->add(std::move(key), 1);
}

Task<Result<>> Reports::flush() { return state_->tally->flush(); }

Result<> Reports::flush_now() { return state_->tally->flush_now(); }

}  // namespace sealpost::tlsreports
