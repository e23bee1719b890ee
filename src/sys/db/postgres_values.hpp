#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sealpost::db {

// Values on PostgreSQL's wire, in its binary form (chapter 55.7 of its manual, and src/backend/utils/adt for the forms).

// Their types' numbers, from pg_type.dat.
enum class PostgresType : unsigned {
    unknown = 0,
    boolean = 16,
    bytea = 17,
    int8 = 20,
    int2 = 21,
    int4 = 23,
    text = 25,
    numeric = 1700
};

[[nodiscard]] std::string encode_int8(std::int64_t value);

// Text as PostgreSQL takes it: valid UTF-8 without NUL. What is neither stands as U+FFFD.
[[nodiscard]] bool is_postgres_text(std::string_view text);
[[nodiscard]] std::string make_postgres_text(std::string_view text);

// A number or a truth value; of a numeric, the whole part. 0 for what is neither.
[[nodiscard]] std::int64_t decode_integer(PostgresType type, std::string_view octets);

}  // namespace sealpost::db
