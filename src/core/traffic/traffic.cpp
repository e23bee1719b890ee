#include "core/traffic/traffic.hpp"

#include "core/traffic/fact_json.hpp"
#include "core/traffic/schema.hpp"
#include "sys/db/connection.hpp"

#include <algorithm>
#include <deque>
#include <mutex>

namespace sealpost::traffic {

struct Traffic::State {
    std::shared_ptr<db::Database> database;
    log::Log log = log::Log::silent();
    Settings settings;

    std::mutex lock;
    std::deque<ConnectionRecord> connections;  // under lock
    std::deque<MessageRecord> messages;        // under lock
    std::uint64_t dropped = 0;                 // under lock
    std::uint64_t told = 0;                    // under lock: of `dropped`
};

namespace {

constexpr std::string_view connection_table = "traffic_connection";
constexpr std::string_view message_table = "traffic_message";

struct Batch {
    std::vector<ConnectionRecord> connections;
    std::vector<MessageRecord> messages;
    [[nodiscard]] std::size_t size() const { return connections.size() + messages.size(); }
    [[nodiscard]] bool empty() const { return size() == 0; }
};

template <class Record>
std::vector<Record> take_front(std::deque<Record>& all, std::size_t most)
{
    const auto count = static_cast<std::ptrdiff_t>(std::min(all.size(), most));
    std::vector<Record> taken(std::make_move_iterator(all.begin()), std::make_move_iterator(all.begin() + count));
    all.erase(all.begin(), all.begin() + count);
    return taken;
}

Batch take_batch(Traffic::State& state)
{
    const std::lock_guard guard(state.lock);
    return {take_front(state.connections, state.settings.batch), take_front(state.messages, state.settings.batch)};
}

// Of what is there now. What comes while it is written waits for the next flush: a node under load would never cease to
// flush, each handful of records behind an fsync of its own.
std::size_t count_batches(Traffic::State& state)
{
    const std::lock_guard guard(state.lock);
    const std::size_t batch = state.settings.batch;
    return (std::max(state.connections.size(), state.messages.size()) + batch - 1) / batch;
}

template <class Record>
Result<> write_records(db::Connection& connection, std::string_view table, const std::vector<Record>& records, std::size_t keep)
{
    if (records.empty()) return {};
    auto insert = connection.prepare("insert into " + std::string(table) + " (at, facts) values (?1, ?2)");
    for (const auto& record : records) {
        SEALPOST_CHECK(insert.bind(1, record.at).bind(2, format_record(record)).run());
        insert.rewind();
    }
    auto trim = connection.prepare("delete from " + std::string(table) + " where number <= (select max(number) from " +
                                   std::string(table) + ") - ?1");
    return trim.bind(1, keep).run();
}

Result<> write_batch(db::Connection& connection, const Batch& batch, std::size_t keep)
{
    SEALPOST_CHECK(write_records(connection, connection_table, batch.connections, keep));
    return write_records(connection, message_table, batch.messages, keep);
}

// Nothing is left of former days when an operator wants nothing kept.
Result<> forget_all(db::Database& database)
{
    return database.write_now([](db::Connection& connection) -> Result<> {
        SEALPOST_CHECK(connection.execute("delete from traffic_connection"));
        return connection.execute("delete from traffic_message");
    });
}

// Newest first. A record that a later version wrote differently is passed over.
template <class Parse, class Visit>
Result<> visit_records(db::Connection& connection, std::string_view table, std::size_t last, Parse parse, const Visit& visit)
{
    auto rows = connection.prepare("select at, facts from " + std::string(table) + " order by number desc limit ?1");
    rows.bind(1, last);
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more) return {};
        auto record = parse(rows.column_view(1));
        if (record.has_error()) continue;
        record->at = rows.column_time(0);
        visit(std::move(*record));
    }
}

template <class Record, class Parse>
Result<std::vector<Record>> read_records(db::Connection& connection, std::string_view table, std::size_t last, Parse parse)
{
    std::vector<Record> records;
    const auto keep = [&records](Record record) { records.push_back(std::move(record)); };
    SEALPOST_CHECK(visit_records(connection, table, last, parse, keep));
    std::reverse(records.begin(), records.end());
    return records;
}

Result<Facts> read_facts(db::Connection& connection, std::size_t last)
{
    Facts facts;
    SEALPOST_TRY(facts.connections, read_records<ConnectionRecord>(connection, connection_table, last, parse_connection));
    SEALPOST_TRY(facts.messages, read_records<MessageRecord>(connection, message_table, last, parse_message));
    return facts;
}

