#include "serve/pages/assets.hpp"

#include <algorithm>

#include "serve/pages/table.hpp"

namespace sealpost::pages {

std::span<const Asset> all_assets() { return embedded_table(); }

const Asset* find_asset(std::string_view path)
{
    const auto table = embedded_table();
    const auto found = std::ranges::lower_bound(table, path, {}, &Asset::path);
    return found != table.end() && found->path == path ? &*found : nullptr;
}

}  // namespace sealpost::pages
