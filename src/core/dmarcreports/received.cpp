// What others report about mail that claims to be from our domains.
#include "base/text.hpp"
#include "core/dmarcreports/row_json.hpp"
#include "core/dmarcreports/state.hpp"
#include "core/tally/key_text.hpp"
#include "sys/db/rows.hpp"

#include <algorithm>

namespace sealpost::dmarcreports {
namespace {

using dmarc::AggregateReport;

bool has_passed(const dmarc::ReportRow& row) { return row.dkim_aligned || row.spf_aligned; }

Result<bool> is_known(db::Connection& connection, const AggregateReport& report, const Origin& origin)
{
    auto row = connection.prepare(
        "select 1 from reports_received where author = ?1 and organisation = ?2 and report_id = ?3 and domain = ?4");
    row.bind(1, origin.author).bind(2, report.organisation).bind(3, report.id).bind(4, report.policy.domain);
    return row.step();
}

// The rows as they are stored.
std::vector<std::string> format_rows(const AggregateReport& report)
{
    std::vector<std::string> texts;
    texts.reserve(report.rows.size());
    for (const auto& row : report.rows) texts.push_back(format_row(row));
    return texts;
}

std::int64_t add_up(const AggregateReport& report, const std::vector<std::string>& rows)
{
    std::size_t bytes = report.organisation.size() + report.id.size() + report.email.size() + report.contact.size() +
                        format_policy(report.policy).size() + format_texts(report.errors).size();
    for (const auto& row : rows) bytes += row.size();
    return static_cast<std::int64_t>(bytes);
}

Result<std::int64_t> insert_report(db::Connection& connection, const AggregateReport& report, const Origin& origin,
                                   std::int64_t bytes, WallTime now)
{
    std::int64_t messages = 0, passed = 0;
    for (const auto& row : report.rows) {
        messages += static_cast<std::int64_t>(row.count);
        if (has_passed(row)) passed += static_cast<std::int64_t>(row.count);
    }
    auto insert = connection.prepare(
        "insert into reports_received (organisation, report_id, domain, sender, email, contact, begin_at, end_at, received_at,"
        " published, errors, rows, messages, passed, author, bytes)"
        " values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
    insert.bind(1, report.organisation).bind(2, report.id).bind(3, report.policy.domain).bind(4, origin.sender);
    insert.bind(5, report.email).bind(6, report.contact).bind(7, report.begin).bind(8, report.end).bind(9, now);
    insert.bind(10, format_policy(report.policy)).bind(11, format_texts(report.errors));
    insert.bind(12, report.rows.size()).bind(13, messages).bind(14, passed).bind(15, origin.author);
    insert.bind(16, bytes);
    SEALPOST_CHECK(insert.run());
    return connection.last_insert_id();
}

Result<> insert_row(db::Connection& connection, std::int64_t report, std::size_t number, const dmarc::ReportRow& row,
                    const std::string& text)
{
    auto insert = connection.prepare(
        "insert into reports_received_row (report, number, source, messages, disposition, dkim, spf, row)"
        " values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    insert.bind(1, report).bind(2, number).bind(3, format_ip(row.source)).bind(4, row.count);
    insert.bind(5, static_cast<int>(row.disposition)).bind(6, row.dkim_aligned).bind(7, row.spf_aligned);
    return insert.bind(8, text).run();
}

Result<std::vector<dmarc::ReportRow>> load_received_rows(db::Connection& connection, std::int64_t report)
{
    auto rows = connection.prepare("select row, messages from reports_received_row where report = ?1 order by number");
    rows.bind(1, report);
    return read_rows(std::move(rows));
}

Result<std::optional<AggregateReport>> load_report(db::Connection& connection, ReceivedId id)
{
    auto row = connection.prepare(
        "select organisation, email, contact, report_id, begin_at, end_at, errors, published, domain from reports_received"
        " where number = ?1");
    SEALPOST_TRY(const bool found, row.bind(1, id.value()).step());
    if (!found) return std::optional<AggregateReport>();
    AggregateReport report;
    report.organisation = row.column_text(0);
    report.email = row.column_text(1);
    report.contact = row.column_text(2);
    report.id = row.column_text(3);
    report.begin = row.column_time(4);
    report.end = row.column_time(5);
    SEALPOST_TRY(report.errors, parse_texts(row.column_view(6)));
    SEALPOST_TRY(report.policy, parse_policy(row.column_view(7)));
    report.policy.domain = row.column_text(8);
    SEALPOST_TRY(report.rows, load_received_rows(connection, id.value()));
    return std::optional(std::move(report));
}

Result<Received> read_received(const db::Statement& row)
{
    Received received;
    received.id = ReceivedId(row.column_int(0));
    received.origin = {row.column_text(1), row.column_text(12)};
    received.received_at = row.column_time(2);
    received.organisation = row.column_text(3);
    received.report_id = row.column_text(4);
    SEALPOST_TRY(received.policy, parse_policy(row.column_view(5)));
    received.policy.domain = row.column_text(6);
    received.begin = row.column_time(7);
    received.end = row.column_time(8);
    received.rows = row.column_int(9);
    received.messages = row.column_int(10);
    received.passed = row.column_int(11);
    return received;
}

}  // namespace

Result<> forget_received(db::Connection& connection, const std::vector<std::int64_t>& numbers)
{
    for (const char* of : {"reports_received_row where report", "reports_received where number"}) {
        auto forget = connection.prepare(std::string("delete from ") + of + " = ?1");
        for (const auto number : numbers) {
            forget.rewind();
            SEALPOST_CHECK(forget.bind(1, number).run());
        }
    }
    return {};
}

Task<Result<bool>> Reports::keep(AggregateReport report, Origin origin)
{
    for (auto* text : {&report.organisation, &report.id, &report.policy.domain}) *text = tally::shorten_name(std::move(*text));
    auto shared = std::make_shared<const AggregateReport>(std::move(report));
    auto work = [shared, origin = std::move(origin), kept = state_->settings.max_received_octets,
                 now = state_->clock.now()](db::Connection& connection) -> Result<bool> {
        SEALPOST_TRY(const bool known, is_known(connection, *shared, origin));
        if (known) return false;
        const auto rows = format_rows(*shared);
        SEALPOST_TRY(const auto number, insert_report(connection, *shared, origin, add_up(*shared, rows), now));
        for (std::size_t i = 0; i < rows.size(); ++i)
            SEALPOST_CHECK(insert_row(connection, number, i + 1, shared->rows[i], rows[i]));
        SEALPOST_TRY(const auto surplus, tally::find_surplus_of(connection, "reports_received", kept, origin.author));
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
            "select number, sender, received_at, organisation, report_id, published, domain, begin_at, end_at, rows, messages,"
            " passed, author from reports_received where ?1 = '' or domain = ?1 order by number desc limit ?2");
        rows.bind(1, domain).bind(2, most);
        return db::read_rows(rows, read_received);
    };
    return state_->database->read(std::move(work));
}

Task<Result<std::optional<AggregateReport>>> Reports::load_received(ReceivedId report)
{
    auto work = [report](db::Connection& connection) { return load_report(connection, report); };
    return state_->database->read(std::move(work));
}

Task<Result<std::vector<DomainSummary>>> Reports::summarise_domains(WallTime since)
{
    auto work = [since](db::Connection& connection) -> Result<std::vector<DomainSummary>> {
        auto rows = connection.prepare(
            "select domain, count(*), sum(messages), sum(passed), max(end_at) from reports_received where end_at > ?1"
            " group by domain order by sum(messages) desc, domain limit 10000");
        rows.bind(1, since);
        return db::read_rows(rows, [](const db::Statement& row) -> DomainSummary {
            return {row.column_text(0), row.column_int(1), row.column_int(2), row.column_int(3), row.column_time(4)};
        });
    };
    return state_->database->read(std::move(work));
}

Task<Result<std::vector<SourceSummary>>> Reports::summarise_sources(std::string domain, WallTime since, int most)
{
    auto work = [domain = ascii_lower(domain), since, most](db::Connection& connection) -> Result<std::vector<SourceSummary>> {
        auto rows = connection.prepare(
            "select w.source, sum(w.messages), sum(case when w.dkim = 1 or w.spf = 1 then w.messages else 0 end),"
            " sum(w.messages * w.dkim), sum(w.messages * w.spf), sum(case when w.disposition = 1 then w.messages else 0 end),"
            " sum(case when w.disposition = 2 then w.messages else 0 end), count(distinct w.report)"
            " from reports_received_row w join reports_received r on r.number = w.report"
            " where r.domain = ?1 and r.end_at > ?2 group by w.source order by sum(w.messages) desc, w.source limit ?3");
        rows.bind(1, domain).bind(2, since).bind(3, tally::bound_list(most));
        return db::read_rows(rows, [](const db::Statement& row) -> SourceSummary {
            return {row.column_text(0), row.column_int(1), row.column_int(2), row.column_int(3),
                    row.column_int(4),  row.column_int(5), row.column_int(6), row.column_int(7)};
        });
    };
    return state_->database->read(std::move(work));
}

}  // namespace sealpost::dmarcreports
