// The seam between this room and what the build makes of web/: one of web/tools/no_assets.cpp and
// the generated asset_table.cpp defines it.
#pragma once

#include <span>

#include "serve/pages/assets.hpp"

namespace sealpost::pages {

// Sorted by path.
std::span<const Asset> embedded_table();

}  // namespace sealpost::pages
