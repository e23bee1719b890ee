#include "sys/files/look_for.hpp"

#include "sys/files/owner.hpp"

#include <system_error>

namespace sealpost::files {

Result<bool> look_for(const Path& path)
{
    std::error_code code;
    const bool found = std::filesystem::exists(path, code);
    if (!code) return found;
    if (code == std::errc::permission_denied)
        return Error{Fault::config,
                     path.string() + " may not be looked at: " + describe_owners(path) + "; " + name_way_out(path)};
    return Error{Fault::config, "cannot look at " + path.string() + ": " + code.message()};
}

}  // namespace sealpost::files
