#include "core/config/log_file.hpp"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace sealpost::config {
namespace {

namespace fs = std::filesystem;

bool can_be_written(const fs::path& file)
{
    std::error_code error;
    if (fs::is_directory(file, error)) return false;
    if (fs::exists(file, error)) return !fs::is_regular_file(file, error) || std::ofstream(file, std::ios::app).good();
    fs::path missing = file;
    while (!error && missing.has_parent_path() && !fs::exists(missing.parent_path(), error)) missing = missing.parent_path();
    if (error) return false;
    const bool made = missing == file ? std::ofstream(file, std::ios::app).good() : fs::create_directory(missing, error);
    if (made) fs::remove(missing, error);
    return made;
}

}  // namespace

std::optional<Problem> check_log_file(const NodeConfig& config)
{
    const fs::path& file = config.log.file;
    if (file.empty() || can_be_written(file)) return std::nullopt;
    return Problem{config.file.string(), 0, "log.file", file.string() + " cannot be written",
                   "name a file in a folder of the user that the node runs as, such as /var/log/sealpost/sealpost.log"};
}

}  // namespace sealpost::config
