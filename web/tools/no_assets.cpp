// The table of a build without web pages (SEALPOST_WEB=OFF).
#include "serve/pages/table.hpp"

namespace sealpost::pages {

std::span<const Asset> embedded_table() { return {}; }

}  // namespace sealpost::pages
