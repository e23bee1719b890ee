#pragma once

#include "sys/async/task.hpp"
#include "sys/db/database.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sealpost::tally {

// A table whose rows have a `number`, and those whose rows belong to one of them.
struct NumberedTable {
    struct Child {
        std::string name;
        std::string parent_column;  // the first of its primary key …
        std::string key_columns;    // … and the rest of it
    };
    std::string name;
    std::vector<Child> children;
};

// Takes out what has these numbers, with all that belongs to it, a thousand rows a commit: others want to write, too. After an
// error a part is done.
Task<Result<>> forget_in_pieces(std::shared_ptr<db::Database> database, NumberedTable table, std::vector<std::int64_t> numbers);

}  // namespace sealpost::tally
