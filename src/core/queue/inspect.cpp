// Looking at the queue and at what became of messages; changes nothing but old history.
#include "core/queue/queue.hpp"

#include "base/text.hpp"
#include "core/queue/choice.hpp"
#include "core/queue/retry.hpp"
#include "core/queue/state.hpp"
#include "core/queue/store.hpp"
#include "wire/mail/message_id.hpp"

namespace sealpost::queue {
namespace {

constexpr int history_rows_per_commit = 1000;
constexpr int keys_per_commit = 1000;

constexpr std::array<std::pair<RecipientState, std::string_view>, 6> state_names{{
    {RecipientState::waiting, "waiting"},
    {RecipientState::held, "held"},
    {RecipientState::delivered, "delivered"},
    {RecipientState::relayed_elsewhere, "relayed_elsewhere"},
    {RecipientState::failed, "failed"},
    {RecipientState::removed, "removed"},
}};

RecipientState parse_state(std::string_view text)
{
    for (const auto& [state, name] : state_names) {
        if (name == text) return state;
    }
    return RecipientState::waiting;
}

MessageView make_view(MessageRow row)
{
    MessageView view;
    view.id = row.id;
    view.parent = row.parent;
    view.content = row.content;
    view.size = row.bytes;
    view.lane = std::move(row.lane);
    view.sender = std::move(row.sender);
    view.facts = std::move(row.facts);
    view.accepted_at = row.accepted_at;
    view.due_at = row.due_at;
    view.attempts = row.attempts;
    const auto plan = parse_bounce_plan(row.plan);
    view.is_confidential = plan.has_error() || plan->is_confidential;
    return view;
}

Result<> add_waiting(db::Connection& connection, MessageView& view)
{
    SEALPOST_TRY(auto recipients, Store(connection).load_recipients(view.id));
    for (auto& row : recipients) {
        view.recipients.push_back({row.number, std::move(row.address),
                                   row.is_held ? RecipientState::held : RecipientState::waiting, std::move(row.code),
                                   std::move(row.reply), std::move(row.remote_host), std::move(row.facts), std::nullopt});
    }
    return {};
}

// Adds the finished recipients; a view without an id becomes the message that they tell of.
Result<> add_finished(db::Connection& connection, MessageId message, MessageView& view)
{
    auto rows = connection.prepare(
        "select number, address, state, code, reply, remote_host, facts, finished_at, parent, bytes, lane, sender, "
        "accepted_at, attempts, message_facts from queue_history where message = ? order by number");
    rows.bind(1, message.value());
    for (;;) {
        SEALPOST_TRY(const bool is_row, rows.step());
        if (!is_row) return {};
        view.recipients.push_back({static_cast<int>(rows.column_int(0)), rows.column_text(1), parse_state(rows.column_view(2)),
                                   rows.column_text(3), rows.column_text(4), rows.column_text(5), rows.column_text(6),
                                   rows.column_optional_time(7)});
        if (view.id == message) continue;
        view.id = message;
        view.parent = MessageId(rows.column_int(8));
        view.size = rows.column_int(9);
        view.lane = rows.column_text(10);
        view.sender = rows.column_text(11);
        view.accepted_at = rows.column_time(12);
        view.attempts = static_cast<int>(rows.column_int(13));
        view.facts = rows.column_text(14);
    }
}

Result<std::optional<MessageView>> load_view(db::Connection& connection, MessageId message, bool with_finished)
{
    SEALPOST_TRY(auto row, Store(connection).find_message(message));
    MessageView view;
    if (row) {
        view = make_view(std::move(*row));
        SEALPOST_CHECK(add_waiting(connection, view));
    }
    if (with_finished) SEALPOST_CHECK(add_finished(connection, message, view));
    if (view.id == MessageId()) return std::optional<MessageView>();
    std::sort(view.recipients.begin(), view.recipients.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    return std::optional(std::move(view));
}

bool has_domain(const MessageView& view, const std::string& domain)
{
    return std::any_of(view.recipients.begin(), view.recipients.end(),
                       [&](const auto& recipient) { return domain_of(recipient.address) == domain; });
}

// `value`: the parameter that is the lane. The lane of relayed mail is in no index, as in the schema: it has most of all mail.
std::string limit_lane(const std::string& lane, std::string_view value)
{
    if (lane.empty()) return "";
    return " and lane = " + std::string(value) + (lane == relay_lane ? "" : " and lane <> 'relay'");
}

std::int64_t count_down_from(MessageId before)
{
    return before == MessageId() ? std::numeric_limits<std::int64_t>::max() : before.value();
}

constexpr int list_slice = 500;

// Parameters: 1 after, 2 most, 3 sender, 4 lane.
std::string search_list(const ListFilter& filter)
{
    const std::string sender = SenderChoice(filter.sender).condition("?3");
    return "select " + std::string(message_columns) + " from queue_message where id " + (filter.newest_first ? "< ?1" : "> ?1") +
           (sender.empty() ? "" : " and " + sender) + limit_age(filter.until) + limit_lane(filter.lane, "?4") +
           (filter.held_only ? " and id in (select message from queue_recipient where is_held <> 0)" : "") + " order by id" +
           (filter.newest_first ? " desc" : "") + " limit ?2";
}

Result<std::vector<MessageView>> load_list(db::Connection& connection, const ListFilter& filter)
{
    auto rows = connection.prepare(search_list(filter));
    const std::string domain = filter.domain.empty() ? std::string() : ascii_lower(filter.domain);
    std::vector<MessageView> views;
    MessageId after(filter.newest_first ? count_down_from(filter.after) : filter.after.value());
    for (int seen = list_slice; seen == list_slice;) {  // a store may bring all rows of an answer at once
        rows.rewind();
        rows.bind(1, after.value()).bind(2, list_slice);
        SenderChoice(filter.sender).bind(rows, 3);
        if (!filter.lane.empty()) rows.bind(4, filter.lane);
        for (seen = 0; static_cast<int>(views.size()) < filter.most; ++seen) {
            SEALPOST_TRY(const bool is_row, rows.step());
            if (!is_row) break;
            auto view = make_view(read_message_row(rows));
            SEALPOST_CHECK(add_waiting(connection, view));
            after = view.id;
            if (domain.empty() || has_domain(view, domain)) views.push_back(std::move(view));
        }
    }
    return views;
}

Result<std::vector<MessageId>> load_ids(db::Statement rows)
{
    std::vector<MessageId> ids;
    for (;;) {
        SEALPOST_TRY(const bool is_row, rows.step());
        if (!is_row) return ids;
        ids.emplace_back(rows.column_int(0));
    }
}

// Parameters of the searches below: 1 before, 2 most, 3 address, 4 intake, 5 text, 6 since, 7 until, 8 lane, 9 Message-ID.
std::string limit_times(const HistoryFilter& filter)
{
    return std::string(filter.since ? " and accepted_at >= ?6" : "") + (filter.until ? " and accepted_at < ?7" : "");
}

constexpr std::string_view contains_text = "instr(lower(code || ' ' || reply || ' ' || remote_host), ?5) > 0";

// The same as in the index queue_history_intake, so that it is used.
std::string names_intake(const std::string& facts)
{
    return " and substr(" + facts + R"(, 1, 11) = '{"intake":"' and substr()" + facts + ", 12, instr(substr(" + facts +
           R"(, 12), '"') - 1) = ?4)";
}

// The same as in the index queue_history_message_id.
std::string has_message_id(const std::string& facts)
{
    const std::string id = "substr(" + facts + ", instr(" + facts + R"(, '","message_id":"') + 16))";
    return " and instr(" + facts + R"(, '","message_id":"') > 0 and substr()" + id + ", 1, instr(" + id + R"(, '"') - 1) = ?9)";
}

// `side`: the column that is to be the address; empty: none.
std::string search_finished(const HistoryFilter& filter, const std::string& side)
{
    std::string sql =
        "select message from queue_history where message < ?1" + limit_times(filter) + limit_lane(filter.lane, "?8");
    if (!side.empty()) sql += " and lower(" + side + ") = ?3";
    if (!filter.intake.empty()) sql += names_intake("message_facts");
    if (!filter.message_id.empty()) sql += has_message_id("message_facts");
    // The index has the first recipient, who stands for all unless one is looked for.
    if (!filter.message_id.empty() && side.empty() && filter.text.empty()) sql += " and number = 0";
    if (!filter.text.empty()) sql += " and " + std::string(contains_text);
    return sql;
}

std::string search_waiting(const HistoryFilter& filter)
{
    std::string sql = "select id from queue_message where id < ?1" + limit_times(filter) + limit_lane(filter.lane, "?8");
    const std::string has_recipient = "exists (select 1 from queue_recipient where message = id and ";
    if (!filter.address.empty()) sql += " and (lower(sender) = ?3 or " + has_recipient + "lower(address) = ?3))";
    if (!filter.intake.empty()) sql += names_intake("facts");
    if (!filter.message_id.empty()) sql += has_message_id("facts");
    if (!filter.text.empty()) sql += " and " + has_recipient + std::string(contains_text) + ")";
    return sql;
}

Result<std::vector<MessageId>> search(db::Connection& connection, const HistoryFilter& filter)
{
    std::string sql = search_finished(filter, filter.address.empty() ? "" : "address");
    if (!filter.address.empty()) sql += " union " + search_finished(filter, "sender");
    if (filter.with_waiting) sql += " union " + search_waiting(filter);
    const bool is_distinct = filter.address.empty() && !filter.with_waiting;
    if (is_distinct) sql.replace(0, std::string_view("select").size(), "select distinct");
    auto rows = connection.prepare(sql + " order by 1 desc limit ?2");
    rows.bind(1, count_down_from(filter.before)).bind(2, filter.most);
    if (!filter.address.empty()) rows.bind(3, ascii_lower(filter.address));
    if (!filter.intake.empty()) rows.bind(4, filter.intake);
    if (!filter.text.empty()) rows.bind(5, ascii_lower(filter.text));
    if (filter.since) rows.bind(6, *filter.since);
    if (filter.until) rows.bind(7, *filter.until);
    if (!filter.lane.empty()) rows.bind(8, filter.lane);
    if (!filter.message_id.empty()) rows.bind(9, mail::clean_message_id(filter.message_id));
    return load_ids(std::move(rows));
}

Result<std::vector<MessageView>> load_history(db::Connection& connection, const HistoryFilter& filter)
{
    SEALPOST_TRY(const auto ids, search(connection, filter));
    std::vector<MessageView> views;
    for (const auto id : ids) {
        MessageView view;
        if (filter.with_waiting) {
            SEALPOST_TRY(auto whole, load_view(connection, id, true));
            view = std::move(*whole);
        } else {
            SEALPOST_CHECK(add_finished(connection, id, view));
        }
        views.push_back(std::move(view));
    }
    return views;
}

// A slice of the history, in the order in which it was written.
struct HistorySlice {
    std::int64_t last = 0;   // its last row
    bool may_go_on = false;  // more follows, and some of it may be too old, too
};

// What was finished in the future was finished under a clock that was ahead: it counts as finished now, or it would stay
// until that time has come.
Result<HistorySlice> tidy_history(db::Connection& connection, std::int64_t after, WallTime limit, WallTime now)
{
    HistorySlice slice;
    bool is_full = false;
    {
        auto row = connection.prepare(
            "select count(*), max(id) from (select id from queue_history where id > ? order by id limit ?) as slice");
        row.bind(1, after).bind(2, history_rows_per_commit);
        SEALPOST_CHECK(row.step());
        is_full = row.column_int(0) == history_rows_per_commit;
        slice.last = row.column_int(1);
    }
    auto erase = connection.prepare("delete from queue_history where id > ? and id <= ? and finished_at < ?");
    SEALPOST_CHECK(erase.bind(1, after).bind(2, slice.last).bind(3, limit).run());
    const auto erased = connection.changes();
    auto pull = connection.prepare("update queue_history set finished_at = ?3 where id > ?1 and id <= ?2 and finished_at > ?3");
    SEALPOST_CHECK(pull.bind(1, after).bind(2, slice.last).bind(3, now).run());
    slice.may_go_on = is_full && erased + connection.changes() > 0;
    return slice;
}

}  // namespace

std::string_view format_state(RecipientState state)
{
    for (const auto& [known, name] : state_names) {
        if (known == state) return name;
    }
    return "unknown";
}

Task<Result<std::vector<MessageView>>> Queue::list(ListFilter filter)
{
    auto state = state_;
    auto work = [filter](db::Connection& connection) { return load_list(connection, filter); };
    auto views = co_await state->database->read(std::move(work));
    if (views.has_error()) co_return views.error();
    for (auto& view : *views) view.being_delivered = state->schedule.is_leased(view.id);
    co_return std::move(*views);
}

Task<Result<std::optional<MessageView>>> Queue::show(MessageId message) { return load(message, false); }
Task<Result<std::optional<MessageView>>> Queue::track(MessageId message) { return load(message, true); }

Task<Result<std::optional<MessageView>>> Queue::load(MessageId message, bool with_finished)
{
    auto state = state_;
    auto work = [message, with_finished](db::Connection& connection) { return load_view(connection, message, with_finished); };
    auto view = co_await state->database->read(std::move(work));
    if (view.has_error()) co_return view.error();
    if (*view) (*view)->being_delivered = state->schedule.is_leased(message);
    co_return std::move(*view);
}

Task<Result<Counts>> Queue::count()
{
    auto state = state_;
    auto work = [](db::Connection& connection) -> Result<Counts> {
        auto row = connection.prepare(
            "select count(*), (select count(distinct message) from queue_recipient where is_held <> 0),"
            " min(case when due_at is not null then accepted_at end) from queue_message");
        SEALPOST_CHECK(row.step());
        return Counts{row.column_int(0), row.column_int(1), row.column_optional_time(2)};
    };
    auto counts = co_await state->database->read(std::move(work));
    co_return std::move(counts);
}

Task<Result<Extent>> Queue::measure()
{
    auto state = state_;
    auto work = [](db::Connection& connection) -> Result<Extent> {
        auto row = connection.prepare("select count(*), coalesce(sum(bytes), 0) from queue_content where uses > 0");
        SEALPOST_CHECK(row.step());
        SEALPOST_TRY(const auto reusable, connection.reusable_bytes());
        return Extent{row.column_int(0), row.column_int(1), reusable};
    };
    auto extent = co_await state->database->read(std::move(work));
    co_return std::move(extent);
}

Task<Result<std::vector<MessageView>>> Queue::find_history(HistoryFilter filter)
{
    auto state = state_;
    auto work = [filter](db::Connection& connection) { return load_history(connection, filter); };
    auto views = co_await state->database->read(std::move(work));
    co_return std::move(views);
}

Task<Result<std::vector<MessageId>>> Queue::find_children(MessageId message)
{
    auto state = state_;
    auto work = [message](db::Connection& connection) -> Result<std::vector<MessageId>> {
        if (message == MessageId()) return std::vector<MessageId>();
        auto rows = connection.prepare(
            "select id from queue_message where parent = ?1 and parent <> 0 "
            "union select message from queue_history where parent = ?1 and parent <> 0 "
            "order by 1");
        rows.bind(1, message.value());
        return load_ids(std::move(rows));
    };
    auto ids = co_await state->database->read(std::move(work));
    co_return std::move(ids);
}

Task<Result<>> Queue::erase_old_history()
{
    auto state = state_;
    const WallTime now = state->clock.now();
    const WallTime limit = now - state->settings.keep_history;
    for (int forgotten = keys_per_commit; forgotten == keys_per_commit;) {
        auto forget_keys = [limit](db::Connection& connection) { return Store(connection).forget_once(limit, keys_per_commit); };
        SEALPOST_CO_TRY(forgotten, co_await state->database->write(std::move(forget_keys)));
    }
    std::int64_t after = 0;
    for (;;) {
        auto work = [after, limit, now](db::Connection& connection) { return tidy_history(connection, after, limit, now); };
        auto slice = co_await state->database->write(std::move(work));
        if (slice.has_error()) co_return slice.error();
        if (!slice->may_go_on) co_return Result<>();
        after = slice->last;
    }
}

}  // namespace sealpost::queue
