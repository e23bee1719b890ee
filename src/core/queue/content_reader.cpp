#include "core/queue/content_reader.hpp"

#include "core/queue/store.hpp"

namespace sealpost::queue {
namespace {

struct Piece {
    std::string text;              // empty after the last one
    std::int64_t whole_bytes = 0;  // of the content, with the empty piece only
};

Result<Piece> load_piece(db::Connection& connection, ContentId content, int number)
{
    Store store(connection);
    Piece piece;
    SEALPOST_TRY(piece.text, store.load_piece(content, number));
    if (!piece.text.empty()) return piece;
    SEALPOST_TRY(piece.whole_bytes, store.find_size(content));
    return piece;
}

}  // namespace

Task<Result<std::string>> ContentReader::next()
{
    auto work = [content = content_, number = number_](db::Connection& connection) {
        return load_piece(connection, content, number);
    };
    auto piece = co_await database_->read(std::move(work));
    if (piece.has_error()) co_return piece.error();
    if (piece->text.empty() && given_bytes_ != piece->whole_bytes) {
        co_return Error{Fault::give_up, "a part of the message's content is missing"};
    }
    ++number_;
    given_bytes_ += static_cast<std::int64_t>(piece->text.size());
    co_return std::move(piece->text);
}

}  // namespace sealpost::queue
