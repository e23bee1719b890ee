#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sealpost::db {

// What a database driver gives for one prepared statement. Rooms use Statement below.
class PreparedStatement {
public:
    virtual ~PreparedStatement() = default;
    virtual void bind_integer(int index, std::int64_t value) = 0;
    virtual void bind_text(int index, std::string_view text, bool in_place) = 0;
    virtual void bind_blob(int index, ByteView bytes, bool in_place) = 0;
    virtual void bind_null(int index) = 0;
    virtual Result<bool> step() = 0;
    virtual void rewind() = 0;  // ready to be bound and stepped again
    [[nodiscard]] virtual bool is_null(int column) const = 0;
    [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
    [[nodiscard]] virtual std::string_view bytes(int column) const = 0;
};

// One use of a prepared statement: bind (from 1), step through the rows, read columns (from 0).
// Goes back to the connection's cache at its end. A fault in the SQL or in a binding shows in step().
class Statement {
public:
    using Returner = std::shared_ptr<PreparedStatement>;  // its deleter gives the statement back
    explicit Statement(Returner prepared) : prepared_(std::move(prepared)) {}

    template <std::integral Number>
    Statement& bind(int index, Number value)
    {
        prepared_->bind_integer(index, static_cast<std::int64_t>(value));
        return *this;
    }
    Statement& bind(int index, std::string_view text);  // text and octets are copied
    Statement& bind(int index, const std::string& text) { return bind(index, std::string_view(text)); }
    Statement& bind(int index, const char* text) { return bind(index, std::string_view(text)); }
    Statement& bind(int index, ByteView bytes);
    Statement& bind(int index, WallTime time) { return bind(index, time.time_since_epoch().count()); }
    Statement& bind(int index, std::nullptr_t);
    template <class Value>
    Statement& bind(int index, const std::optional<Value>& value)
    {
        return value ? bind(index, *value) : bind(index, nullptr);
    }
    // A blob without the copy: the caller keeps the octets alive until the statement ends or rewinds.
    Statement& bind_in_place(int index, std::string_view octets);

    [[nodiscard]] Result<bool> step() { return prepared_->step(); }  // true: there is a row
    [[nodiscard]] Result<> run();                                    // steps to the end; rows are passed over
    void rewind() { prepared_->rewind(); }

    [[nodiscard]] bool column_is_null(int column) const { return prepared_->is_null(column); }
    [[nodiscard]] std::int64_t column_int(int column) const { return prepared_->integer(column); }
    [[nodiscard]] bool column_bool(int column) const { return prepared_->integer(column) != 0; }
    [[nodiscard]] std::string column_text(int column) const { return std::string(prepared_->bytes(column)); }
    [[nodiscard]] Bytes column_bytes(int column) const;
    [[nodiscard]] WallTime column_time(int column) const { return WallTime(std::chrono::milliseconds(column_int(column))); }
    [[nodiscard]] std::optional<WallTime> column_optional_time(int column) const;
    // Valid until the next step, rewind or the end of the statement.
    [[nodiscard]] std::string_view column_view(int column) const { return prepared_->bytes(column); }

private:
    Returner prepared_;
};

// A connection, inside the transaction that the Database opened around the caller's work: rooms never
// begin or commit. Belongs to one thread; do not keep it beyond the work. A Statement must end before
// the work does.
class Connection {
public:
    virtual ~Connection() = default;
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // SQL that SQLite and PostgreSQL read alike, with "?" or "?1" for values: "on conflict do update", no "insert or replace".
    // What differs in tables (autoincrement, blob, without rowid) and "instr" is put into PostgreSQL's words.
    [[nodiscard]] virtual Statement prepare(std::string_view sql) = 0;  // cached by its text
    virtual Result<> execute(std::string_view sql) = 0;                 // one or more, without parameters
    [[nodiscard]] virtual std::int64_t last_insert_id() = 0;
    [[nodiscard]] virtual int changes() const = 0;  // rows that the last insert, update or delete touched
    [[nodiscard]] virtual Result<bool> has_table(std::string_view name) = 0;
    // From now on what is deleted is overwritten, where the store can: PostgreSQL keeps it until its vacuum.
    virtual Result<> overwrite_deleted() = 0;
    // What the store keeps of the disk and will write into again; 0 where another keeps the disk.
    [[nodiscard]] virtual Result<std::int64_t> reusable_bytes() = 0;
};

}  // namespace sealpost::db
