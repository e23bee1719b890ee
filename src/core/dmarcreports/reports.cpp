#include "core/dmarcreports/reports.hpp"

#include "base/text.hpp"
#include "core/dmarcreports/row_json.hpp"
#include "core/dmarcreports/schema.hpp"
#include "core/dmarcreports/state.hpp"
#include "core/tally/forget.hpp"
#include "sys/db/rows.hpp"

#include <algorithm>

namespace sealpost::dmarcreports {
namespace {

constexpr std::string_view period_columns =
    "number, day, domain, published, addresses, state, rows, messages, omitted, due_at, attempts, settled_at, told";

Result<Period> read_period(const db::Statement& row)
{
    Period period;
    period.id = PeriodId(row.column_int(0));
    period.day = Day(std::chrono::days(row.column_int(1)));
    SEALPOST_TRY(period.policy, parse_policy(row.column_view(3)));
    period.policy.domain = row.column_text(2);
    SEALPOST_TRY(period.addresses, parse_addresses(row.column_view(4)));
    period.state = tally::state_from(row.column_int(5));
    period.rows = row.column_int(6);
    period.messages = row.column_int(7);
    period.omitted = row.column_int(8);
    period.due_at = row.column_time(9);
    period.attempts = static_cast<int>(row.column_int(10));
    period.settled_at = row.column_optional_time(11);
    period.told = row.column_text(12);
    return period;
}

Result<std::vector<Period>> read_periods(db::Statement rows) { return db::read_rows(rows, read_period); }

tally::NumberedTable period_table()
{
    return {"reports_period", {{"reports_counted", "period", "digest"}, {"reports_count", "period", "row"}}};
}
tally::NumberedTable received_table() { return {"reports_received", {{"reports_received_row", "report", "number"}}}; }

Result<std::vector<std::int64_t>> find_expired(db::Connection& connection, WallTime settled_before)
{
    auto rows = connection.prepare("select number from reports_period where state <> 0 and settled_at < ?1");
    rows.bind(1, settled_before);
    return db::read_rows(rows, [](const db::Statement& row) { return row.column_int(0); });
}

// Received reports that are too old, or too much: the newest that fit all limits stay.
Result<std::vector<std::int64_t>> find_unwanted(db::Connection& connection, const Settings& settings, WallTime now)
{
    SEALPOST_TRY(auto numbers, tally::find_surplus(connection, "reports_received", settings.max_received_octets));
    auto rows = connection.prepare(
        "select number from reports_received where received_at < ?1"
        " union select number from (select number, count(*) over (order by number desc) as reports,"
        " sum(rows) over (order by number desc) as all_rows from reports_received where received_at >= ?1) as running"
        " where reports > ?2 or all_rows > ?3");
    rows.bind(1, now - settings.keep_received).bind(2, settings.max_received).bind(3, settings.max_received_rows);
    SEALPOST_TRY(const auto others, db::read_rows(rows, [](const db::Statement& row) { return row.column_int(0); }));
    numbers.insert(numbers.end(), others.begin(), others.end());
    return numbers;
}

}  // namespace

Reports::Reports(std::shared_ptr<State> state) : state_(std::move(state)) {}
Reports::~Reports() = default;

Result<std::shared_ptr<Reports>> Reports::open(std::shared_ptr<db::Database> database, const Clock& clock, log::Log log,
                                               Settings settings)
{
    SEALPOST_CHECK(database->migrate("reports", schema_steps()));
    Tally::Parts counting;
    counting.database = database;
    counting.max_pending = settings.max_pending;
    counting.merge = [](Count& into, const Count& more) {
        into.messages += more.messages;
        into.addresses = more.addresses;
    };
    counting.write = [settings](db::Connection& connection, const Tally::Counts& counts) {
        return write_counts(connection, counts, settings);
    };
    counting.complain = [log](std::int64_t dropped) {
        log.warning("dmarc.not_counted", {{"messages", dropped}, {"problem", "too many different messages at once"}});
    };
    counting.complain_of = [log](const CountKey& key, const Count& count, const Error& error) {
        log.warning("dmarc.not_counted", {{"domain", key.domain}, {"messages", count.messages}, {"problem", error.text}});
    };
    auto tally = std::make_shared<Tally>(std::move(counting));
    std::shared_ptr<State> state(new State{std::move(database), clock, std::move(log), settings, std::move(tally)});
    return std::shared_ptr<Reports>(new Reports(std::move(state)));
}

Task<Result<std::vector<Period>>> Reports::due(int most)
{
    auto work = [most = tally::bound_list(most), now = state_->clock.now()](db::Connection& connection) {
        auto rows = connection.prepare("select " + std::string(period_columns) +
                                       " from reports_period where state = 0 and due_at <= ?1 order by due_at, number limit ?2");
        rows.bind(1, now).bind(2, most);
        return read_periods(std::move(rows));
    };
    return state_->database->read(std::move(work));
}

Result<std::vector<dmarc::ReportRow>> read_rows(db::Statement rows)
{
    return db::read_rows(rows, [](const db::Statement& row) -> Result<dmarc::ReportRow> {
        SEALPOST_TRY(auto made, parse_row(row.column_view(0)));
        made.count = static_cast<std::uint64_t>(row.column_int(1));
        return made;
    });
}

Task<Result<std::vector<dmarc::ReportRow>>> Reports::load_rows(PeriodId period)
{
    auto work = [period](db::Connection& connection) -> Result<std::vector<dmarc::ReportRow>> {
        auto rows = connection.prepare(
            "select row, sum(messages) from (select row, messages from reports_counted where period = ?1"
            " union all select row, messages from reports_count where period = ?1) counted"
            " group by row order by sum(messages) desc, row");
        rows.bind(1, period.value());
        return read_rows(std::move(rows));
    };
    return state_->database->read(std::move(work));
}

Task<Result<>> Reports::settle(PeriodId period, PeriodState state, std::string told)
{
    auto work = [period, state, told = std::move(told), now = state_->clock.now()](db::Connection& connection) {
        auto update = connection.prepare(
            "update reports_period set state = ?2, told = ?3, settled_at = ?4, attempts = attempts + 1"
            " where number = ?1 and state = 0");
        return update.bind(1, period.value()).bind(2, static_cast<int>(state)).bind(3, told).bind(4, now).run();
    };
    auto settled = co_await state_->database->write(std::move(work));
    co_return settled;
}

Task<Result<>> Reports::postpone(PeriodId period, WallTime due_at, std::string problem)
{
    auto work = [period, due_at, problem = std::move(problem)](db::Connection& connection) {
        auto update = connection.prepare(
            "update reports_period set due_at = ?2, told = ?3, attempts = attempts + 1 where number = ?1 and state = 0");
        return update.bind(1, period.value()).bind(2, due_at).bind(3, problem).run();
    };
    auto postponed = co_await state_->database->write(std::move(work));
    co_return postponed;
}

Task<Result<std::vector<Period>>> Reports::list_periods(Filter filter)
{
    auto work = [domain = ascii_lower(filter.domain), most = tally::bound_list(filter.most)](db::Connection& connection) {
        auto rows = connection.prepare("select " + std::string(period_columns) +
                                       " from reports_period where ?1 = '' or domain = ?1 order by number desc limit ?2");
        rows.bind(1, domain).bind(2, most);
        return read_periods(std::move(rows));
    };
    return state_->database->read(std::move(work));
}

Task<Result<std::optional<Period>>> Reports::find_period(PeriodId period)
{
    auto work = [period](db::Connection& connection) -> Result<std::optional<Period>> {
        auto rows = connection.prepare("select " + std::string(period_columns) + " from reports_period where number = ?1");
        rows.bind(1, period.value());
        SEALPOST_TRY(auto found, read_periods(std::move(rows)));
        if (found.empty()) return std::optional<Period>();
        return std::optional(std::move(found.front()));
    };
    return state_->database->read(std::move(work));
}

// What is to be forgotten is looked for beside the writer.
Task<Result<>> Reports::sweep()
{
    auto state = state_;
    const WallTime now = state->clock.now();
    auto find_periods = [limit = now - state->settings.keep_sent](db::Connection& connection) {
        return find_expired(connection, limit);
    };
    SEALPOST_CO_TRY(auto periods, co_await state->database->read(std::move(find_periods)));
    auto of_periods = period_table();
    SEALPOST_CO_CHECK(co_await tally::forget_in_pieces(state->database, std::move(of_periods), std::move(periods)));
    auto find_reports = [settings = state->settings, now](db::Connection& connection) {
        return find_unwanted(connection, settings, now);
    };
    SEALPOST_CO_TRY(auto reports, co_await state->database->read(std::move(find_reports)));
    auto of_reports = received_table();
    auto forgotten = co_await tally::forget_in_pieces(state->database, std::move(of_reports), std::move(reports));
    co_return forgotten;
}

}  // namespace sealpost::dmarcreports
