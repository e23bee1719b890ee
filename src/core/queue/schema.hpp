#pragma once

#include "base/result.hpp"
#include "sys/db/database.hpp"

namespace sealpost::queue {

// Brings the tables of doc/spec/queue.md up to date.
[[nodiscard]] Result<> migrate_tables(db::Database& database);

}  // namespace sealpost::queue
