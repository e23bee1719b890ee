#include "core/tlsreports/reports.hpp"

#include "base/text.hpp"
#include "core/tally/forget.hpp"
#include "core/tlsreports/row_json.hpp"
#include "core/tlsreports/schema.hpp"
#include "core/tlsreports/state.hpp"
#include "sys/db/rows.hpp"

#include <algorithm>

namespace sealpost::tlsreports {
namespace {

constexpr std::string_view period_columns =
    "number, day, domain, state, rows, succeeded, failed, omitted, due_at, attempts, settled_at, done, told";

Result<Period> read_period(const db::Statement& row)
{
    Period period;
    period.id = PeriodId(row.column_int(0));
    period.day = Day(std::chrono::days(row.column_int(1)));
    period.domain = row.column_text(2);
    period.state = tally::state_from(row.column_int(3));
    period.rows = row.column_int(4);
    period.succeeded = row.column_int(5);
    period.failed = row.column_int(6);
    period.omitted = row.column_int(7);
    period.due_at = row.column_time(8);
    period.attempts = static_cast<int>(row.column_int(9));
    period.settled_at = row.column_optional_time(10);
    SEALPOST_TRY(period.done, parse_texts(row.column_view(11)));
    period.told = row.column_text(12);
    return period;
}

Result<std::vector<Period>> read_periods(db::Statement rows) { return db::read_rows(rows, read_period); }

// The rows of a policy stand together.
Result<> add_row(std::vector<tlsrpt::PolicyResult>& results, std::string& last_policy, const db::Statement& row)
{
    std::string policy = row.column_text(0);
    if (results.empty() || policy != last_policy) {
        SEALPOST_TRY(results.emplace_back().policy, parse_policy(policy));
        last_policy = std::move(policy);
    }
    const auto sessions = static_cast<std::uint64_t>(row.column_int(2));
    tlsrpt::PolicyResult& result = results.back();
    if (row.column_view(1).empty()) {
        result.succeeded += sessions;
        return {};
    }
    result.failed += sessions;
    SEALPOST_TRY(auto failure, parse_failure(row.column_view(1)));
    failure.sessions = sessions;
    result.failures.push_back(std::move(failure));
    return {};
}

Result<std::vector<tlsrpt::PolicyResult>> read_results(db::Connection& connection, PeriodId period)
{
    auto rows = connection.prepare(
        "select c.policy, c.failure, sum(c.sessions), p.domain from"
        " (select period, policy, failure, sessions from tlsreports_counted where period = ?1"
        "  union all select period, policy, failure, sessions from tlsreports_count where period = ?1) c"
        " join tlsreports_period p on p.number = c.period"
        " group by c.policy, c.failure, p.domain order by c.policy, sum(c.sessions) desc, c.failure");
    rows.bind(1, period.value());
    std::vector<tlsrpt::PolicyResult> results;
    std::string last_policy;
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more) return results;
        SEALPOST_CHECK(add_row(results, last_policy, rows));
        results.back().policy.domain = rows.column_text(3);
    }
}

tally::NumberedTable period_table()
{
    return {"tlsreports_period", {{"tlsreports_counted", "period", "digest"}, {"tlsreports_count", "period", "policy, failure"}}};
}
tally::NumberedTable received_table()
{
    return {"tlsreports_received",
            {{"tlsreports_received_failure", "report", "policy, number"}, {"tlsreports_received_policy", "report", "number"}}};
}

Result<std::vector<std::int64_t>> find_expired(db::Connection& connection, WallTime settled_before)
{
    auto rows = connection.prepare("select number from tlsreports_period where state <> 0 and settled_at < ?1");
    rows.bind(1, settled_before);
    return db::read_rows(rows, [](const db::Statement& row) { return row.column_int(0); });
}

