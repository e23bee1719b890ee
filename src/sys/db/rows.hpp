#pragma once

#include "sys/db/connection.hpp"

#include <type_traits>
#include <utility>
#include <vector>

namespace sealpost::db {

template <class Value>
struct RowValue {
    using Type = Value;
};
template <class Value>
struct RowValue<Result<Value>> {
    using Type = Value;
};

// All rows of a statement, each as what `read(const Statement&)` makes of it: a value, or the Result of one where a row
// may be malformed.
template <class Read>
[[nodiscard]] auto read_rows(Statement& rows, Read read)
    -> Result<std::vector<typename RowValue<std::invoke_result_t<Read&, const Statement&>>::Type>>
{
    using Made = std::invoke_result_t<Read&, const Statement&>;
    std::vector<typename RowValue<Made>::Type> values;
    while (true) {
        SEALPOST_TRY(const bool is_row, rows.step());
        if (!is_row) return values;
        if constexpr (std::is_same_v<Made, typename RowValue<Made>::Type>) {
            values.push_back(read(std::as_const(rows)));
        } else {
            SEALPOST_TRY(auto value, read(std::as_const(rows)));
            values.push_back(std::move(value));
        }
    }
}

}  // namespace sealpost::db
