#pragma once

#include "sys/db/database.hpp"

namespace sealpost::db {

// The stores behind Database::open, which chooses by the scheme.
[[nodiscard]] Result<std::shared_ptr<Database>> open_sqlite(const std::string& path, const Options& options);
[[nodiscard]] Result<std::shared_ptr<Database>> open_postgres(const std::string& url, const Options& options);

}  // namespace sealpost::db
