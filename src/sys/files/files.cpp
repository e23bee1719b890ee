#include "sys/files/files.hpp"

#include "sys/files/descriptor.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace sealpost::files {
namespace {

// Reads into `into` (text or Bytes), growing by what comes, and refuses the octet after max_bytes.
template <class Buffer>
Result<> read_all(const Path& path, std::size_t max_bytes, Buffer& into)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return error_of("open", path);
    struct stat facts {};
    if (::fstat(file.number(), &facts) != 0) return error_of("look at", path);
    if (!S_ISREG(facts.st_mode)) return Error{Fault::config, path.string() + " is not a file"};
    std::size_t filled = 0;
    into.resize(std::min<std::size_t>(static_cast<std::size_t>(facts.st_size), max_bytes) + 1);
    for (;;) {
        if (filled > max_bytes) {
            return Error{Fault::config, path.string() + " is larger than the " + std::to_string(max_bytes) + " octets allowed"};
        }
        if (filled == into.size()) into.resize(std::min(filled * 2, max_bytes + 1));
        const ssize_t count = ::read(file.number(), into.data() + filled, into.size() - filled);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return error_of("read", path);
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    into.resize(filled);
    return {};
}

// Root writes in the place of a service's user, who must be able to open the file afterwards: a new file belongs to whom
// it replaces, or else to the owner of its directory, where root may give it away.
Result<> keep_owner(int descriptor, const Path& replaced)
{
    struct stat old {};
    if (::geteuid() != 0) return {};
    if (::stat(replaced.c_str(), &old) == 0) {
        if (::fchown(descriptor, old.st_uid, old.st_gid) != 0) return error_of("keep the owner of", replaced);
        return {};
    }
    if (::stat(directory_of(replaced).c_str(), &old) != 0 || old.st_uid == 0) return {};
    [[maybe_unused]] const int given = ::fchown(descriptor, old.st_uid, old.st_gid);
    return {};
}

// The same for a directory.
void keep_owner_of_parent(const Path& made, const Path& parent)
{
    struct stat above {};
    if (::geteuid() != 0 || ::stat(parent.c_str(), &above) != 0 || above.st_uid == 0) return;
    [[maybe_unused]] const int given = ::lchown(made.c_str(), above.st_uid, above.st_gid);
}

// One that is there is left as it is.
int open_lock(const Path& directory, const Path& path)
{
    constexpr int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
    const int made = ::open(path.c_str(), flags | O_CREAT | O_EXCL, 0600);
    if (made < 0) return errno == EEXIST ? ::open(path.c_str(), flags) : made;
    [[maybe_unused]] const auto kept = keep_owner(made, directory);
    return made;
}

// The text under a temporary name in the same directory, on stable storage.
Result<> write_beside(const Path& temporary, const Path& replaced, std::string_view text, mode_t mode)
{
    const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!file.is_open()) return error_of("create", temporary);
    SEALPOST_CHECK(keep_owner(file.number(), replaced));
    // The file may be left from a crash, with other permissions.
    if (::fchmod(file.number(), mode) != 0) return error_of("set the permissions of", temporary);
    SEALPOST_CHECK(write_all(file.number(), text, temporary));
    if (::fsync(file.number()) != 0) return error_of("sync", temporary);
    return {};
}

}  // namespace

Result<std::string> read_file(const Path& path, std::size_t max_bytes)
{
    std::string text;
    SEALPOST_CHECK(read_all(path, max_bytes, text));
    return text;
}

Result<Secret> read_secret(const Path& path, std::size_t max_bytes)
{
    SEALPOST_CHECK(check_private(path));
    Bytes bytes;
    auto answer = read_all(path, max_bytes, bytes);
    Secret secret(std::move(bytes));  // wipes what was read, also when it is refused
    if (answer.has_error()) return answer.error();
    return secret;
}

Result<> write_file(const Path& path, std::string_view text, Access access)
{
    const Path temporary = path.string() + ".new";
    auto written = write_beside(temporary, path, text, access == Access::owner_only ? 0600 : 0644);
    if (written.has_error()) {
        ::unlink(temporary.c_str());
        return written.error();
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        auto error = error_of("replace", path);
        ::unlink(temporary.c_str());
        return error;
    }
    return sync_directory(directory_of(path));
}

Result<> write_secret(const Path& path, const Secret& secret)
{
    return write_file(path, secret.reveal_text(), Access::owner_only);
}

Result<> make_directory(const Path& path)
{
    std::error_code code;
    if (std::filesystem::is_directory(path, code)) return {};
    const Path parent = directory_of(path);
    if (!std::filesystem::exists(parent, code)) SEALPOST_CHECK(make_directory(parent));
    const bool is_made = ::mkdir(path.c_str(), 0700) == 0;
    if (!is_made && errno != EEXIST) return error_of("make the directory", path);
    if (is_made) keep_owner_of_parent(path, parent);
    if (!std::filesystem::is_directory(path, code)) return Error{Fault::config, path.string() + " is not a directory"};
    return sync_directory(parent);
}

Path directory_of(const Path& path) { return path.has_parent_path() ? path.parent_path() : Path("."); }

Result<> sync_directory(const Path& path)
{
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open()) return error_of("open the directory", path);
    if (::fsync(directory.number()) != 0) return error_of("sync the directory", path);
    return {};
}

bool is_there(const Path& path)
{
    std::error_code code;
    return std::filesystem::exists(path, code);
}

Result<> remove_file(const Path& path)
{
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return error_of("remove", path);
    return {};
}

Result<> check_private(const Path& path)
{
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return error_of("look at", path);
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) == 0) return {};
    const std::string mode = S_ISDIR(facts.st_mode) ? "700" : "600";
    return Error{Fault::config, path.string() + " is open to others than its owner: chmod " + mode + " " + path.string()};
}

Result<DirectoryLock> DirectoryLock::take(const Path& directory, std::string_view name)
{
    const Path path = directory / name;
    Descriptor file(open_lock(directory, path));
    if (!file.is_open()) return error_of("open", path);
    if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return error_of("lock", path);
        char owner[32] = {};
        const ssize_t count = ::pread(file.number(), owner, sizeof owner - 1, 0);
        const std::string who = count > 0 ? " (" + std::string(owner) + ")" : "";
        return Error{Fault::retry_later, directory.string() + " is in use by another process" + who};
    }
    const std::string me = std::to_string(::getpid());
    if (::ftruncate(file.number(), 0) != 0) return error_of("write", path);
    SEALPOST_CHECK(write_all(file.number(), me, path));
    return DirectoryLock(file.release());
}

Result<int> DirectoryLock::find_holder(const Path& directory, std::string_view name)
{
    const Path path = directory / name;
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.is_open() && errno == ENOENT) return 0;
    if (!file.is_open()) return error_of("open", path);
    if (::flock(file.number(), LOCK_SH | LOCK_NB) == 0) return 0;
    if (errno != EWOULDBLOCK) return error_of("lock", path);
    char owner[32] = {};
    if (::pread(file.number(), owner, sizeof owner - 1, 0) < 0) return error_of("read", path);
    return std::atoi(owner);
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept
{
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

DirectoryLock::~DirectoryLock()
{
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace sealpost::files
