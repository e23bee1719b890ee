#include "sys/files/owner.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

namespace sealpost::files {
namespace {

std::string name_user(uid_t user)
{
    std::array<char, 4096> texts{};
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(user, &entry, texts.data(), texts.size(), &found) == 0 && found != nullptr) return found->pw_name;
    return "user " + std::to_string(user);
}

std::string runner() { return name_user(::geteuid()); }

// "sudo -u sealpost sealpost …"; by number where the owner has no name here.
std::string command_as(uid_t owner)
{
    std::string name = name_user(owner);
    if (name.find(' ') != std::string::npos) name = "\\#" + std::to_string(owner);
    return "sudo -u " + name + " sealpost …";
}

struct Owned {
    Path path;
    uid_t owner = 0;
};

std::optional<uid_t> find_owner(const Path& path)
{
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
    return facts.st_uid;
}

// The path or the nearest folder above it that can be looked at.
std::optional<Owned> find_nearest(Path path)
{
    for (;;) {
        if (const auto owner = find_owner(path)) return Owned{path, *owner};
        const Path above = directory_of(path);
        if (above == path || path == ".") return std::nullopt;
        path = above;
    }
}

}  // namespace

std::string describe_owners(const Path& path)
{
    const auto nearest = find_nearest(path);
    if (!nearest) return runner() + " runs this";
    return runner() + " runs this, and " + nearest->path.string() + " belongs to " + name_user(nearest->owner);
}

std::string name_way_out(const Path& path)
{
    const auto nearest = find_nearest(path);
    return nearest ? command_as(nearest->owner) : std::string();
}

Result<> check_maker(const Path& folder)
{
    const uid_t me = ::geteuid();
    const bool is_there = find_owner(folder).has_value();
    const bool may_write = ::faccessat(AT_FDCWD, folder.c_str(), W_OK, AT_EACCESS) == 0;
    if (me != 0 && (!is_there || may_write)) return {};
    const auto nearest = find_nearest(folder);
    if (!nearest || nearest->owner == me) return {};
    return Error{Fault::config, nearest->path.string() + " belongs to " + name_user(nearest->owner) + ", and " + runner() +
                                    " runs this: what it makes there, the owner could not open; " + command_as(nearest->owner)};
}

Result<> check_use(const Path& path)
{
    const auto owner = find_owner(path);
    if (!owner || ::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) == 0 || errno != EACCES) return {};
    const uid_t me = ::geteuid();
    const std::string says =
        path.string() + " belongs to " + name_user(*owner) + ", and " + runner() + " runs this, who may not ";
    // Somebody else's file in one's own folder was made there by mistake.
    if (*owner != me && find_owner(directory_of(path)) == me)
        return Error{Fault::config, says + "use it: sudo chown " + runner() + ": " + path.string() + "*"};
    if (*owner != me) return Error{Fault::config, says + "use it: " + command_as(*owner)};
    return Error{Fault::config, says + "read and write it: chmod 600 " + path.string()};
}

}  // namespace sealpost::files
