#include "core/keys/records.hpp"

#include "core/keys/wrap.hpp"

#include "core/keys/ticket_budget.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/db/rows.hpp"

#include <algorithm>

namespace sealpost::keys {
namespace {

Policy read_policy(const db::Statement& row)
{
    Policy policy;
    policy.id = EnvelopeId(row.column_text(0));
    policy.account = AccountId(row.column_int(1));
    policy.sha256 = to_sha256(row.column_bytes(2));
    policy.size = static_cast<std::uint64_t>(row.column_int(3));
    policy.sender = {row.column_text(4), row.column_text(5)};
    policy.message_id = row.column_text(6);
    policy.profile = row.column_text(7);
    policy.assurance = static_cast<Assurance>(std::clamp<std::int64_t>(row.column_int(8), 0, 3));
    policy.expires_at = row.column_time(9);
    policy.rights = {row.column_bool(10), row.column_bool(11), row.column_bool(12)};
    policy.receipt = row.column_bool(13);
    policy.hosted = row.column_bool(14);
    policy.by_service = row.column_bool(21);
    return policy;
}

Result<> load_recipients(db::Connection& connection, EnvelopeFacts& facts)
{
    auto rows = connection.prepare(
        "select address, released_at, assurance, displayed_at from key_recipient where envelope_id = ?1 order by place");
    rows.bind(1, facts.policy.id.value());
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more) return {};
        RecipientFacts recipient{rows.column_text(0), rows.column_optional_time(1), {}, rows.column_optional_time(3)};
        if (!rows.column_is_null(2)) recipient.assurance = static_cast<Assurance>(rows.column_int(2));
        facts.policy.recipients.push_back(recipient.address);
        facts.recipients.push_back(std::move(recipient));
    }
}

Result<> insert_recipients(db::Connection& connection, const Policy& policy)
{
    int place = 0;
    for (const auto& address : policy.recipients) {
        auto insert = connection.prepare("insert into key_recipient (envelope_id, place, address) values (?1, ?2, ?3)");
        SEALPOST_CHECK(insert.bind(1, policy.id.value()).bind(2, place++).bind(3, address).run());
    }
    return {};
}

}  // namespace

Sha256Value to_sha256(ByteView bytes)
{
    Sha256Value value{};
    if (bytes.size() == value.size()) std::copy(bytes.begin(), bytes.end(), value.begin());
    return value;
}

Result<std::optional<Record>> load_record(db::Connection& connection, const EnvelopeId& id, WallTime now)
{
    auto row = connection.prepare(
        "select id, account_id, sha256, size, sender_address, sender_name, message_id, profile, assurance, expires_at,"
        " may_reply, may_reply_all, may_forward, receipt, hosted, state, lock_reason, sent_at, link_released_at,"
        " request_digest, hosted_slot, by_service, locked_by from key_envelope where id = ?1");
    row.bind(1, id.value());
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<Record>();
    Record record;
    record.facts.policy = read_policy(row);
    record.facts.state = static_cast<State>(row.column_int(15));
    if (record.facts.state < State::expired && record.facts.policy.expires_at <= now) record.facts.state = State::expired;
    record.facts.lock_reason = row.column_text(16);
    record.facts.locked_by = row.column_int(22) == 0 ? LockedBy::account : LockedBy::sender;
    record.facts.sent_at = row.column_time(17);
    record.facts.link_released_at = row.column_optional_time(18);
    record.request_digest = to_sha256(row.column_bytes(19));
    record.hosted_slot = row.column_is_null(20) ? 0 : row.column_int(20);
    record.facts.has_hosted_copy = record.hosted_slot != 0 && record.facts.state < State::expired;
    SEALPOST_CHECK(load_recipients(connection, record.facts));
    return std::optional(std::move(record));
}

Result<> insert_record(db::Connection& connection, const NewEnvelope& envelope, WallTime now)
{
    const Policy& policy = envelope.policy;
    const auto digest = digest_request(envelope);
    auto insert = connection.prepare(
        "insert into key_envelope (id, account_id, sha256, size, sender_address, sender_name, message_id, profile,"
        " assurance, expires_at, may_reply, may_reply_all, may_forward, receipt, hosted, state, lock_reason, sent_at,"
        " request_digest, by_service)"
        " values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 0, '', ?16, ?17, ?18)");
    insert.bind(1, policy.id.value()).bind(2, policy.account.value()).bind(3, ByteView(policy.sha256)).bind(4, policy.size);
    insert.bind(5, policy.sender.address).bind(6, policy.sender.name).bind(7, policy.message_id).bind(8, policy.profile);
    insert.bind(9, static_cast<int>(policy.assurance)).bind(10, policy.expires_at);
    insert.bind(11, policy.rights.reply).bind(12, policy.rights.reply_all).bind(13, policy.rights.forward);
    insert.bind(14, policy.receipt).bind(15, policy.hosted).bind(16, now).bind(17, ByteView(digest));
    insert.bind(18, policy.by_service);
    SEALPOST_CHECK(insert.run());
    return insert_recipients(connection, policy);
}

