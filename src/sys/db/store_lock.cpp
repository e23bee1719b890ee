#include "sys/db/store_lock.hpp"

namespace sealpost::db {
namespace {

// By whatever link it is named.
std::filesystem::path find_file(const std::filesystem::path& file)
{
    std::error_code unknown;
    auto real = std::filesystem::weakly_canonical(file, unknown);
    return unknown ? file : real;
}

}  // namespace

Result<std::optional<files::DirectoryLock>> lock_store(const std::filesystem::path& file)
{
    const auto real = find_file(file);
    if (file.empty() || !files::is_there(real.parent_path())) return std::optional<files::DirectoryLock>();
    auto lock = files::DirectoryLock::take(real.parent_path(), real.filename().string() + ".lock");
    if (lock.has_value()) return std::optional(std::move(*lock));
    if (lock.error().fault != Fault::retry_later) return lock.error();
    SEALPOST_TRY(const int holder, find_store_holder(file));
    return Error{Fault::retry_later,
                 "the store " + real.string() + " is in use by another process (" + std::to_string(holder) +
                     "); each node needs one of its own, or a database that they share (doc/ops/postgresql.md)"};
}

Result<int> find_store_holder(const std::filesystem::path& file)
{
    if (file.empty()) return 0;
    const auto real = find_file(file);
    return files::DirectoryLock::find_holder(real.parent_path(), real.filename().string() + ".lock");
}

}  // namespace sealpost::db
