#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace sealpost::cli {

// Are these versions of rooms' tables (StoreFile::room_versions) ones that this program can open? Fault::config when
// a newer program made them.
[[nodiscard]] Result<> check_room_versions(const std::map<std::string, std::size_t>& versions);

}  // namespace sealpost::cli
