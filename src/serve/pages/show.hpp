#pragma once

#include "sys/http/respond.hpp"

#include <string_view>

namespace sealpost::pages {

// A page with its Content-Security-Policy, or one of the files of pages; not-found when there is none.
[[nodiscard]] http::Response show_asset(const http::Request& request, std::string_view path);

// Adds the files that pages ask for, /assets/…, and the answer for paths that are not known.
void add_file_routes(http::Router& router);

}  // namespace sealpost::pages
