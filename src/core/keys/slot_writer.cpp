#include "core/keys/slot_writer.hpp"

#include "core/keys/records.hpp"
#include "core/keys/ticket_budget.hpp"
#include "sys/db/database.hpp"

namespace sealpost::keys {
namespace {

// Of an upload so much waits in memory, and of a download, at whatever pace its client has. Not more than a ticket counts
// from its beginning: what nobody has charged yet is charged all the same.
constexpr std::size_t piece_bytes = 64 * 1024;
static_assert(piece_bytes <= SlotLimits().least_charge_bytes);

// Whoever still sends has the slot's time anew: how slow one may be is the server's to say.
Result<> insert_piece(db::Connection& connection, std::int64_t slot, int place, const std::string& octets, WallTime expires_at)
{
    auto piece = connection.prepare("insert into key_piece (slot_id, place, octets) values (?1, ?2, ?3)");
    piece.bind(1, slot).bind(2, place).bind(3, as_bytes(octets));
    SEALPOST_CHECK(piece.run());
    auto grow = connection.prepare("update key_slot set size = size + ?2, expires_at = ?3 where id = ?1");
    SEALPOST_CHECK(grow.bind(1, slot).bind(2, octets.size()).bind(3, expires_at).run());
    if (connection.changes() == 1) return {};
    return Error{Fault::retry_later, "this upload took too long"};  // swept meanwhile
}

// The commit that finished it may have taken effect although its answer was lost.
Result<bool> hosts(db::Connection& connection, const EnvelopeId& envelope, std::int64_t slot)
{
    auto row = connection.prepare("select 1 from key_envelope where id = ?1 and hosted_slot = ?2");
    return row.bind(1, envelope.value()).bind(2, slot).step();
}

Error no_room() { return {Fault::retry_later, "the disk has no room for what is handed in"}; }

}  // namespace

Task<Result<>> flush(SlotWriter::Progress& progress)
{
    if (progress.buffer.empty()) co_return Result<>();
    if (progress.has_room && !progress.has_room(progress.kind, progress.buffer.size())) co_return no_room();
    auto work = [octets = std::exchange(progress.buffer, {}), slot = progress.slot, place = progress.next_place++,
                 is_ticket = progress.kind == SlotWriter::Progress::Kind::ticket,
                 expires_at = progress.clock->now() + progress.limits.upload_lifetime,
                 limits = progress.limits](db::Connection& connection) -> Result<> {
        if (is_ticket) SEALPOST_CHECK(charge_more(connection, slot, octets.size(), limits));
        return insert_piece(connection, slot, place, octets, expires_at);
    };
    auto written = co_await progress.database->write(std::move(work));
    co_return written;
}

SlotWriter::SlotWriter(std::unique_ptr<Progress> progress) : progress_(std::move(progress)) {}

SlotWriter::~SlotWriter()
{
    if (!progress_ || progress_->finished) return;
    auto work = [slot = progress_->slot, envelope = progress_->envelope](db::Connection& connection) -> Result<> {
        SEALPOST_TRY(const bool is_kept, hosts(connection, envelope, slot));
        return is_kept ? Result<>() : delete_slot(connection, slot);
    };
    progress_->database->post(std::move(work));
}

std::uint64_t SlotWriter::size() const { return progress_->size; }
bool SlotWriter::is_too_large() const { return progress_->too_large; }

Task<Result<>> SlotWriter::write(std::string piece)
{
    auto& progress = *progress_;
    if (piece.size() > progress.max_bytes - progress.size) {
        progress.too_large = true;
        co_return Error{Fault::denied, "larger than it may be"};
    }
    progress.size += piece.size();
    progress.digest.update(piece);
    std::string_view rest = piece;
    while (!rest.empty()) {
        const auto part = rest.substr(0, piece_bytes - progress.buffer.size());
        progress.buffer += part;
        rest.remove_prefix(part.size());
        if (progress.buffer.size() < piece_bytes) break;
        SEALPOST_CO_CHECK(co_await flush(progress));
    }
    co_return Result<>();
}

}  // namespace sealpost::keys
