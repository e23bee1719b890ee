#pragma once

#include "base/result.hpp"
#include "sys/db/database.hpp"

#include <string_view>
#include <vector>

namespace sealpost::queue {

// The room's tables, one step a version.
[[nodiscard]] const std::vector<std::string_view>& schema_steps();

// Brings the tables of doc/spec/queue.md up to date.
[[nodiscard]] Result<> migrate_tables(db::Database& database);

}  // namespace sealpost::queue