Result<> mark_forgotten(db::Connection& connection, const EnvelopeId& id)
{
    const auto digest = crypto::sha256(id.value());
    auto insert = connection.prepare("insert into key_forgotten (digest) values (?1) on conflict (digest) do nothing");
    return insert.bind(1, ByteView(digest)).run();
}

Result<bool> is_forgotten(db::Connection& connection, const EnvelopeId& id)
{
    const auto digest = crypto::sha256(id.value());
    return connection.prepare("select 1 from key_forgotten where digest = ?1").bind(1, ByteView(digest)).step();
}

Result<std::optional<Wrapped>> load_wrapped(db::Connection& connection, const EnvelopeId& id)
{
    auto row =
        connection.prepare("select kek_version, nonce, sealed from key_wrapped where envelope_id = ?1 and sealed is not null");
    row.bind(1, id.value());
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<Wrapped>();
    return std::optional(Wrapped{static_cast<int>(row.column_int(0)), row.column_bytes(1), row.column_bytes(2)});
}

Result<> save_wrapped(db::Connection& connection, const EnvelopeId& id, const Wrapped& wrapped)
{
    return connection
        .prepare(
            "insert into key_wrapped (envelope_id, kek_version, nonce, sealed) values (?1, ?2, ?3, ?4)"
            " on conflict (envelope_id) do update set kek_version = excluded.kek_version,"
            " nonce = excluded.nonce, sealed = excluded.sealed")
        .bind(1, id.value())
        .bind(2, wrapped.kek_version)
        .bind(3, ByteView(wrapped.nonce))
        .bind(4, ByteView(wrapped.sealed))
        .run();
}

Result<Sealed> load_sealed(db::Connection& connection, const Policy& policy)
{
    SEALPOST_TRY(auto wrapped, load_wrapped(connection, policy.id));
    if (!wrapped) return Error{Fault::config, "envelope " + policy.id.value() + ": its key is not in the store"};
    return Sealed{policy, std::move(*wrapped)};
}

Result<bool> is_still(db::Connection& connection, const Policy& policy, const Sealed& seen)
{
    SEALPOST_TRY(const auto now, load_sealed(connection, policy));
    return now.wrapped == seen.wrapped && format_policy(policy) == format_policy(seen.policy);
}

Result<std::vector<KnownVersion>> load_versions(db::Connection& connection)
{
    auto rows = connection.prepare("select version, check_value, name from key_kek order by version");
    return db::read_rows(rows, [](const db::Statement& row) -> KnownVersion {
        return {static_cast<int>(row.column_int(0)), row.column_bytes(1), row.column_text(2)};
    });
}

Result<int> find_highest_version(db::Connection& connection)
{
    SEALPOST_TRY(const bool is_there, connection.has_table("key_kek"));
    if (!is_there) return 0;
    auto row = connection.prepare("select coalesce(max(version), 0) from key_kek");
    SEALPOST_CHECK(row.step());
    return static_cast<int>(row.column_int(0));
}

Result<> save_versions(db::Connection& connection, const std::vector<KnownVersion>& versions)
{
    for (const auto& version : versions) {
        auto insert = connection.prepare(
            "insert into key_kek (version, check_value, name) values (?1, ?2, ?3) on conflict (version) do nothing");
        SEALPOST_CHECK(insert.bind(1, version.number).bind(2, ByteView(version.check_value)).bind(3, version.name).run());
        auto row = connection.prepare("select check_value from key_kek where version = ?1");
        row.bind(1, version.number);
        SEALPOST_CHECK(row.step());
        if (row.column_bytes(0) != version.check_value)
            return Error{Fault::retry_later, "another process added a key-encryption key just now"};
    }
    return {};
}

Result<> destroy_key(db::Connection& connection, const EnvelopeId& id, State state, WallTime ended_at)
{
    auto hosted = connection.prepare("select hosted_slot from key_envelope where id = ?1 and hosted_slot is not null");
    hosted.bind(1, id.value());
    SEALPOST_TRY(const bool has_copy, hosted.step());
    if (has_copy) SEALPOST_CHECK(delete_slot(connection, hosted.column_int(0)));
    auto forget =
        connection.prepare("update key_wrapped set kek_version = null, nonce = null, sealed = null where envelope_id = ?1");
    SEALPOST_CHECK(forget.bind(1, id.value()).run());
    auto mark = connection.prepare(
        "update key_envelope set state = ?2, lock_reason = '', hosted_slot = null,"
        " ended_at = case when ?3 > sent_at then ?3 else sent_at end where id = ?1");
    return mark.bind(1, id.value()).bind(2, static_cast<int>(state)).bind(3, ended_at).run();
}

Result<> delete_slot(db::Connection& connection, std::int64_t slot)
{
    SEALPOST_CHECK(end_charge(connection, slot));
    SEALPOST_CHECK(connection.prepare("delete from key_piece where slot_id = ?1").bind(1, slot).run());
    return connection.prepare("delete from key_slot where id = ?1").bind(1, slot).run();
}

}  // namespace sealpost::keys
