// files: the few things that we do with files ourselves: read one that has a size limit, replace one
// so that a crash leaves the old or the new text but never half of it, look at permissions, and lock
// a data directory. Everything blocks: workers go through the BlockingPool. Messages name the path.
// A missing file is Fault::config, a full disk Fault::retry_later, anything else Fault::give_up.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace sealpost::files {

using Path = std::filesystem::path;

// Who may read a file that we write.
enum class Access { owner_only, everybody };

// The whole file; one larger than max_bytes is refused, not cut.
[[nodiscard]] Result<std::string> read_file(const Path& path, std::size_t max_bytes);

// The same for keys and tokens; also refuses what check_private() refuses.
[[nodiscard]] Result<Secret> read_secret(const Path& path, std::size_t max_bytes);

// Written beside the target, synced, renamed over it, directory synced: when this answers, the new
// text is on stable storage; after a crash at any point the old text is still whole. Written by root, a file that is
// replaced stays its owner's, and a new one belongs to the owner of its directory.
[[nodiscard]] Result<> write_file(const Path& path, std::string_view text, Access access);
[[nodiscard]] Result<> write_secret(const Path& path, const Secret& secret);

// Makes the directory (and its parents), readable by the owner only, and syncs the parent. Made by root it belongs to the
// owner of the one above.
[[nodiscard]] Result<> make_directory(const Path& path);
// Where the file has its name: "." for a name alone.
[[nodiscard]] Path directory_of(const Path& path);
[[nodiscard]] Result<> sync_directory(const Path& path);

[[nodiscard]] bool is_there(const Path& path);         // no also when the folder above may not be looked at
[[nodiscard]] Result<> remove_file(const Path& path);  // one that is not there is removed already

// Denies a file or directory that its group or others may read or write, with the chmod that mends it.
[[nodiscard]] Result<> check_private(const Path& path);

// The promise that one running server owns a data directory, or, by another name, that one process does something that
// two must not do at once. Held until destruction; the kernel lets go when the process dies, however it dies.
class DirectoryLock {
public:
    // Fault::retry_later when another process holds it (the text names its process id).
    [[nodiscard]] static Result<DirectoryLock> take(const Path& directory, std::string_view name = "lock");

    // The process that holds it, or 0. Nothing is held afterwards.
    [[nodiscard]] static Result<int> find_holder(const Path& directory, std::string_view name = "lock");

    DirectoryLock(DirectoryLock&& other) noexcept;
    DirectoryLock& operator=(DirectoryLock&& other) noexcept;
    DirectoryLock(const DirectoryLock&) = delete;
    DirectoryLock& operator=(const DirectoryLock&) = delete;
    ~DirectoryLock();

private:
    explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace sealpost::files
