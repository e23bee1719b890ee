#pragma once

#include "sys/files/files.hpp"

#include <string>

namespace sealpost::files {

// Whose files are whose: what root makes in the folder of a service's user, that user cannot open afterwards.

// "ada runs this, and /etc/sealpost belongs to root": of the path, or of the nearest folder above it that can be looked at.
[[nodiscard]] std::string describe_owners(const Path& path);

// How to run a command as that owner: "sudo -u sealpost sealpost …"; empty where none is found.
[[nodiscard]] std::string name_way_out(const Path& path);

enum class Makers {
    owner_only,  // for commands, which know no better
    group_too    // for the service itself: a folder may be shared with its user by its group
};
// Whether this user may make in `folder` what the folder's owner opens later. Fault::config, with the way out, where the
// owner is another. Root is always held to it, and where the folder is missing, by the nearest one above.
[[nodiscard]] Result<> check_maker(const Path& folder, Makers makers);

// Fault::config, with the way out, when the file is there and this user may not read and write it.
[[nodiscard]] Result<> check_use(const Path& path);

}  // namespace sealpost::files
