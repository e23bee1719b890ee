#include "core/keys/key_store.hpp"
#include "base/text.hpp"

#include "core/keys/kek_check.hpp"
#include "core/keys/records.hpp"
#include "core/keys/schema.hpp"
#include "core/keys/wrap.hpp"
#include "core/people/address.hpp"
#include "sys/db/database.hpp"
#include "wire/mail/cut_text.hpp"

#include <algorithm>

namespace sealpost::keys {
namespace {

// Another process may take the number that a new key was given: then once more.
constexpr int most_tries = 3;

Result<> recognise(db::Database& database, KeyWrapper& kek, bool may_introduce)
{
    for (int left = most_tries; true; --left) {
        SEALPOST_TRY(const auto known, database.read_now([](db::Connection& connection) { return load_versions(connection); }));
        SEALPOST_TRY(const auto fresh, kek.recognise(known, may_introduce || known.empty()));
        auto saved = database.write_now([&fresh](db::Connection& connection) { return save_versions(connection, fresh); });
        if (saved.has_value() || left == 1) return saved;
    }
}

// The keys at hand are the store's own, and none that it needs is missing.
Result<> settle_kek(const KeyStore::Parts& parts)
{
    // Octets of a row that shrinks or goes are overwritten, as far as that costs no further page.
    SEALPOST_CHECK(parts.database->write_now([](db::Connection& connection) { return connection.overwrite_deleted(); }));
    SEALPOST_CHECK(recognise(*parts.database, *parts.kek, parts.may_introduce));
    return check_needed_versions(*parts.database, *parts.kek);
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
    // As those who ask for what they sent are known; one that is no address is nobody's.
    if (auto sender = people::normalise_address(policy.sender.address); sender.has_value())
        policy.sender.address = std::move(*sender);
    if (policy.recipients.empty()) return Error{Fault::give_up, "an envelope needs a recipient"};
    if (policy.recipients.size() > KeyStore::max_recipients) return Error{Fault::give_up, "too many recipients"};
    if (envelope.identity.empty() || envelope.identity.size() > 200) return Error{Fault::give_up, "not an age identity"};
    if (envelope.identity.reveal_text().find('\n') != std::string_view::npos) return Error{Fault::give_up, "not an age identity"};
    mail::cut_text(envelope.subject, KeyStore::max_subject_bytes);
    return {};
}

Result<StoreVerdict> store_record(db::Connection& connection, const NewEnvelope& envelope, const Wrapped& wrapped, WallTime now)
{
    SEALPOST_TRY(const auto known, load_record(connection, envelope.policy.id, now));
    if (known) {
        const bool same = known->facts.policy.account == envelope.policy.account &&
                          known->request_digest == digest_request(envelope) && known->facts.state < State::expired;
        return same ? StoreVerdict::same : StoreVerdict::conflict;
    }
    SEALPOST_TRY(const bool was_another, is_forgotten(connection, envelope.policy.id));
    if (was_another) return StoreVerdict::conflict;
    SEALPOST_CHECK(insert_record(connection, envelope, now));
    SEALPOST_CHECK(save_wrapped(connection, envelope.policy.id, wrapped));
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

// For text in small letters: stores differ in whether like tells them from large ones.
std::string format_like(std::string_view text)
{
    std::string pattern = "%";
    for (const char c : ascii_lower(text)) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + "%";
}

// "?5, ?6, ?7"
std::string list_places(int first, std::size_t count)
{
    std::string places;
    for (std::size_t i = 0; i < count; ++i) places += (i == 0 ? "?" : ", ?") + std::to_string(first + static_cast<int>(i));
    return places;
}

constexpr int first_sender = 5;  // among the values of a list

// Only the conditions that are asked for: with an account or a sender, a page comes by the index of their envelopes.
std::string make_list_sql(const ListQuery& query)
{
    std::string sql = "select id from key_envelope e where 1 = 1";
    if (query.account) sql += " and account_id = ?3";
    if (query.senders) sql += " and sender_address in (" + list_places(first_sender, query.senders->size()) + ")";
    if (!query.text.empty())
        sql +=
            " and (lower(id) like ?4 escape '\\' or lower(sender_address) like ?4 escape '\\'"
            " or lower(message_id) like ?4 escape '\\' or exists (select 1 from key_recipient r"
            " where r.envelope_id = e.id and lower(r.address) like ?4 escape '\\'))";
    return sql + " order by sent_at desc, id limit ?1 offset ?2";
}

}  // namespace

Result<std::shared_ptr<KeyStore>> KeyStore::open(Parts parts)
{
    SEALPOST_CHECK(parts.database->migrate("keys", schema_steps()));
    SEALPOST_CHECK(settle_kek(parts));
    return std::shared_ptr<KeyStore>(new KeyStore(std::move(parts)));
}

Task<Result<StoreVerdict>> KeyStore::store(NewEnvelope envelope)
{
    SEALPOST_CO_CHECK(normalise(envelope));
    const auto shared = std::make_shared<const NewEnvelope>(std::move(envelope));
    auto wrapping = [kek = parts_.kek, shared] { return kek->wrap(shared->policy, shared->identity, shared->subject); };
    auto wrapped = co_await threads_.run(std::move(wrapping));
    if (wrapped.has_error()) {
        parts_.log.error("key.store_failed", {{"envelope", shared->policy.id.value()}, {"why", wrapped.error().text}});
        co_return wrapped.error();
    }
    auto work = [shared, wrapped = std::move(*wrapped), now = parts_.clock->now()](db::Connection& connection) {
        return store_record(connection, *shared, wrapped, now);
    };
    auto verdict = co_await parts_.database->write(std::move(work));
    co_return verdict;
}

Task<Result<>> KeyStore::probe()
{
    auto work = [kek = parts_.kek] { return kek->probe(); };
    return threads_.run(std::move(work));
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

Task<Result<bool>> KeyStore::has_sent(std::string address)
{
    auto work = [address = std::move(address)](db::Connection& connection) {
        return connection.prepare("select 1 from key_envelope where sender_address = ?1 limit 1").bind(1, address).step();
    };
    return parts_.database->read(std::move(work));
}

Task<Result<std::vector<EnvelopeFacts>>> KeyStore::list(ListQuery query)
{
    auto work = [query = std::move(query),
                 now = parts_.clock->now()](db::Connection& connection) -> Result<std::vector<EnvelopeFacts>> {
        if (query.senders && query.senders->empty()) return std::vector<EnvelopeFacts>();
        const int count = std::clamp(query.per_page, 1, 200);
        auto ids = connection.prepare(make_list_sql(query));
        ids.bind(1, count).bind(2, std::int64_t{std::max(query.page, 0)} * count);
        if (query.account) ids.bind(3, query.account->value());
        if (!query.text.empty()) ids.bind(4, format_like(query.text));
        int place = first_sender;
        if (query.senders)
            for (const auto& sender : *query.senders) ids.bind(place++, sender);
        return load_all(connection, std::move(ids), now);
    };
    return parts_.database->read(std::move(work));
}

}  // namespace sealpost::keys