// Received reports that are too old, or too much: the newest that fit all limits stay.
Result<std::vector<std::int64_t>> find_unwanted(db::Connection& connection, const Settings& settings, WallTime now)
{
    SEALPOST_TRY(auto numbers, tally::find_surplus(connection, "tlsreports_received", settings.max_received_octets));
    auto rows = connection.prepare(
        "select number from tlsreports_received where received_at < ?1 or number not in"
        " (select number from tlsreports_received order by number desc limit ?2)");
    rows.bind(1, now - settings.keep_received).bind(2, settings.max_received);
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
    SEALPOST_CHECK(database->migrate("tlsreports", schema_steps()));
    Tally::Parts counting;
    counting.database = database;
    counting.max_pending = settings.max_pending;
    counting.merge = [](std::int64_t& into, std::int64_t more) { into += more; };
    counting.write = [settings](db::Connection& connection, const Tally::Counts& counts) {
        return write_counts(connection, counts, settings);
    };
    counting.complain = [log](std::int64_t dropped) {
        log.warning("tlsrpt.not_counted", {{"problem", "too many different sessions at once"}, {"sessions", dropped}});
    };
    counting.complain_of = [log](const CountKey& key, std::int64_t sessions, const Error& error) {
        log.warning("tlsrpt.not_counted", {{"domain", key.domain}, {"problem", error.text}, {"sessions", sessions}});
    };
    auto tally = std::make_shared<Tally>(std::move(counting));
    std::shared_ptr<State> state(new State{std::move(database), clock, std::move(log), settings, std::move(tally)});
    return std::shared_ptr<Reports>(new Reports(std::move(state)));
}

Task<Result<std::vector<Period>>> Reports::due(int most)
{
    auto work = [most = tally::bound_list(most), now = state_->clock.now()](db::Connection& connection) {
        auto rows =
            connection.prepare("select " + std::string(period_columns) +
                               " from tlsreports_period where state = 0 and due_at <= ?1 order by due_at, number limit ?2");
        rows.bind(1, now).bind(2, most);
        return read_periods(std::move(rows));
    };
    return state_->database->read(std::move(work));
}

Task<Result<std::vector<tlsrpt::PolicyResult>>> Reports::load_results(PeriodId period)
{
    auto work = [period](db::Connection& connection) { return read_results(connection, period); };
    return state_->database->read(std::move(work));
}

Task<Result<>> Reports::settle(PeriodId period, PeriodState state, std::vector<std::string> done, std::string told)
{
    auto work = [period, state, done = format_texts(done), told = std::move(told),
                 now = state_->clock.now()](db::Connection& connection) {
        auto update = connection.prepare(
            "update tlsreports_period set state = ?2, done = ?3, told = ?4, settled_at = ?5, attempts = attempts + 1"
            " where number = ?1 and state = 0");
        update.bind(1, period.value()).bind(2, static_cast<int>(state)).bind(3, done);
        return update.bind(4, told).bind(5, now).run();
    };
    auto settled = co_await state_->database->write(std::move(work));
    co_return settled;
}

Task<Result<>> Reports::postpone(PeriodId period, WallTime due_at, std::vector<std::string> done, std::string problem)
{
    auto work = [period, due_at, done = format_texts(done), problem = std::move(problem)](db::Connection& connection) {
        auto update = connection.prepare(
            "update tlsreports_period set due_at = ?2, done = ?3, told = ?4, attempts = attempts + 1"
            " where number = ?1 and state = 0");
        return update.bind(1, period.value()).bind(2, due_at).bind(3, done).bind(4, problem).run();
    };
    auto postponed = co_await state_->database->write(std::move(work));
    co_return postponed;
}

Task<Result<std::vector<Period>>> Reports::list_periods(Filter filter)
{
    auto work = [domain = ascii_lower(filter.domain), most = tally::bound_list(filter.most)](db::Connection& connection) {
        auto rows = connection.prepare("select " + std::string(period_columns) +
                                       " from tlsreports_period where ?1 = '' or domain = ?1 order by number desc limit ?2");
        rows.bind(1, domain).bind(2, most);
        return read_periods(std::move(rows));
    };
    return state_->database->read(std::move(work));
}

Task<Result<std::optional<Period>>> Reports::find_period(PeriodId period)
{
    auto work = [period](db::Connection& connection) -> Result<std::optional<Period>> {
        auto rows = connection.prepare("select " + std::string(period_columns) + " from tlsreports_period where number = ?1");
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

}  // namespace sealpost::tlsreports
