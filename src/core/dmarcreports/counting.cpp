// Of the mail that is judged: counted in memory, written in groups.
#include "core/dmarcreports/row_json.hpp"
#include "core/dmarcreports/state.hpp"
#include "core/tally/key_text.hpp"

#include <algorithm>

namespace sealpost::dmarcreports {
namespace {

struct OpenPeriod {
    std::int64_t number = 0;
    std::int64_t rows = 0;
};

Result<std::optional<OpenPeriod>> find_open(db::Connection& connection, const CountKey& key)
{
    auto row = connection.prepare(
        "select number, rows from reports_period where day = ?1 and domain = ?2 and published = ?3 and state = 0");
    row.bind(1, tally::number_of(key.day)).bind(2, key.domain).bind(3, key.published);
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<OpenPeriod>();
    return std::optional(OpenPeriod{row.column_int(0), row.column_int(1)});
}

// Absent when there are too many already, or when this one is settled: its report has left.
Result<std::optional<OpenPeriod>> make_open(db::Connection& connection, const CountKey& key, const Settings& settings)
{
    auto count = connection.prepare("select count(*) from reports_period where day = ?1");
    SEALPOST_CHECK(count.bind(1, tally::number_of(key.day)).step());
    if (count.column_int(0) >= settings.max_periods) return std::optional<OpenPeriod>();
    auto insert = connection.prepare(
        "insert into reports_period (day, domain, published, addresses, state, rows, messages, omitted, due_at, attempts, told)"
        " values (?1, ?2, ?3, '[]', 0, 0, 0, 0, ?4, 0, '') on conflict do nothing");
    insert.bind(1, tally::number_of(key.day))
        .bind(2, key.domain)
        .bind(3, key.published)
        .bind(4, tally::find_due_time(key.day, key.domain, settings.departure));
    SEALPOST_CHECK(insert.run());
    return find_open(connection, key);
}

// Answers how many rows are new: 0 or 1; absent when the report is full.
Result<std::optional<int>> add_to_row(db::Connection& connection, const OpenPeriod& period, const std::string& row,
                                      std::int64_t messages, std::int64_t max_rows)
{
    const std::string digest = tally::make_key({row});
    auto update = connection.prepare("update reports_counted set messages = messages + ?3 where period = ?1 and digest = ?2");
    SEALPOST_CHECK(update.bind(1, period.number).bind(2, digest).bind(3, messages).run());
    if (connection.changes() > 0) return std::optional<int>(0);
    if (period.rows >= max_rows) return std::optional<int>();
    auto insert = connection.prepare("insert into reports_counted (period, digest, row, messages) values (?1, ?2, ?3, ?4)");
    SEALPOST_CHECK(insert.bind(1, period.number).bind(2, digest).bind(3, row).bind(4, messages).run());
    return std::optional<int>(1);
}

Result<> write_count(db::Connection& connection, const CountKey& key, const Count& count, const Settings& settings)
{
    SEALPOST_TRY(auto period, find_open(connection, key));
    if (!period) {
        SEALPOST_TRY(period, make_open(connection, key, settings));
    }
    if (!period) return {};
    SEALPOST_TRY(const auto added, add_to_row(connection, *period, key.row, count.messages, settings.max_rows));
    auto update = connection.prepare(
        "update reports_period set rows = rows + ?2, messages = messages + ?3, omitted = omitted + ?4, addresses = ?5"
        " where number = ?1");
    update.bind(1, period->number).bind(2, added.value_or(0)).bind(3, count.messages);
    update.bind(4, added ? 0 : count.messages).bind(5, count.addresses);
    return update.run();
}

// RFC 7489 §6.3, fo: any of 0, 1, d and s. What is longer than all of them repeats itself, up to the 8 KiB of a record; it is
// part of a period's key.
std::string shorten_options(std::string options)
{
    constexpr std::string_view all = "0:1:d:s";
    if (options.size() <= all.size()) return options;
    std::string once;
    for (const char option : all)
        if (option != ':' && options.find(option) != std::string::npos) once.append(once.empty() ? "" : ":").push_back(option);
    return once;
}

}  // namespace

Result<> write_counts(db::Connection& connection, const Tally::Counts& counts, const Settings& settings)
{
    for (const auto& [key, count] : counts) SEALPOST_CHECK(write_count(connection, key, count, settings));
    return {};
}

std::optional<Judged> describe(const dmarc::Judgement& judgement, const MessageFacts& facts)
{
    const auto& discovery = judgement.discovery;
    if (discovery.state != dmarc::Discovery::State::found || discovery.record.aggregate_reports.empty()) return std::nullopt;
    if (judgement.verdict.outcome != dmarc::Outcome::pass && judgement.verdict.outcome != dmarc::Outcome::fail)
        return std::nullopt;
    Judged judged{facts.at, discovery.domain, discovery.record, {}};
    dmarc::ReportRow& row = judged.row;
    row.source = facts.source;
    row.count = 1;
    row.disposition = facts.disposition;
    row.dkim_aligned = judgement.verdict.dkim_aligned;
    row.spf_aligned = judgement.verdict.spf_aligned;
    row.envelope_from = facts.envelope_from;
    row.envelope_to = facts.envelope_to;
    row.header_from = judgement.author_domain;
    row.dkim = facts.dkim;
    row.spf = facts.spf;
    if (judgement.verdict.sampled_out) row.reasons.push_back({"sampled_out", ""});
    if (facts.disposition != judgement.verdict.applied) row.reasons.push_back({"local_policy", facts.override_reason});
    return judged;
}

void Reports::record(Judged judged)
{
    CountKey key;
    key.day = tally::day_of(judged.at);
    auto published = dmarc::describe_policy(judged.record, "");
    published.failure_options = shorten_options(std::move(published.failure_options));
    key.published = format_policy(published);
    key.row = format_row(judged.row);
    key.domain = std::move(judged.domain);
    std::string addresses = format_addresses(judged.record.aggregate_reports);
    state_->tally->add(std::move(key), {1, std::move(addresses)});
}

Task<Result<>> Reports::flush() { return state_->tally->flush(); }

Result<> Reports::flush_now() { return state_->tally->flush_now(); }

}  // namespace sealpost::dmarcreports
