#pragma once

#include "sys/files/files.hpp"

#include <string>

namespace sealpost::files {

// Whose files are whose: what root makes in the folder of a service's user, that user cannot open afterwards.

// "ada runs this, and /etc/sealpost belongs to root": of the path, or of the nearest folder above it that can be looked at.
[[nodiscard]] std::string describe_owners(const Path& path);

// How to run a command as that owner: "sudo -u sealpost sealpost …"; empty where none is found.
[[nodiscard]] std::string name_way_out(const Path& path);

// Whether this user may make in `folder` what the service opens later: its owner, or one of a group who may write there.
// Fault::config, with the way out, for another. Root is held to the owner, and where the folder is missing, to that of the
// nearest one above.
[[nodiscard]] Result<> check_maker(const Path& folder);

// Fault::config, with the way out, when the file is there and this user may not read and write it.
[[nodiscard]] Result<> check_use(const Path& path);

}  // namespace sealpost::files
