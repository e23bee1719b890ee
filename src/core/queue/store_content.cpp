#include "core/queue/store.hpp"

namespace sealpost::queue {
namespace {

// A piece's id is content × 65536 + number: the pieces of a content lie together and in order.
constexpr std::int64_t max_pieces = 65536;

std::int64_t piece_id(ContentId content, std::int64_t number) { return content.value() * max_pieces + number; }

}  // namespace

Result<ContentId> Store::insert_content(std::int64_t bytes, std::int64_t uses)
{
    SEALPOST_CHECK(connection_.prepare("insert into queue_content (bytes, uses, owner) values (?, ?, ?)")
                       .bind(1, bytes)
                       .bind(2, uses)
                       .bind(3, owner_)
                       .run());
    return ContentId(connection_.last_insert_id());
}

Result<> Store::insert_piece(ContentId content, int number, std::string_view octets)
{
    if (number >= max_pieces) return Error{Fault::give_up, "the message is larger than the queue can hold (16 GiB)"};
    return connection_.prepare("insert into queue_piece (id, octets) values (?, ?)")
        .bind(1, piece_id(content, number))
        .bind_in_place(2, octets)
        .run();
}

Result<ContentId> Store::keep_content(const ContentWriter& writer, std::int64_t uses)
{
    ContentId content = writer.stored_;
    if (content == ContentId()) {
        SEALPOST_TRY(content, insert_content(writer.size_, uses));
    } else {
        auto update = connection_.prepare("update queue_content set bytes = ?, uses = ? where id = ? and uses = 0");
        SEALPOST_CHECK(update.bind(1, writer.size_).bind(2, uses).bind(3, content.value()).run());
        if (connection_.changes() != 1) return Error{Fault::retry_later, "the content of the message was swept away"};
    }
    if (!writer.head_.empty()) SEALPOST_CHECK(insert_piece(content, 0, writer.head_));
    int number = writer.next_piece_;
    for (const auto& piece : writer.pieces_) SEALPOST_CHECK(insert_piece(content, number++, piece));
    return content;
}

Result<> Store::use_content(ContentId content, std::int64_t more)
{
    return connection_.prepare("update queue_content set uses = uses + ? where id = ?")
        .bind(1, more)
        .bind(2, content.value())
        .run();
}

Result<> Store::leave_content(ContentId content)
{
    {
        auto row = connection_.prepare("select uses from queue_content where id = ?");
        SEALPOST_TRY(const bool is_known, row.bind(1, content.value()).step());
        if (!is_known) return {};
        if (row.column_int(0) > 1) {
            row.rewind();
            return use_content(content, -1);
        }
    }
    return erase_content(content);
}

Result<> Store::erase_content(ContentId content)
{
    SEALPOST_CHECK(connection_.prepare("delete from queue_piece where id >= ? and id < ?")
                       .bind(1, piece_id(content, 0))
                       .bind(2, piece_id(content, max_pieces))
                       .run());
    return connection_.prepare("delete from queue_content where id = ?").bind(1, content.value()).run();
}

Result<> Store::require_unused(ContentId content)
{
    auto row = connection_.prepare("select id from queue_content where id = ? and uses = 0");
    SEALPOST_TRY(const bool is_unused, row.bind(1, content.value()).step());
    if (!is_unused) return Error{Fault::retry_later, "the content of the message was swept away"};
    return {};
}

Result<> Store::erase_if_unused(ContentId content)
{
    {
        auto row = connection_.prepare("select id from queue_content where id = ? and uses = 0");
        SEALPOST_TRY(const bool is_unused, row.bind(1, content.value()).step());
        if (!is_unused) return {};
    }
    return erase_content(content);
}

Result<> Store::erase_unused_content()
{
    std::vector<ContentId> unused;
    {
        auto rows = connection_.prepare("select id from queue_content where uses = 0 and owner = ?");
        rows.bind(1, owner_);
        for (;;) {
            SEALPOST_TRY(const bool is_row, rows.step());
            if (!is_row) break;
            unused.emplace_back(rows.column_int(0));
        }
    }
    for (const auto content : unused) SEALPOST_CHECK(erase_content(content));
    return {};
}

Result<std::string> Store::load_piece(ContentId content, int number)
{
    auto row = connection_.prepare("select octets from queue_piece where id = ?");
    SEALPOST_TRY(const bool is_row, row.bind(1, piece_id(content, number)).step());
    return is_row ? row.column_text(0) : std::string();
}

Result<std::int64_t> Store::find_size(ContentId content)
{
    auto row = connection_.prepare("select bytes from queue_content where id = ?");
    SEALPOST_TRY(const bool is_row, row.bind(1, content.value()).step());
    if (!is_row) return Error{Fault::give_up, "there is no such content in the queue"};
    return row.column_int(0);
}

}  // namespace sealpost::queue
