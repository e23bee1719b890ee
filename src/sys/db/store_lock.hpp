#pragma once

#include "base/result.hpp"
#include "sys/files/files.hpp"

#include <filesystem>
#include <optional>

namespace sealpost::db {

// The promise that one node has the store in this file: another with a data directory of its own may name the same file, and
// each would deliver all that is in it. It stands beside the file, under its name with ".lock" behind. Absent for an empty
// path (a database that nodes share) and where no directory is. Fault::retry_later when another process has it.
[[nodiscard]] Result<std::optional<files::DirectoryLock>> lock_store(const std::filesystem::path& file);

// The process that has it, or 0.
[[nodiscard]] Result<int> find_store_holder(const std::filesystem::path& file);

}  // namespace sealpost::db
