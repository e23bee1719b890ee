#pragma once

#include "sys/files/files.hpp"

#include <cstdint>

namespace sealpost::files {

// For files that others write, and that come under their name only when they are whole: make it empty under another
// name, let it be written, sync it, move it. Nothing here replaces a file: Fault::denied when one has the name.

[[nodiscard]] Result<> make_private_file(const Path& path);  // empty, mode 0600
// Of so many octets that the disk has set aside for it, mode 0600; where it has not as many, there is no file.
[[nodiscard]] Result<> make_filled_file(const Path& path, std::uint64_t bytes);
[[nodiscard]] Result<> sync_file(const Path& path);
[[nodiscard]] Result<> move_file(const Path& from, const Path& to);  // in one directory, which is synced
[[nodiscard]] Result<> link_file(const Path& from, const Path& to);  // a second name; the caller syncs the directory

}  // namespace sealpost::files
