#include "core/queue/content_writer.hpp"

#include "core/queue/store.hpp"

#include <stdexcept>

namespace sealpost::queue {
namespace {

using Pieces = std::vector<std::string>;

Result<ContentId> store_pieces(Store store, ContentId content, int first, const Pieces& pieces)
{
    if (content == ContentId()) {
        SEALPOST_TRY(content, store.insert_content(0, 0));
    } else {
        SEALPOST_CHECK(store.require_unused(content));
    }
    for (const auto& piece : pieces) SEALPOST_CHECK(store.insert_piece(content, first++, piece));
    return content;
}

// A string doubles its room as it grows, and reserve() does, too: a piece would end with twice what it may hold.
void append_within_piece(std::string& piece, std::string_view more)
{
    const std::size_t bytes = piece.size() + more.size();
    if (bytes > piece.capacity()) {
        std::string roomier;
        roomier.reserve(std::min(ContentWriter::piece_bytes, std::max(bytes, 2 * piece.capacity())));
        roomier += piece;
        piece.swap(roomier);
    }
    piece += more;
}

}  // namespace

ContentWriter::~ContentWriter()
{
    if (is_accepted_ || stored_ == ContentId()) return;
    given_up_->add(stored_);
    // A commit may have taken effect although whoever waited for it has gone, or was told of an error: that content is used.
    database_->post([content = stored_](db::Connection& connection) { return Store(connection).erase_if_unused(content); });
}

Task<Result<>> ContentWriter::write(std::string piece)
{
    if (has_failed_) co_return Error{Fault::retry_later, "an earlier part of the message could not be stored"};
    size_ += static_cast<std::int64_t>(piece.size());
    std::string_view rest = piece;
    if (pieces_.empty() && piece.size() <= piece_bytes) {
        if (!piece.empty()) pieces_.push_back(std::move(piece));
        co_return Result<>();
    }
    while (!rest.empty()) {
        if (pieces_.empty() || pieces_.back().size() == piece_bytes)
            pieces_.emplace_back().reserve(std::min(rest.size(), piece_bytes));
        const std::size_t taken = std::min(rest.size(), piece_bytes - pieces_.back().size());
        append_within_piece(pieces_.back(), rest.substr(0, taken));
        rest.remove_prefix(taken);
        if (pieces_.size() * piece_bytes <= max_buffered_bytes) continue;
        auto flushed = co_await flush();
        if (flushed.has_error()) co_return flushed.error();
    }
    co_return Result<>();
}

std::size_t ContentWriter::buffered_bytes() const
{
    std::size_t bytes = head_.size();
    for (const auto& piece : pieces_) bytes += piece.capacity();
    return bytes;
}

void ContentWriter::keep_place_for_head()
{
    if (size_ > 0) throw std::logic_error("the place of the head is taken");
    next_piece_ = 1;
    lacks_head_ = true;
}

void ContentWriter::put_head(std::string head)
{
    if (!lacks_head_ || head.empty()) throw std::logic_error("no place was kept for a head, or the head is empty");
    lacks_head_ = false;
    size_ += static_cast<std::int64_t>(head.size());
    if (stored_ != ContentId()) {
        head_ = std::move(head);
        return;
    }
    // All is in memory: a small message is one piece, head and all.
    next_piece_ = 0;
    if (!pieces_.empty() && head.size() + pieces_.front().size() <= piece_bytes)
        pieces_.front().insert(0, head);
    else
        pieces_.insert(pieces_.begin(), std::move(head));
}

// Commits the full pieces; the one that fills up stays in memory.
Task<Result<>> ContentWriter::flush()
{
    auto full = std::make_shared<Pieces>();
    std::string filling = std::move(pieces_.back());
    pieces_.pop_back();
    full->swap(pieces_);
    pieces_.push_back(std::move(filling));
    auto work = [full, content = stored_, first = next_piece_, owner = owner_](db::Connection& connection) {
        return store_pieces(Store(connection, owner), content, first, *full);
    };
    has_failed_ = true;  // stays so when the wait is cancelled in the middle
    auto stored = co_await database_->write(std::move(work));
    if (stored.has_error()) co_return stored.error().in("cannot store the message");
    has_failed_ = false;
    stored_ = *stored;
    next_piece_ += static_cast<int>(full->size());
    co_return Result<>();
}

}  // namespace sealpost::queue
