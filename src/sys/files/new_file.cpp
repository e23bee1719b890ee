#include "sys/files/new_file.hpp"

#include "sys/files/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace sealpost::files {
namespace {

Error error_of_new(std::string_view what, const Path& path)
{
    if (errno == EEXIST) return {Fault::denied, path.string() + " exists, and is not replaced"};
    return error_of(what, path);
}

// Not every file system can refuse to replace; there the look before must do.
int rename_to_new(const Path& from, const Path& to)
{
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    if (is_there(to)) {
        errno = EEXIST;
        return -1;
    }
    return ::rename(from.c_str(), to.c_str());
}

}  // namespace

Result<> make_private_file(const Path& path)
{
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) return error_of_new("create", path);
    return {};
}

Result<> make_filled_file(const Path& path, std::uint64_t bytes)
{
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) return error_of_new("create", path);
    errno = ::posix_fallocate(file.number(), 0, static_cast<off_t>(bytes));
    if (errno == 0) return {};
    auto error = error_of("fill", path);
    (void)remove_file(path);
    return error;
}

Result<> sync_file(const Path& path)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return error_of("open", path);
    if (::fsync(file.number()) != 0) return error_of("sync", path);
    return {};
}

Result<> move_file(const Path& from, const Path& to)
{
    if (rename_to_new(from, to) != 0) return error_of_new("write", to);
    return sync_directory(directory_of(to));
}

Result<> link_file(const Path& from, const Path& to)
{
    if (::link(from.c_str(), to.c_str()) != 0) return error_of_new("give a file the name", to);
    return {};
}

}  // namespace sealpost::files
