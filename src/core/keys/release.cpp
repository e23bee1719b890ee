// Giving keys out: the release, what the reader reports afterwards, and the receipts of both.
#include "core/keys/key_store.hpp"

#include "core/keys/records.hpp"
#include "core/people/address.hpp"
#include "sys/db/database.hpp"
#include "sys/db/rows.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <set>

namespace sealpost::keys {
namespace {

namespace json = boost::json;

constexpr std::size_t nobody = static_cast<std::size_t>(-1);
constexpr int most_tries = 5;

// Which recipient asks: the first one that owns one of the addresses.
std::size_t find_recipient(const EnvelopeFacts& facts, const std::vector<std::string>& addresses)
{
    std::set<std::string> own;
    for (const auto& address : addresses)
        if (auto normal = people::normalise_address(address)) own.insert(std::move(*normal));
    for (std::size_t place = 0; place < facts.recipients.size(); ++place)
        if (own.contains(facts.recipients[place].address)) return place;
    return nobody;
}

// Whoever holds the link to an envelope of assurance low counts as its recipient when there is but one.
std::size_t find_reader(const EnvelopeFacts& facts, const ReleaseRequest& request)
{
    const auto place = find_recipient(facts, request.addresses);
    if (place != nobody || facts.policy.assurance != Assurance::low || facts.recipients.size() != 1) return place;
    return 0;
}

// Why not; absent: the key may go. What only recipients may know (the lock's reason) comes late.
std::optional<ReleaseVerdict> find_refusal(const EnvelopeFacts& facts, const ReleaseRequest& request, std::size_t place)
{
    if (facts.state == State::erased) return Erased{};
    if (facts.state == State::expired) return Expired{};
    if (place == nobody && facts.policy.assurance != Assurance::low) return NotRecipient{};
    if (facts.state == State::locked) return Locked{place == nobody ? std::string() : facts.lock_reason};
    if (request.assurance < facts.policy.assurance) return NeedsAssurance{facts.policy.assurance};
    return std::nullopt;
}

Result<> owe_receipt(db::Connection& connection, const Receipt& receipt)
{
    return connection.prepare("insert into key_receipt (envelope_id, kind, recipient, at, assurance) values (?1, ?2, ?3, ?4, ?5)")
        .bind(1, receipt.id.value())
        .bind(2, static_cast<int>(receipt.kind))
        .bind(3, receipt.recipient)
        .bind(4, receipt.at)
        .bind(5, static_cast<int>(receipt.assurance))
        .run();
}

// True the first time that this reader (or a holder of the link) gets the key.
Result<bool> mark_released(db::Connection& connection, const EnvelopeId& id, std::size_t place, Assurance assurance, WallTime now)
{
    if (place == nobody) {
        auto update =
            connection.prepare("update key_envelope set link_released_at = ?2 where id = ?1 and link_released_at is null");
        SEALPOST_CHECK(update.bind(1, id.value()).bind(2, now).run());
        return connection.changes() == 1;
    }
    auto update = connection.prepare(
        "update key_recipient set released_at = ?3, assurance = ?4"
        " where envelope_id = ?1 and place = ?2 and released_at is null");
    SEALPOST_CHECK(update.bind(1, id.value()).bind(2, place).bind(3, now).bind(4, static_cast<int>(assurance)).run());
    return connection.changes() == 1;
}

// The person stands in `who`, the recipient as a number only: erasing a person leaves no address here.
people::AuditEntry make_audit_entry(const ReleaseRequest& request, std::string what, std::size_t place)
{
    json::object details{{"assurance", people::format_assurance(request.assurance)}};
    if (place != nobody) details["recipient"] = place;
    return {request.who, request.network, std::move(what), request.id.value(), json::serialize(details)};
}

// What a release saw and opened before its transaction.
struct Opening {
    std::optional<Sealed> sealed;  // absent: it would have been refused
    std::optional<Unwrapped> opened;
};

using MaybeVerdict = std::optional<ReleaseVerdict>;  // absent: the record was changed since it was looked at

Result<MaybeVerdict> give_out(db::Connection& connection, const Record& record, const ReleaseRequest& request, std::size_t place,
                              Opening& opening, WallTime now)
{
    const Policy& policy = record.facts.policy;
    if (!opening.sealed) return MaybeVerdict();
    SEALPOST_TRY(const bool is_same, is_still(connection, policy, *opening.sealed));
    if (!is_same) return MaybeVerdict();
    const std::string recipient = place == nobody ? std::string() : policy.recipients[place];
    // Who came by the link alone has proved nothing of the recipient, whoever they are otherwise.
    const bool is_proven = find_recipient(record.facts, request.addresses) != nobody;
    const Assurance proof = is_proven ? request.assurance : Assurance::low;
    SEALPOST_TRY(const bool is_first, mark_released(connection, policy.id, place, proof, now));
    SEALPOST_CHECK(people::append_audit(connection, now, make_audit_entry(request, "key.released", place)));
    if (is_first && policy.receipt)
        SEALPOST_CHECK(owe_receipt(connection, {0, policy.id, Receipt::Kind::released, recipient, now, proof}));
    auto& opened = *opening.opened;
    return MaybeVerdict(Released{std::move(opened.identity), recipient, std::move(opened.subject), policy.rights, policy.receipt,
                                 policy.recipients});
}

std::string_view name_refusal(const ReleaseVerdict& verdict)
{
    constexpr std::string_view names[] = {"", "not_recipient", "needs_assurance", "locked", "expired", "erased", "unknown"};
    return names[verdict.index()];
}

// What there is to open for this request; absent when it will be refused.
Result<std::optional<Sealed>> find_sealed(db::Connection& connection, const ReleaseRequest& request, WallTime now)
{
    SEALPOST_TRY(const auto record, load_record(connection, request.id, now));
    if (!record || find_refusal(record->facts, request, find_reader(record->facts, request))) return std::optional<Sealed>();
    SEALPOST_TRY(auto sealed, load_sealed(connection, record->facts.policy));
    return std::optional(std::move(sealed));
}

Result<MaybeVerdict> judge(db::Connection& connection, const ReleaseRequest& request, Opening& opening, WallTime now)
{
    SEALPOST_TRY(const auto record, load_record(connection, request.id, now));
    if (!record) return MaybeVerdict(Unknown{});
    const auto place = find_reader(record->facts, request);
    auto refusal = find_refusal(record->facts, request, place);
    if (!refusal) return give_out(connection, *record, request, place, opening, now);
    auto entry = make_audit_entry(request, "key.refused", place);
    entry.details = json::serialize(json::object{{"why", name_refusal(*refusal)}});
    SEALPOST_CHECK(people::append_audit(connection, now, entry));
    return MaybeVerdict(std::move(*refusal));
}

Result<bool> mark_displayed(db::Connection& connection, const EnvelopeFacts& facts, std::size_t place, WallTime now)
{
    auto update = connection.prepare(
        "update key_recipient set displayed_at = ?3"
        " where envelope_id = ?1 and place = ?2 and released_at is not null and displayed_at is null");
    SEALPOST_CHECK(update.bind(1, facts.policy.id.value()).bind(2, place).bind(3, now).run());
    return connection.changes() == 1;
}

// What the reader of a request has to report of its envelope.
struct Displaying {
    enum class State { not_released, not_noted, noted };
    State state = State::not_released;
    std::size_t place = nobody;
    std::optional<Record> record = {};
};

Result<Displaying> find_displaying(db::Connection& connection, const ReleaseRequest& request, WallTime now)
{
    Displaying found;
    SEALPOST_TRY(found.record, load_record(connection, request.id, now));
    if (!found.record) return found;
    found.place = find_reader(found.record->facts, request);
    if (found.place == nobody) return found;
    const auto& recipient = found.record->facts.recipients[found.place];
    if (!recipient.released_at) return found;
    found.state = recipient.displayed_at ? Displaying::State::noted : Displaying::State::not_noted;
    return found;
}

Result<bool> note_displaying(db::Connection& connection, const ReleaseRequest& request, WallTime now)
{
    SEALPOST_TRY(const auto found, find_displaying(connection, request, now));
    if (found.state == Displaying::State::not_released) return false;
    const EnvelopeFacts& facts = found.record->facts;
    SEALPOST_TRY(const bool is_first, mark_displayed(connection, facts, found.place, now));
    if (!is_first) return true;
    SEALPOST_CHECK(people::append_audit(connection, now, make_audit_entry(request, "message.displayed", found.place)));
    const auto& recipient = facts.recipients[found.place];
    if (facts.policy.receipt)
        SEALPOST_CHECK(owe_receipt(connection, {0, request.id, Receipt::Kind::displayed, recipient.address, now,
                                                recipient.assurance.value_or(Assurance::low)}));
    return true;
}

}  // namespace

// The key is opened outside of the transaction, which then finds the same record or gives nothing out.
Task<Result<std::optional<ReleaseVerdict>>> KeyStore::try_release(ReleaseRequest request)
{
    const WallTime now = parts_.clock->now();
    Opening opening;
    auto look = [request, now](db::Connection& connection) { return find_sealed(connection, request, now); };
    SEALPOST_CO_TRY(opening.sealed, co_await parts_.database->read(std::move(look)));
    if (opening.sealed) {
        auto unwrapping = [kek = parts_.kek, sealed = *opening.sealed] { return kek->unwrap(sealed.policy, sealed.wrapped); };
        SEALPOST_CO_TRY(opening.opened, co_await threads_.run(std::move(unwrapping)));
    }
    // One transaction: the answer reaches the caller after its commit. Were the commit to fail, the
    // unwrapped key is wiped with the job, and nobody has seen it.
    auto work = [request = std::move(request), opening = std::move(opening),
                 clock = parts_.clock](db::Connection& connection) mutable {
        return judge(connection, request, opening, clock->now());  // a token, and whoever writes, may have taken their time
    };
    auto verdict = co_await parts_.database->write(std::move(work));
    co_return verdict;
}

Task<Result<ReleaseVerdict>> KeyStore::release(ReleaseRequest request)
{
    Result<MaybeVerdict> tried = MaybeVerdict();
    for (int left = most_tries; left > 0 && tried.has_value() && !*tried; --left) tried = co_await try_release(request);
    if (tried.has_value() && !*tried) tried = Error{Fault::retry_later, "the envelope is being changed"};
    if (tried.has_error()) {
        parts_.log.error("key.release_failed", {{"envelope", request.id.value()}, {"why", tried.error().text}});
        co_return tried.error();
    }
    Result<ReleaseVerdict> verdict = std::move(**tried);
    const bool is_released = std::holds_alternative<Released>(*verdict);
    parts_.log.metrics().add(log::Metric::keys_asked, {is_released ? "released" : name_refusal(*verdict)});
    if (is_released)
        parts_.log.info("key.released", {{"envelope", request.id.value()}, {"who", request.who}, {"network", request.network}});
    else
        parts_.log.info("key.refused", {{"envelope", request.id.value()}, {"who", request.who}, {"why", name_refusal(*verdict)}});
    co_return verdict;
}

Task<Result<bool>> KeyStore::note_displayed(EnvelopeId id, std::vector<std::string> addresses, std::string who,
                                            std::string network)
{
    const ReleaseRequest request{std::move(id), std::move(addresses), Assurance::low, std::move(who), std::move(network)};
    const WallTime now = parts_.clock->now();
    // Whoever says it again and again asks the readers: the writer is everybody's.
    auto look = [request, now](db::Connection& connection) { return find_displaying(connection, request, now); };
    SEALPOST_CO_TRY(const auto found, co_await parts_.database->read(std::move(look)));
    if (found.state != Displaying::State::not_noted) co_return found.state == Displaying::State::noted;
    auto work = [request, now](db::Connection& connection) { return note_displaying(connection, request, now); };
    auto noted = co_await parts_.database->write(std::move(work));
    co_return noted;
}

Task<Result<std::vector<Receipt>>> KeyStore::due_receipts(int most)
{
    auto work = [most](db::Connection& connection) -> Result<std::vector<Receipt>> {
        auto rows = connection.prepare(
            "select number, envelope_id, kind, recipient, at, assurance from key_receipt order by number limit ?1");
        rows.bind(1, std::clamp(most, 1, 1000));
        return db::read_rows(rows, [](const db::Statement& row) -> Receipt {
            return {row.column_int(0),
                    EnvelopeId(row.column_text(1)),
                    static_cast<Receipt::Kind>(row.column_int(2)),
                    row.column_text(3),
                    row.column_time(4),
                    static_cast<Assurance>(row.column_int(5))};
        });
    };
    return parts_.database->read(std::move(work));
}

Task<Result<>> KeyStore::settle_receipt(std::int64_t number)
{
    auto work = [number](db::Connection& connection) -> Result<> {
        return connection.prepare("delete from key_receipt where number = ?1").bind(1, number).run();
    };
    return parts_.database->write(std::move(work));
}

}  // namespace sealpost::keys
