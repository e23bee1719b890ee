#include "core/queue/retry.hpp"
#include "core/queue/store.hpp"

#include <string>

namespace sealpost::queue {

MessageRow read_message_row(const db::Statement& row)
{
    MessageRow message;
    message.id = MessageId(row.column_int(0));
    message.parent = MessageId(row.column_int(1));
    message.content = ContentId(row.column_int(2));
    message.bytes = row.column_int(3);
    message.lane = row.column_text(4);
    message.sender = row.column_text(5);
    message.envid = row.column_text(6);
    message.ret = row.column_text(7);
    message.facts = row.column_text(8);
    message.smtputf8 = row.column_bool(9);
    message.accepted_at = row.column_time(10);
    message.attempts = static_cast<int>(row.column_int(11));
    message.domain = row.column_text(12);
    message.due_at = row.column_optional_time(13);
    message.plan = row.column_text(14);
    message.delay_notices = static_cast<int>(row.column_int(15));
    message.require_tls = row.column_bool(16);
    message.owner = row.column_text(17);
    message.late_since = row.column_optional_time(18);
    return message;
}

Result<MessageId> Store::insert_message(const NewMessage& message, MessageId parent, ContentId content, std::int64_t bytes,
                                        WallTime now, std::string_view inherited_plan)
{
    auto insert = connection_.prepare(
        "insert into queue_message (parent, content, bytes, lane, sender, envid, ret, facts, smtputf8, accepted_at, "
        "attempts, domain, due_at, plan, require_tls, owner) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)");
    insert.bind(1, parent.value()).bind(2, content.value()).bind(3, bytes).bind(4, message.lane).bind(5, message.sender);
    insert.bind(6, message.envid).bind(7, message.ret).bind(8, message.facts).bind(9, message.smtputf8).bind(10, now);
    insert.bind(11, line_of(message)).bind(12, message.turn.value_or(now));
    insert.bind(13, message.plan ? format_bounce_plan(*message.plan) : std::string(inherited_plan));
    insert.bind(14, message.require_tls).bind(15, owner_);
    SEALPOST_CHECK(insert.run());
    const MessageId id(connection_.last_insert_id());
    auto insert_recipient =
        connection_.prepare("insert into queue_recipient (message, number, address, notify, orcpt) values (?, ?, ?, ?, ?)");
    int number = 0;
    for (const auto& recipient : message.recipients) {
        insert_recipient.rewind();
        insert_recipient.bind(1, id.value()).bind(2, number++).bind(3, recipient.address);
        insert_recipient.bind(4, recipient.notify).bind(5, recipient.orcpt);
        SEALPOST_CHECK(insert_recipient.run());
    }
    return id;
}

Result<std::optional<std::string>> Store::note_once(const Once& once, WallTime now)
{
    auto insert =
        connection_.prepare("insert into queue_once (key, note, accepted_at) values (?, ?, ?) on conflict (key) do nothing");
    SEALPOST_CHECK(insert.bind(1, once.key).bind(2, once.note).bind(3, now).run());
    if (connection_.changes() == 1) return std::optional<std::string>();
    return find_note(once.key);
}

Result<std::optional<std::string>> Store::find_note(const std::string& key)
{
    auto row = connection_.prepare("select note from queue_once where key = ?");
    SEALPOST_TRY(const bool is_known, row.bind(1, key).step());
    if (!is_known) return std::optional<std::string>();
    return std::optional(row.column_text(0));
}

Result<int> Store::forget_once(WallTime limit, int most)
{
    auto forget = connection_.prepare(
        "delete from queue_once where key in (select key from queue_once where accepted_at < ?1 order by accepted_at limit ?2)");
    SEALPOST_CHECK(forget.bind(1, limit).bind(2, most).run());
    return connection_.changes();
}

Result<std::optional<MessageRow>> Store::find_message(MessageId message)
{
    static const std::string sql = "select " + std::string(message_columns) + " from queue_message where id = ?";
    auto row = connection_.prepare(sql);
    SEALPOST_TRY(const bool is_row, row.bind(1, message.value()).step());
    if (!is_row) return std::optional<MessageRow>();
    return std::optional(read_message_row(row));
}

Result<std::vector<RecipientRow>> Store::load_recipients(MessageId message)
{
    auto rows = connection_.prepare(
        "select number, address, notify, orcpt, is_held, code, reply, remote_host, facts "
        "from queue_recipient where message = ? order by number");
    rows.bind(1, message.value());
    std::vector<RecipientRow> recipients;
    for (;;) {
        SEALPOST_TRY(const bool is_row, rows.step());
        if (!is_row) return recipients;
        auto& recipient = recipients.emplace_back();
        recipient.number = static_cast<int>(rows.column_int(0));
        recipient.address = rows.column_text(1);
        recipient.notify = rows.column_text(2);
        recipient.orcpt = rows.column_text(3);
        recipient.is_held = rows.column_bool(4);
        recipient.code = rows.column_text(5);
        recipient.reply = rows.column_text(6);
        recipient.remote_host = rows.column_text(7);
        recipient.facts = rows.column_text(8);
    }
}

Result<MadeDue> Store::reschedule(const MessageRow& message, int attempts, WallTime due_at)
{
    SEALPOST_TRY(const auto recipients, load_recipients(message.id));
    if (recipients.empty()) {
        SEALPOST_CHECK(connection_.prepare("delete from queue_message where id = ?").bind(1, message.id.value()).run());
        SEALPOST_CHECK(leave_content(message.content));
        return MadeDue{message.domain, std::nullopt};
    }
    MadeDue made{message.domain, std::nullopt};
    LineChoice choice;
    for (const auto& recipient : recipients)
        if (!recipient.is_held) choice.add(recipient.address);
    if (!choice.line().empty()) made = {choice.line(), due_at};
    SEALPOST_CHECK(
        connection_
            .prepare(
                "update queue_message set attempts = ?, domain = ?, due_at = ?, delay_notices = ?, late_since = ? where id = ?")
            .bind(1, attempts)
            .bind(2, made.domain)
            .bind(3, made.due_at)
            .bind(4, message.delay_notices)
            .bind(5, message.late_since)
            .bind(6, message.id.value())
            .run());
    return made;
}

Result<> Store::keep_attempt(MessageId message, const RecipientRow& recipient)
{
    auto update = connection_.prepare(
        "update queue_recipient set is_held = ?, code = ?, reply = ?, remote_host = ?, facts = ? "
        "where message = ? and number = ?");
    update.bind(1, recipient.is_held).bind(2, recipient.code).bind(3, recipient.reply).bind(4, recipient.remote_host);
    update.bind(5, recipient.facts).bind(6, message.value()).bind(7, recipient.number);
    return update.run();
}

Result<> Store::finish_recipient(const MessageRow& message, const RecipientRow& recipient, RecipientState state, WallTime now,
                                 int attempts)
{
    auto insert = connection_.prepare(
        "insert into queue_history (message, number, parent, bytes, lane, sender, address, accepted_at, finished_at, "
        "attempts, state, code, reply, remote_host, facts, message_facts) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, message.id.value()).bind(2, recipient.number).bind(3, message.parent.value()).bind(4, message.bytes);
    insert.bind(5, message.lane).bind(6, message.sender).bind(7, recipient.address).bind(8, message.accepted_at);
    insert.bind(9, now).bind(10, attempts).bind(11, format_state(state)).bind(12, recipient.code);
    insert.bind(13, recipient.reply).bind(14, recipient.remote_host).bind(15, recipient.facts).bind(16, message.facts);
    SEALPOST_CHECK(insert.run());
    return connection_.prepare("delete from queue_recipient where message = ? and number = ?")
        .bind(1, message.id.value())
        .bind(2, recipient.number)
        .run();
}

Result<bool> Store::correct_removed(MessageId message, const RecipientRow& recipient, RecipientState state, WallTime now)
{
    auto update = connection_.prepare(
        "update queue_history set state = ?3, code = ?4, reply = ?5, remote_host = ?6, facts = ?7, finished_at = ?8,"
        " attempts = attempts + 1 where message = ?1 and number = ?2"
        " and (state = ?9 or state = ?10 and code = ?11 and reply like ?12)");
    update.bind(1, message.value()).bind(2, recipient.number).bind(3, format_state(state)).bind(4, recipient.code);
    update.bind(5, recipient.reply).bind(6, recipient.remote_host).bind(7, recipient.facts).bind(8, now);
    update.bind(9, format_state(RecipientState::removed)).bind(10, format_state(RecipientState::failed));
    update.bind(11, given_up_code).bind(12, "%" + std::string(given_up_words));
    SEALPOST_CHECK(update.run());
    return connection_.changes() > 0;
}

Result<bool> Store::was_carried_on(MessageId message, int number, const std::string& facts)
{
    auto row = connection_.prepare("select 1 from queue_history where message = ? and number = ? and state = ? and facts = ?");
    row.bind(1, message.value()).bind(2, number).bind(3, format_state(RecipientState::relayed_elsewhere)).bind(4, facts);
    return row.step();
}

Result<> Store::set_held(MessageId message, bool is_held)
{
    return connection_.prepare("update queue_recipient set is_held = ? where message = ?")
        .bind(1, is_held)
        .bind(2, message.value())
        .run();
}

Result<> Store::set_recipient_held(MessageId message, int number, bool is_held)
{
    return connection_.prepare("update queue_recipient set is_held = ? where message = ? and number = ?")
        .bind(1, is_held)
        .bind(2, message.value())
        .bind(3, number)
        .run();
}

Result<> Store::nudge() { return connection_.prepare("update queue_nudge set value = value + 1 where id = 1").run(); }

Result<std::int64_t> Store::find_nudge()
{
    auto row = connection_.prepare("select value from queue_nudge where id = 1");
    SEALPOST_TRY(const bool is_row, row.step());
    return is_row ? row.column_int(0) : 0;
}

}  // namespace sealpost::queue
