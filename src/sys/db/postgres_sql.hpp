#pragma once

#include <string>
#include <string_view>

namespace sealpost::db {

// The rooms' SQL in PostgreSQL's words; what the two read alike stays as it is.

// Values are "$1" for "?1", or for the first "?"; instr() is strpos().
[[nodiscard]] std::string to_postgres(std::string_view sql);

// Of tables, besides: whole numbers have 64 bits; "autoincrement" is an identity; blob is bytea; text compares octet by
// octet, as SQLite's does; "without rowid" goes; a trigger that aborts, always or where a condition holds, calls a function
// that raises; one that is dropped to be made anew is dropped from its table.
[[nodiscard]] std::string to_postgres_tables(std::string_view sql);

}  // namespace sealpost::db