// Nothing is lost with a record that its next `keep` successors will put out of the store.
template <class Record>
void keep_newest(std::deque<Record>& all, Record record, const Settings& settings, std::uint64_t& dropped)
{
    const std::size_t most = std::min(settings.keep, settings.max_pending);
    while (!all.empty() && all.size() >= most) {
        all.pop_front();
        if (most < settings.keep) ++dropped;
    }
    all.push_back(std::move(record));
}

void count_dropped(Traffic::State& state, const Batch& batch)
{
    const std::lock_guard guard(state.lock);
    state.dropped += batch.size();
}

void tell_dropped(Traffic::State& state)
{
    std::uint64_t news = 0;
    {
        const std::lock_guard guard(state.lock);
        news = state.dropped - state.told;
        state.told = state.dropped;
    }
    if (news > 0) state.log.warning("traffic.dropped", {{"records", news}});
}

}  // namespace

Traffic::Traffic(std::shared_ptr<State> state) : state_(std::move(state)) {}
Traffic::~Traffic() = default;

Result<std::shared_ptr<Traffic>> Traffic::open(std::shared_ptr<db::Database> database, log::Log log, Settings settings)
{
    SEALPOST_CHECK(database->migrate("traffic", schema_steps()));
    if (settings.keep == 0) SEALPOST_CHECK(forget_all(*database));
    auto state = std::make_shared<State>();
    state->database = std::move(database);
    state->log = std::move(log);
    state->settings = settings;
    return std::shared_ptr<Traffic>(new Traffic(std::move(state)));
}

bool Traffic::is_recording() const { return state_->settings.keep > 0; }

void Traffic::record(ConnectionRecord record)
{
    if (!is_recording()) return;
    const std::lock_guard guard(state_->lock);
    keep_newest(state_->connections, std::move(record), state_->settings, state_->dropped);
}

void Traffic::record(MessageRecord record)
{
    if (!is_recording()) return;
    const std::lock_guard guard(state_->lock);
    keep_newest(state_->messages, std::move(record), state_->settings, state_->dropped);
}

std::uint64_t Traffic::dropped() const
{
    const std::lock_guard guard(state_->lock);
    return state_->dropped;
}

Task<Result<std::size_t>> Traffic::flush()
{
    std::size_t count = 0;
    for (auto left = count_batches(*state_); left > 0; --left) {
        auto batch = std::make_shared<const Batch>(take_batch(*state_));
        if (batch->empty()) break;
        auto work = [batch, keep = state_->settings.keep](db::Connection& connection) {
            return write_batch(connection, *batch, keep);
        };
        auto written = co_await state_->database->write(std::move(work));
        if (written.has_error()) {
            count_dropped(*state_, *batch);
            co_return written.error();
        }
        count += batch->size();
    }
    tell_dropped(*state_);
    co_return count;
}

Result<> Traffic::flush_now()
{
    for (auto batch = take_batch(*state_); !batch.empty(); batch = take_batch(*state_)) {
        auto written = state_->database->write_now(
            [&](db::Connection& connection) { return write_batch(connection, batch, state_->settings.keep); });
        if (written.has_error()) {
            count_dropped(*state_, batch);
            return written;
        }
    }
    tell_dropped(*state_);
    return {};
}

Task<void> Traffic::run_chores()
{
    const Settings& settings = state_->settings;
    const bool may_rest = settings.keep <= settings.max_pending;
    bool fails = false;
    bool is_busy = false;
    while (true) {
        auto flushed = co_await flush();
        if (flushed.has_error() && !fails) state_->log.warning("traffic.not_written", {{"problem", flushed.error().text}});
        fails = flushed.has_error();
        const std::size_t much = is_busy ? 2 * settings.busy : settings.busy;
        is_busy = may_rest && flushed.has_value() && *flushed > much;
        const auto rest = is_busy ? settings.busy_interval : settings.interval;
        auto slept = co_await async::sleep_until(Deadline::after(rest));
        if (slept.has_error()) co_return;
    }
}

Task<Result<Facts>> Traffic::load(std::size_t last) const
{
    auto work = [last](db::Connection& connection) { return read_facts(connection, last); };
    auto facts = co_await state_->database->read(std::move(work));
    co_return facts;
}

Result<Facts> Traffic::load_now(std::size_t last) const
{
    return state_->database->read_now([last](db::Connection& connection) { return read_facts(connection, last); });
}

Result<> Traffic::visit_now(std::size_t last, const Visitor& visitor) const
{
    return state_->database->read_now([last, &visitor](db::Connection& connection) -> Result<> {
        SEALPOST_CHECK(visit_records(connection, connection_table, last, parse_connection, visitor.connection));
        return visit_records(connection, message_table, last, parse_message, visitor.message);
    });
}

}  // namespace sealpost::traffic
