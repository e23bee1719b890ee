#include "cli/new_files.hpp"

namespace sealpost::cli {

Result<> check_new_key(const files::Path& path)
{
    if (files::is_there(path)) return Error{Fault::config, path.string() + " exists; a key is not overwritten"};
    return {};
}

Result<> check_new_file(const files::Path& path, const files::Path& key, std::string_view what)
{
    if (files::is_there(path))
        return Error{Fault::config, path.string() + " exists; a " + std::string(what) + " is not written over it"};
    if (!path.empty() && path.lexically_normal() == key.lexically_normal())
        return Error{Fault::config, path.string() + " is the file of the key; a " + std::string(what) + " needs another one"};
    return {};
}

}  // namespace sealpost::cli
