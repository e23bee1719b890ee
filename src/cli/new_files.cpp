#include "cli/new_files.hpp"

#include <filesystem>

namespace sealpost::cli {

Result<> check_new_key(const files::Path& path)
{
    if (files::is_there(path)) return Error{Fault::config, path.string() + " exists; a key is not overwritten"};
    return {};
}

namespace {

// Without its folder a file cannot be made; nothing else should have been by then.
Result<> check_folder(const files::Path& path)
{
    const auto folder = path.parent_path();
    std::error_code unknown;
    if (folder.empty() || std::filesystem::is_directory(folder, unknown)) return {};
    return Error{Fault::config, path.string() + " cannot be made: there is no folder " + folder.string()};
}

}  // namespace

Result<> check_new_file(const files::Path& path, const files::Path& key, std::string_view what)
{
    if (files::is_there(path))
        return Error{Fault::config, path.string() + " exists; a " + std::string(what) + " is not written over it"};
    if (!path.empty() && path.lexically_normal() == key.lexically_normal())
        return Error{Fault::config, path.string() + " is the file of the key; a " + std::string(what) + " needs another one"};
    return check_folder(path);
}

}  // namespace sealpost::cli
