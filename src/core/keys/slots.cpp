// The ciphertext's side of the key store: hosted copies, tickets, and which of them a ref opens.
#include "core/keys/key_store.hpp"

#include "core/keys/records.hpp"
#include "core/keys/slot_writer.hpp"
#include "core/keys/ticket_budget.hpp"
#include "core/people/token_text.hpp"
#include "sys/db/database.hpp"

namespace sealpost::keys {
namespace {

using Progress = SlotWriter::Progress;

constexpr std::size_t ticket_characters = 43;

class SlotSource final : public async::ByteSource {
public:
    SlotSource(std::shared_ptr<db::Database> database, std::int64_t slot, std::uint64_t size)
        : database_(std::move(database)), slot_(slot), left_(size)
    {
    }

    Task<Result<std::string>> next() override
    {
        if (left_ == 0) co_return std::string();
        auto work = [slot = slot_, place = place_++](db::Connection& connection) -> Result<std::string> {
            auto row = connection.prepare("select octets from key_piece where slot_id = ?1 and place = ?2");
            row.bind(1, slot).bind(2, place);
            SEALPOST_TRY(const bool found, row.step());
            if (found) return row.column_text(0);
            return Error{Fault::give_up, "the file went away while it was read"};
        };
        auto piece = co_await database_->read(std::move(work));
        if (!piece) co_return piece.error();
        if (piece->empty() || piece->size() > left_) co_return Error{Fault::give_up, "a stored file has changed its size"};
        left_ -= piece->size();
        co_return piece;
    }

private:
    std::shared_ptr<db::Database> database_;
    std::int64_t slot_;
    std::uint64_t left_;
    int place_ = 0;
};

Result<std::int64_t> insert_slot(db::Connection& connection, const EnvelopeId& envelope, const std::string& network,
                                 WallTime expires_at)
{
    auto insert = connection.prepare("insert into key_slot (envelope_id, network, size, expires_at) values (?1, ?2, 0, ?3)");
    SEALPOST_CHECK(insert.bind(1, envelope.value()).bind(2, network).bind(3, expires_at).run());
    return connection.last_insert_id();
}

Result<ContentVerdict> keep_hosted(db::Connection& connection, const Progress& progress, const Sha256Value& sha256, WallTime now)
{
    SEALPOST_TRY(const auto record, load_record(connection, progress.envelope, now));
    const bool is_live = record && record->facts.state < State::expired;
    const bool is_whole = is_live && record->facts.policy.size == progress.size && record->facts.policy.sha256 == sha256;
    if (!is_whole) {
        SEALPOST_CHECK(delete_slot(connection, progress.slot));
        return is_live ? ContentVerdict::damaged : ContentVerdict::unknown;
    }
    if (record->hosted_slot != 0) SEALPOST_CHECK(delete_slot(connection, record->hosted_slot));
    auto keep = connection.prepare("update key_slot set sha256 = ?2, expires_at = null where id = ?1");
    SEALPOST_CHECK(keep.bind(1, progress.slot).bind(2, ByteView(sha256)).run());
    if (connection.changes() != 1) return Error{Fault::retry_later, "this upload took too long"};
    auto link = connection.prepare("update key_envelope set hosted_slot = ?2 where id = ?1");
    SEALPOST_CHECK(link.bind(1, progress.envelope.value()).bind(2, progress.slot).run());
    return ContentVerdict::stored;
}

struct Ticket {
    std::int64_t slot = 0;
    EnvelopeId hint;
    std::uint64_t size = 0;
    Sha256Value sha256{};
};

Result<std::optional<Ticket>> load_ticket(db::Connection& connection, const std::string& ref, WallTime now)
{
    const auto digest = crypto::sha256(ref);
    auto row =
        connection.prepare("select id, envelope_id, size, sha256 from key_slot where ticket_digest = ?1 and expires_at > ?2");
    row.bind(1, ByteView(digest)).bind(2, now);
    SEALPOST_TRY(const bool found, row.step());
    if (!found) return std::optional<Ticket>();
    return std::optional(Ticket{row.column_int(0), EnvelopeId(row.column_text(1)), static_cast<std::uint64_t>(row.column_int(2)),
                                to_sha256(row.column_bytes(3))});
}

// Of several records with one SHA-256 the page's own comes first, then the oldest: who stores
// somebody else's file again does not take over its envelopes.
Result<std::optional<Record>> find_whole(db::Connection& connection, const Ticket& ticket, const std::optional<Record>& hinted,
                                         WallTime now)
{
    if (hinted && hinted->facts.policy.sha256 == ticket.sha256) return hinted;
    auto ids = connection.prepare("select id from key_envelope where sha256 = ?1 order by sent_at, id limit 1");
    ids.bind(1, ByteView(ticket.sha256));
    SEALPOST_TRY(const bool found, ids.step());
    if (!found) return std::optional<Record>();
    return load_record(connection, EnvelopeId(ids.column_text(0)), now);
}

OpenView view_hosted(Record record)
{
    OpenView view;
    view.facts = std::move(record.facts);
    view.size = view.facts.policy.size;
    if (!view.facts.has_hosted_copy) return view;
    view.source = OpenView::Source::hosted;
    view.slot = record.hosted_slot;
    return view;
}

Result<std::optional<OpenView>> view_ticket(db::Connection& connection, const std::string& ref, WallTime now)
{
    SEALPOST_TRY(const auto ticket, load_ticket(connection, ref, now));
    if (!ticket) return std::optional<OpenView>();
    SEALPOST_TRY(auto hinted, load_record(connection, ticket->hint, now));
    if (!hinted) {
        // The same file under another id is another envelope: it does not open in place of a forgotten one.
        SEALPOST_TRY(const bool was_forgotten, is_forgotten(connection, ticket->hint));
        if (was_forgotten) return std::optional<OpenView>();
    }
    SEALPOST_TRY(auto whole, find_whole(connection, *ticket, hinted, now));
    if (whole) {
        OpenView view;
        view.facts = std::move(whole->facts);
        view.source = OpenView::Source::ticket;
        view.size = ticket->size;
        view.slot = ticket->slot;
        return std::optional(std::move(view));
    }
    if (!hinted) return std::optional<OpenView>();
    OpenView view = view_hosted(std::move(*hinted));
    view.damaged = true;
    view.healed = view.source == OpenView::Source::hosted;
    return std::optional(std::move(view));
}

}  // namespace

Task<Result<std::unique_ptr<SlotWriter>>> KeyStore::begin_hosted(EnvelopeId id, AccountId account)
{
    auto progress = std::make_unique<Progress>();
    struct Begun {
        std::int64_t slot;
        std::uint64_t size;
    };
    auto work = [id, account, lifetime = parts_.slots.upload_lifetime,
                 now = parts_.clock->now()](db::Connection& connection) -> Result<Begun> {
        SEALPOST_TRY(const auto record, load_record(connection, id, now));
        if (!record || record->facts.policy.account != account || record->facts.state >= State::expired)
            return Error{Fault::denied, "no such envelope"};
        SEALPOST_TRY(const auto slot, insert_slot(connection, id, "", now + lifetime));
        return Begun{slot, record->facts.policy.size};
    };
    auto begun = co_await parts_.database->write(std::move(work));
    if (!begun) co_return begun.error();
    progress->database = parts_.database;
    progress->kind = Progress::Kind::hosted;
    progress->slot = begun->slot;
    progress->envelope = id;
    progress->max_bytes = begun->size;
    progress->limits = parts_.slots;
    progress->clock = parts_.clock;
    progress->has_room = parts_.has_room;
    co_return std::make_unique<SlotWriter>(std::move(progress));
}

Task<Result<ContentVerdict>> KeyStore::finish_hosted(std::unique_ptr<SlotWriter> writer)
{
    auto& progress = *writer->progress_;
    if (progress.too_large) co_return ContentVerdict::damaged;
    SEALPOST_CO_CHECK(co_await flush(progress));
    auto work = [&progress, sha256 = progress.digest.finish(), now = parts_.clock->now()](db::Connection& connection) {
        return keep_hosted(connection, progress, sha256, now);
    };
    auto verdict = co_await parts_.database->write(std::move(work));
    progress.finished = verdict.has_value();
    co_return verdict;
}

Task<Result<std::unique_ptr<SlotWriter>>> KeyStore::begin_ticket(std::string network)
{
    auto progress = std::make_unique<Progress>();
    auto work = [network, limits = parts_.slots, now = parts_.clock->now()](db::Connection& connection) -> Result<std::int64_t> {
        SEALPOST_TRY(const auto slot, insert_slot(connection, EnvelopeId(), network, now + limits.upload_lifetime));
        SEALPOST_CHECK(begin_charge(connection, slot, network, limits));
        return slot;
    };
    if (network.empty()) co_return Error{Fault::give_up, "a ticket belongs to a network"};
    auto slot = co_await parts_.database->write(std::move(work));
    if (!slot) co_return slot.error();
    progress->database = parts_.database;
    progress->kind = Progress::Kind::ticket;
    progress->slot = *slot;
    progress->max_bytes = parts_.slots.max_ticket_bytes;
    progress->limits = parts_.slots;
    progress->clock = parts_.clock;
    progress->has_room = parts_.has_room;
    co_return std::make_unique<SlotWriter>(std::move(progress));
}

Task<Result<std::string>> KeyStore::finish_ticket(std::unique_ptr<SlotWriter> writer, std::optional<EnvelopeId> hint)
{
    auto& progress = *writer->progress_;
    SEALPOST_CO_CHECK(co_await flush(progress));
    const Secret text = people::make_token_text("");
    const std::string ticket(text.reveal_text());
    auto work = [slot = progress.slot, ticket_digest = crypto::sha256(ticket), hint = hint.value_or(EnvelopeId()),
                 sha256 = progress.digest.finish(),
                 expires_at = parts_.clock->now() + parts_.slots.ticket_lifetime](db::Connection& connection) -> Result<> {
        auto update = connection.prepare(
            "update key_slot set ticket_digest = ?2, envelope_id = ?3, sha256 = ?4, expires_at = ?5 where id = ?1");
        update.bind(1, slot).bind(2, ByteView(ticket_digest)).bind(3, hint.value()).bind(4, ByteView(sha256)).bind(5, expires_at);
        SEALPOST_CHECK(update.run());
        if (connection.changes() == 1) return {};
        return Error{Fault::retry_later, "this upload took too long"};
    };
    auto kept = co_await parts_.database->write(std::move(work));
    if (!kept) co_return kept.error();
    progress.finished = true;
    co_return ticket;
}

Task<Result<std::optional<OpenView>>> KeyStore::resolve_ref(std::string ref)
{
    auto work = [ref = std::move(ref), now = parts_.clock->now()](db::Connection& connection) -> Result<std::optional<OpenView>> {
        if (ref.size() == ticket_characters) return view_ticket(connection, ref, now);
        const auto id = parse_envelope_id(ref);
        if (!id) return std::optional<OpenView>();
        SEALPOST_TRY(auto record, load_record(connection, *id, now));
        if (!record) return std::optional<OpenView>();
        return std::optional(view_hosted(std::move(*record)));
    };
    return parts_.database->read(std::move(work));
}

Result<bool> KeyStore::drop_tickets(db::Connection& connection)
{
    SEALPOST_TRY(const bool is_service, connection.has_table("key_slot"));
    if (!is_service) return false;
    auto any = connection.prepare("select 1 from key_slot where expires_at is not null limit 1");
    SEALPOST_TRY(const bool is_any, any.step());
    any.rewind();
    if (!is_any) return false;
    SEALPOST_CHECK(
        connection.execute("delete from key_piece where slot_id in (select id from key_slot where expires_at is not null);"
                           "delete from key_slot where expires_at is not null;"));
    SEALPOST_TRY(const bool has_sums, connection.has_table("key_ticket_sum"));
    if (has_sums) SEALPOST_CHECK(connection.execute("delete from key_ticket_sum"));
    return true;
}

std::unique_ptr<async::ByteSource> KeyStore::read(const OpenView& view)
{
    if (view.source == OpenView::Source::none) return nullptr;
    return std::make_unique<SlotSource>(parts_.database, view.slot, view.size);
}

}  // namespace sealpost::keys
