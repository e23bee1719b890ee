// Of our deliveries: counted in memory, written in groups.
#include "base/text.hpp"
#include "core/tlsreports/row_json.hpp"
#include "core/tlsreports/state.hpp"

#include <algorithm>
#include <functional>

namespace sealpost::tlsreports {
namespace {

struct OpenPeriod {
    std::int64_t number = 0;
    std::int64_t rows = 0;
};

// RFC 8460 §4.1 wants reports spread in time. A domain's reports leave at the same time every day, and
// those of many domains one after the other.
WallTime find_due_time(const CountKey& key, const Settings& settings)
{
    const auto spread = static_cast<std::size_t>(std::max<std::int64_t>(std::chrono::seconds(settings.spread).count(), 1));
    const std::chrono::seconds own(static_cast<std::int64_t>(std::hash<std::string>()(key.domain) % spread));
    return WallTime(key.day + std::chrono::days(1)) + settings.grace + own;
}

Result<std::optional<OpenPeriod>> find_open(db::Connection& connection, const CountKey& key)
{
    auto row = connection.prepare("select number, rows from tlsreports_period where day = ?1 and domain = ?2 and state = 0");
    SEALPOST_TRY(const bool found, row.bind(1, number_of(key.day)).bind(2, key.domain).step());
    if (!found) return std::optional<OpenPeriod>();
    return std::optional(OpenPeriod{row.column_int(0), row.column_int(1)});
}

// Absent when there are too many already, or when this one is settled: its report has left.
Result<std::optional<OpenPeriod>> make_open(db::Connection& connection, const CountKey& key, const Settings& settings)
{
    auto count = connection.prepare("select count(*) from tlsreports_period where day = ?1");
    SEALPOST_CHECK(count.bind(1, number_of(key.day)).step());
    if (count.column_int(0) >= settings.max_periods) return std::optional<OpenPeriod>();
    auto insert = connection.prepare(
        "insert into tlsreports_period (day, domain, state, rows, succeeded, failed, omitted, due_at, attempts, done, told)"
        " values (?1, ?2, 0, 0, 0, 0, 0, ?3, 0, '[]', '') on conflict do nothing");
    insert.bind(1, number_of(key.day)).bind(2, key.domain).bind(3, find_due_time(key, settings));
    SEALPOST_CHECK(insert.run());
    return find_open(connection, key);
}

// Answers how many rows are new: 0 or 1; absent when the report is full.
Result<std::optional<int>> add_to_row(db::Connection& connection, const OpenPeriod& period, const CountKey& key,
                                      std::int64_t sessions, std::int64_t max_rows)
{
    auto update = connection.prepare(
        "update tlsreports_count set sessions = sessions + ?4 where period = ?1 and policy = ?2 and failure = ?3");
    SEALPOST_CHECK(update.bind(1, period.number).bind(2, key.policy).bind(3, key.failure).bind(4, sessions).run());
    if (connection.changes() > 0) return std::optional<int>(0);
    if (period.rows >= max_rows) return std::optional<int>();
    auto insert = connection.prepare("insert into tlsreports_count (period, policy, failure, sessions) values (?1, ?2, ?3, ?4)");
    SEALPOST_CHECK(insert.bind(1, period.number).bind(2, key.policy).bind(3, key.failure).bind(4, sessions).run());
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

// Between two characters, where the text is UTF-8.
void cut(std::string& text, std::size_t max_bytes)
{
    if (text.size() <= max_bytes) return;
    constexpr std::size_t longest_character = 4;
    std::size_t end = max_bytes;
    const auto continues = [&] { return (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80; };
    while (end > 0 && max_bytes - end < longest_character && continues()) --end;
    text.resize(end);
}

// What a host says about itself may differ each time: cut, it cannot fill the store. And it may be any octets.
tlsrpt::Failure shorten(tlsrpt::Failure failure, std::size_t max_bytes)
{
    for (auto* text : {&failure.receiving_helo, &failure.reason}) cut(*text, max_bytes);
    return failure;
}

}  // namespace

std::int64_t number_of(Day day) { return day.time_since_epoch().count(); }

Result<> write_counts(db::Connection& connection, const Pending& pending, const Settings& settings)
{
    for (const auto& [key, sessions] : pending) SEALPOST_CHECK(write_count(connection, key, sessions, settings));
    return {};
}

void Reports::record(Session session)
{
    CountKey key;
    key.day = std::chrono::floor<std::chrono::days>(session.at);
    key.domain = ascii_lower(session.policy.domain);
    key.policy = format_policy(session.policy);
    if (session.failure) key.failure = format_failure(shorten(std::move(*session.failure), state_->settings.max_reason_bytes));
    const std::lock_guard guard(state_->lock);
    const auto found = state_->pending.find(key);
    if (found != state_->pending.end())
        ++found->second;
    else if (state_->pending.size() >= state_->settings.max_pending)
        ++state_->dropped;
    else
        state_->pending.emplace(std::move(key), 1);
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
        if (dropped > 0) state_->log.warning("tlsrpt.not_counted", {{"sessions", dropped}});
    }

    [[nodiscard]] bool is_empty() const { return taken_.empty(); }
    Result<> write(db::Connection& connection) const { return write_counts(connection, taken_, state_->settings); }
    void give_back() const
    {
        const std::lock_guard guard(state_->lock);
        for (const auto& [key, sessions] : taken_) state_->pending[key] += sessions;
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

}  // namespace sealpost::tlsreports
