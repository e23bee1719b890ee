#include "core/keys/key_store.hpp"

#include "core/keys/records.hpp"
#include "core/keys/schema.hpp"
#include "core/people/address.hpp"
#include "sys/crypto/digest.hpp"
#include "sys/db/database.hpp"
#include "wire/mail/cut_text.hpp"

#include <algorithm>

namespace sealpost::keys {
namespace {

Result<> check_kek_version(db::Connection& connection, const KekRing::Version& version)
{
    const auto value = check_value_of(version);
    auto row = connection.prepare("select check_value from key_kek where version = ?1");
    row.bind(1, version.number);
    SEALPOST_TRY(const bool known, row.step());
    if (!known) {
        auto insert = connection.prepare("insert into key_kek (version, check_value) values (?1, ?2)");
        return insert.bind(1, version.number).bind(2, ByteView(value)).run();
    }
    if (crypto::equal_in_constant_time(row.column_bytes(0), value)) return {};
    return Error{Fault::config, "version " + std::to_string(version.number) +
                                    " of the key-encryption key is not the one that this store was written with; "
                                    "give the service the key file that belongs to this data"};
}

// The keys at hand are the store's own, and none that it needs is missing.
Result<> check_kek(db::Connection& connection, const std::shared_ptr<KekFile>& kek)
{
    // Octets of a row that shrinks or goes are overwritten, as far as that costs no further page.
    SEALPOST_CHECK(connection.execute("pragma secure_delete = fast"));
    const auto ring = kek->current();
    for (const auto& version : ring->versions()) SEALPOST_CHECK(check_kek_version(connection, version));
    auto rows = connection.prepare("select distinct kek_version from key_wrapped where kek_version is not null");
    while (true) {
        SEALPOST_TRY(const bool more, rows.step());
        if (!more) return {};
        SEALPOST_TRY(const auto found, kek->with_version(static_cast<int>(rows.column_int(0))));
    }
}

// Recipients as this house compares them, without doubles; a subject of bounded length.
Result<> normalise(NewEnvelope& envelope)
{
    auto& policy = envelope.policy;
    std::vector<std::string> recipients;
    for (const auto& address : policy.recipients) {
        SEALPOST_TRY(auto normal, people::normalise_address(address));
        if (std::find(recipients.begin(), recipients.end(), normal) == recipients.end()) recipients.push_back(std::move(normal));
    }
    policy.recipients = std::move(recipients);
    if (policy.recipients.empty()) return Error{Fault::give_up, "an envelope needs a recipient"};
    if (policy.recipients.size() > KeyStore::max_recipients) return Error{Fault::give_up, "too many recipients"};
    if (envelope.identity.empty() || envelope.identity.size() > 200) return Error{Fault::give_up, "not an age identity"};
    if (envelope.identity.reveal_text().find('\n') != std::string_view::npos) return Error{Fault::give_up, "not an age identity"};
    mail::cut_text(envelope.subject, KeyStore::max_subject_bytes);
    return {};
}

Result<StoreVerdict> store_record(db::Connection& connection, const NewEnvelope& envelope, const KekRing& ring, WallTime now)
{
    SEALPOST_TRY(const auto known, load_record(connection, envelope.policy.id, now));
    if (known) {
        const bool same = known->facts.policy.account == envelope.policy.account &&
                          known->request_digest == digest_request(envelope) && known->facts.state < State::expired;
        return same ? StoreVerdict::same : StoreVerdict::conflict;
    }
    SEALPOST_CHECK(insert_record(connection, envelope, now));
    SEALPOST_CHECK(
        save_wrapped(connection, envelope.policy.id, wrap(ring, envelope.policy, envelope.identity, envelope.subject)));
    SEALPOST_CHECK(people::append_audit(
        connection, now,
        {"account:" + std::to_string(envelope.policy.account.value()), "", "key.stored", envelope.policy.id.value(), "{}"}));
    return StoreVerdict::created;
}

Result<std::vector<EnvelopeFacts>> load_all(db::Connection& connection, db::Statement ids, WallTime now)
{
    std::vector<EnvelopeFacts> all;
    while (true) {
        SEALPOST_TRY(const bool more, ids.step());
        if (!more) return all;
        SEALPOST_TRY(auto record, load_record(connection, EnvelopeId(ids.column_text(0)), now));
        if (record) all.push_back(std::move(record->facts));
    }
}

std::string format_like(std::string_view text)
{
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + "%";
}

constexpr std::string_view list_sql =
    "select id from key_envelope e where (?1 = 0 or account_id = ?1) and (?2 = '' or sender_address = ?2)"
    " and (?3 = '%%' or id like ?3 escape '\\' or sender_address like ?3 escape '\\'"
    "  or message_id like ?3 escape '\\' or exists (select 1 from key_recipient r"
    "  where r.envelope_id = e.id and r.address like ?3 escape '\\'))"
    " order by sent_at desc, id limit ?4 offset ?5";

}  // namespace

Result<std::shared_ptr<KeyStore>> KeyStore::open(Parts parts)
{
    SEALPOST_CHECK(parts.database->migrate("keys", schema_steps()));
    auto check = [kek = parts.kek](db::Connection& connection) { return check_kek(connection, kek); };
    SEALPOST_CHECK(parts.database->write_now(std::move(check)));
    return std::shared_ptr<KeyStore>(new KeyStore(std::move(parts)));
}

Task<Result<StoreVerdict>> KeyStore::store(NewEnvelope envelope)
{
    SEALPOST_CO_CHECK(normalise(envelope));
    auto work = [envelope = std::move(envelope), ring = parts_.kek->current(), now = parts_.clock->now()](
                    db::Connection& connection) { return store_record(connection, envelope, *ring, now); };
    auto verdict = co_await parts_.database->write(std::move(work));
    co_return verdict;
}

Task<Result<std::optional<EnvelopeFacts>>> KeyStore::find(EnvelopeId id)
{
    auto work = [id = std::move(id),
                 now = parts_.clock->now()](db::Connection& connection) -> Result<std::optional<EnvelopeFacts>> {
        SEALPOST_TRY(auto record, load_record(connection, id, now));
        if (!record) return std::optional<EnvelopeFacts>();
        return std::optional(std::move(record->facts));
    };
    return parts_.database->read(std::move(work));
}

Task<Result<std::optional<EnvelopeFacts>>> KeyStore::find_by_sha256(Sha256Value sha256)
{
    auto work = [sha256, now = parts_.clock->now()](db::Connection& connection) -> Result<std::optional<EnvelopeFacts>> {
        auto ids = connection.prepare("select id from key_envelope where sha256 = ?1 order by sent_at, id limit 1");
        ids.bind(1, ByteView(sha256));
        SEALPOST_TRY(auto all, load_all(connection, std::move(ids), now));
        if (all.empty()) return std::optional<EnvelopeFacts>();
        return std::optional(std::move(all.front()));
    };
    return parts_.database->read(std::move(work));
}

Task<Result<std::vector<EnvelopeFacts>>> KeyStore::list(ListQuery query)
{
    auto work = [query = std::move(query),
                 now = parts_.clock->now()](db::Connection& connection) -> Result<std::vector<EnvelopeFacts>> {
        const int count = std::clamp(query.per_page, 1, 200);
        auto ids = connection.prepare(list_sql);
        ids.bind(1, query.account ? query.account->value() : 0).bind(2, query.sender.value_or(""));
        ids.bind(3, format_like(query.text)).bind(4, count).bind(5, std::int64_t{std::max(query.page, 0)} * count);
        return load_all(connection, std::move(ids), now);
    };
    return parts_.database->read(std::move(work));
}

}  // namespace sealpost::keys
