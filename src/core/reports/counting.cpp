// Of the mail that is judged: counted in memory, written in groups.
#include "core/reports/row_json.hpp"
#include "core/reports/state.hpp"

#include <algorithm>
#include <functional>

namespace sealpost::reports {
namespace {

struct OpenPeriod {
    std::int64_t number = 0;
    std::int64_t rows = 0;
};

// A domain's reports leave at the same time every day, and those of many domains one after the other.
WallTime find_due_time(const CountKey& key, const Settings& settings)
{
    const auto spread = static_cast<std::size_t>(std::max<std::int64_t>(std::chrono::seconds(settings.spread).count(), 1));
    const std::chrono::seconds own(static_cast<std::int64_t>(std::hash<std::string>()(key.domain) % spread));
    return WallTime(key.day + std::chrono::days(1)) + settings.grace + own;
}

Result<std::optional<OpenPeriod>> find_open(db::Connection& connection, const CountKey& key)
{
    auto row = connection.prepare(
        "select number, rows from reports_period where day = ?1 and domain = ?2 and published = ?3 and state = 0");
    row.bind(1, number_of(key.day)).bind(2, key.domain).bind(3, key.published);
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<OpenPeriod>();
    return std::optional(OpenPeriod{row.column_int(0), row.column_int(1)});
}

// Absent when there are too many already, or when this one is settled: its report has left.
Result<std::optional<OpenPeriod>> make_open(db::Connection& connection, const CountKey& key, const Settings& settings)
{
    auto count = connection.prepare("select count(*) from reports_period where day = ?1");
    SEALPOST_CHECK(count.bind(1, number_of(key.day)).step());
    if (count.column_int(0) >= settings.max_periods) return std::optional<OpenPeriod>();
    auto insert = connection.prepare(
        "insert into reports_period (day, domain, published, addresses, state, rows, messages, omitted, due_at, attempts, told)"
        " values (?1, ?2, ?3, '[]', 0, 0, 0, 0, ?4, 0, '') on conflict do nothing");
    insert.bind(1, number_of(key.day)).bind(2, key.domain).bind(3, key.published).bind(4, find_due_time(key, settings));
    SEALPOST_CHECK(insert.run());
    return find_open(connection, key);
}

// Answers how many rows are new: 0 or 1; absent when the report is full.
Result<std::optional<int>> add_to_row(db::Connection& connection, const OpenPeriod& period, const std::string& row,
                                      std::int64_t messages, std::int64_t max_rows)
{
    auto update = connection.prepare("update reports_count set messages = messages + ?3 where period = ?1 and row = ?2");
    SEALPOST_CHECK(update.bind(1, period.number).bind(2, row).bind(3, messages).run());
    if (connection.changes() > 0) return std::optional<int>(0);
    if (period.rows >= max_rows) return std::optional<int>();
    auto insert = connection.prepare("insert into reports_count (period, row, messages) values (?1, ?2, ?3)");
    SEALPOST_CHECK(insert.bind(1, period.number).bind(2, row).bind(3, messages).run());
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

}  // namespace

std::int64_t number_of(Day day) { return day.time_since_epoch().count(); }

Result<> write_counts(db::Connection& connection, const Pending& pending, const Settings& settings)
{
    for (const auto& [key, count] : pending) SEALPOST_CHECK(write_count(connection, key, count, settings));
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
    key.day = std::chrono::floor<std::chrono::days>(judged.at);
    key.published = format_policy(dmarc::describe_policy(judged.record, ""));
    key.row = format_row(judged.row);
    key.domain = std::move(judged.domain);
    std::string addresses = format_addresses(judged.record.aggregate_reports);
    const std::lock_guard guard(state_->lock);
    const auto found = state_->pending.find(key);
    if (found == state_->pending.end() && state_->pending.size() >= state_->settings.max_pending) {
        ++state_->dropped;
        return;
    }
    Count& count = found == state_->pending.end() ? state_->pending[std::move(key)] : found->second;
    ++count.messages;
    count.addresses = std::move(addresses);
}

// What the store refuses for the moment is counted on.
class Flushing {
public:
    explicit Flushing(std::shared_ptr<Reports::State> state) : state_(std::move(state))
    {
        std::int64_t dropped = 0;
        {
            const std::lock_guard guard(state_->lock);
            taken_.swap(state_->pending);
            std::swap(dropped, state_->dropped);
        }
        if (dropped > 0) state_->log.warning("dmarc.not_counted", {{"messages", dropped}});
    }

    [[nodiscard]] bool is_empty() const { return taken_.empty(); }
    Result<> write(db::Connection& connection) const { return write_counts(connection, taken_, state_->settings); }
    void give_back() const
    {
        const std::lock_guard guard(state_->lock);
        for (const auto& [key, count] : taken_) {
            Count& place = state_->pending[key];
            place.messages += count.messages;
            if (place.addresses.empty()) place.addresses = count.addresses;
        }
    }

private:
    std::shared_ptr<Reports::State> state_;
    Pending taken_;
};

Task<Result<>> Reports::flush()
{
    auto flushing = std::make_shared<const Flushing>(state_);
    if (flushing->is_empty()) co_return Result<>();
    auto work = [flushing](db::Connection& connection) { return flushing->write(connection); };
    auto written = co_await state_->database->write(std::move(work));
    if (written.has_error()) flushing->give_back();
    co_return written;
}

Result<> Reports::flush_now()
{
    const Flushing flushing(state_);
    if (flushing.is_empty()) return {};
    auto written = state_->database->write_now([&](db::Connection& connection) { return flushing.write(connection); });
    if (written.has_error()) flushing.give_back();
    return written;
}

}  // namespace sealpost::reports
