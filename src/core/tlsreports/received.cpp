// What others report about TLS with our mail hosts.
#include "base/text.hpp"
#include "core/tally/key_text.hpp"
#include "core/tlsreports/state.hpp"
#include "sys/db/rows.hpp"

#include <algorithm>

namespace sealpost::tlsreports {
namespace {

using tlsrpt::PolicyResult;
using tlsrpt::Report;

std::int64_t to_number(std::uint64_t count) { return static_cast<std::int64_t>(count); }

Result<bool> is_known(db::Connection& connection, const Report& report, const Origin& origin)
{
    auto row = connection.prepare("select 1 from tlsreports_received where author = ?1 and organisation = ?2 and report_id = ?3");
    return row.bind(1, origin.author).bind(2, report.organisation).bind(3, report.id).step();
}

Result<std::int64_t> insert_report(db::Connection& connection, const Report& report, const Origin& origin, WallTime now)
{
    std::int64_t succeeded = 0, failed = 0;
    const std::string json = tlsrpt::format_json(report);
    for (const auto& result : report.policies) {
        succeeded += to_number(result.succeeded);
        failed += to_number(result.failed);
    }
    auto insert = connection.prepare(
        "insert into tlsreports_received (organisation, report_id, sender, begin_at, end_at, received_at, succeeded, failed,"
        " report, author, bytes) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    insert.bind(1, report.organisation).bind(2, report.id).bind(3, origin.sender).bind(4, report.begin).bind(5, report.end);
    insert.bind(6, now).bind(7, succeeded).bind(8, failed).bind(9, json).bind(10, origin.author).bind(11, json.size());
    SEALPOST_CHECK(insert.run());
    return connection.last_insert_id();
}

Result<> insert_policy(db::Connection& connection, std::int64_t report, std::size_t number, const PolicyResult& result)
{
    auto insert = connection.prepare(
        "insert into tlsreports_received_policy (report, number, domain, succeeded, failed) values (?1, ?2, ?3, ?4, ?5)");
    insert.bind(1, report).bind(2, number).bind(3, result.policy.domain);
    SEALPOST_CHECK(insert.bind(4, to_number(result.succeeded)).bind(5, to_number(result.failed)).run());
    auto insert_failure = connection.prepare(
        "insert into tlsreports_received_failure (report, policy, number, result, host, sessions)"
        " values (?1, ?2, ?3, ?4, ?5, ?6)");
    for (std::size_t i = 0; i < result.failures.size(); ++i) {
        const auto& failure = result.failures[i];
        insert_failure.rewind();
        insert_failure.bind(1, report).bind(2, number).bind(3, i + 1).bind(4, failure.result);
        SEALPOST_CHECK(insert_failure.bind(5, failure.receiving_host).bind(6, to_number(failure.sessions)).run());
    }
    return {};
}

Result<std::vector<std::string>> find_domains(db::Connection& connection, std::int64_t report)
{
    auto rows = connection.prepare("select distinct domain from tlsreports_received_policy where report = ?1 order by domain");
    rows.bind(1, report);
    return db::read_rows(rows, [](const db::Statement& row) { return row.column_text(0); });
}

Result<Received> read_received(db::Connection& connection, const db::Statement& row)
{
    Received received;
    received.id = ReceivedId(row.column_int(0));
    received.origin = {row.column_text(1), row.column_text(9)};
    received.received_at = row.column_time(2);
    received.organisation = row.column_text(3);
    received.report_id = row.column_text(4);
    received.begin = row.column_time(5);
    received.end = row.column_time(6);
    received.succeeded = row.column_int(7);
    received.failed = row.column_int(8);
    SEALPOST_TRY(received.domains, find_domains(connection, received.id.value()));
    return received;
}

// It was read within its limits when it came; written again, it may be somewhat longer.
tlsrpt::ReportLimits limits_of_store()
{
    tlsrpt::ReportLimits limits;
    limits.max_json_bytes *= 4;
    limits.max_text_bytes *= 4;
    return limits;
}

}  // namespace

Result<> forget_received(db::Connection& connection, const std::vector<std::int64_t>& numbers)
{
    for (const char* of : {"tlsreports_received_failure where report", "tlsreports_received_policy where report",
                           "tlsreports_received where number"}) {
        auto forget = connection.prepare(std::string("delete from ") + of + " = ?1");
        for (const auto number : numbers) {
            forget.rewind();
            SEALPOST_CHECK(forget.bind(1, number).run());
        }
    }
    return {};
}

Task<Result<bool>> Reports::keep(Report report, Origin origin)
{
    for (auto* text : {&report.organisation, &report.id}) *text = tally::shorten_name(std::move(*text));
    auto shared = std::make_shared<const Report>(std::move(report));
    auto work = [shared, origin = std::move(origin), kept = state_->settings.max_received_octets,
                 now = state_->clock.now()](db::Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const bool known, is_known(connection, *shared, origin));
        if (known) return false;
        SEALPOST_TRY(const auto number, insert_report(connection, *shared, origin, now));
        for (std::size_t i = 0; i < shared->policies.size(); ++i)
            SEALPOST_CHECK(insert_policy(connection, number, i + 1, shared->policies[i]));
        SEALPOST_TRY(const auto surplus, tally::find_surplus_of(connection, "tlsreports_received", kept, origin.author));
        SEALPOST_CHECK(forget_received(connection, surplus));
        return true;
    };
    auto kept = co_await state_->database->write(std::move(work));
    co_return kept;
}

Task<Result<std::vector<Received>>> Reports::list_received(Filter filter)
{
    auto work = [domain = ascii_lower(filter.domain),
                 most = tally::bound_list(filter.most)](db::Connection& connection) -> Result<std::vector<Received>> {
        auto rows = connection.prepare(
            "select number, sender, received_at, organisation, report_id, begin_at, end_at, succeeded, failed, author"
            " from tlsreports_received where ?1 = '' or number in (select report from tlsreports_received_policy where domain = "
            "?1)"
            " order by number desc limit ?2");
        rows.bind(1, domain).bind(2, most);
        return db::read_rows(rows, [&](const db::Statement& row) { return read_received(connection, row); });
    };
    return state_->database->read(std::move(work));
}

Task<Result<std::optional<Report>>> Reports::load_received(ReceivedId report)
{
    auto work = [report](db::Connection& connection) -> Result<std::optional<Report>> {
        auto row = connection.prepare("select report from tlsreports_received where number = ?1");
        SEALPOST_TRY(const bool found, row.bind(1, report.value()).step());
        if (!found) return std::optional<Report>();
        auto loaded = tlsrpt::parse_json(row.column_view(0), limits_of_store());
        if (loaded.has_error()) return Error{Fault::give_up, "a TLS report in the store is broken: " + loaded.error().text};
        return std::optional(std::move(*loaded));
    };
    return state_->database->read(std::move(work));
}

Task<Result<std::vector<DomainSummary>>> Reports::summarise_domains(WallTime since, int most)
{
    auto work = [since, most = tally::bound_list(most)](db::Connection& connection) -> Result<std::vector<DomainSummary>> {
        auto rows = connection.prepare(
            "select p.domain, count(distinct p.report), sum(p.succeeded), sum(p.failed), max(r.end_at)"
            " from tlsreports_received_policy p join tlsreports_received r on r.number = p.report where r.end_at > ?1"
            " group by p.domain order by sum(p.failed) desc, sum(p.succeeded) desc, p.domain limit ?2");
        rows.bind(1, since);
        rows.bind(2, most);
        return db::read_rows(rows, [](const db::Statement& row) -> DomainSummary {
            return {row.column_text(0), row.column_int(1), row.column_int(2), row.column_int(3), row.column_time(4)};
        });
    };
    return state_->database->read(std::move(work));
}

Task<Result<std::vector<FailureSummary>>> Reports::summarise_failures(std::string domain, WallTime since, int most)
{
    auto work = [domain = ascii_lower(domain), since,
                 most = tally::bound_list(most)](db::Connection& connection) -> Result<std::vector<FailureSummary>> {
        auto rows = connection.prepare(
            "select f.result, f.host, sum(f.sessions), count(distinct f.report) from tlsreports_received_failure f"
            " join tlsreports_received_policy p on p.report = f.report and p.number = f.policy"
            " join tlsreports_received r on r.number = f.report where p.domain = ?1 and r.end_at > ?2"
            " group by f.result, f.host order by sum(f.sessions) desc, f.result, f.host limit ?3");
        rows.bind(1, domain).bind(2, since).bind(3, most);
        return db::read_rows(rows, [](const db::Statement& row) -> FailureSummary {
            return {row.column_text(0), row.column_text(1), row.column_int(2), row.column_int(3)};
        });
    };
    return state_->database->read(std::move(work));
}

}  // namespace sealpost::tlsreports
