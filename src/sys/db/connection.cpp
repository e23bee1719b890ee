#include "sys/db/connection.hpp"

namespace sealpost::db {

Statement& Statement::bind(int index, std::string_view text)
{
    prepared_->bind_text(index, text, false);
    return *this;
}

Statement& Statement::bind(int index, ByteView bytes)
{
    prepared_->bind_blob(index, bytes, false);
    return *this;
}

Statement& Statement::bind(int index, std::nullptr_t)
{
    prepared_->bind_null(index);
    return *this;
}

Statement& Statement::bind_in_place(int index, std::string_view octets)
{
    prepared_->bind_blob(index, as_bytes(octets), true);
    return *this;
}

Result<> Statement::run()
{
    for (;;) {
        auto has_row = step();
        if (has_row.has_error()) return has_row.error();
        if (!*has_row) return {};
    }
}

Bytes Statement::column_bytes(int column) const { return copy_bytes(prepared_->bytes(column)); }

std::optional<WallTime> Statement::column_optional_time(int column) const
{
    if (column_is_null(column)) return std::nullopt;
    return column_time(column);
}

}  // namespace sealpost::db
