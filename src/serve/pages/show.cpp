#include "serve/pages/show.hpp"

#include "serve/pages/assets.hpp"
#include "serve/pages/problem_page.hpp"

namespace sealpost::pages {
namespace {

Task<http::Response> show_file(http::Request& request) { co_return show_asset(request, "assets/" + request.parameter("path")); }

}  // namespace

http::Response show_asset(const http::Request& request, std::string_view path)
{
    const Asset* asset = find_asset(path);
    if (!asset) return http::problem_response(http::not_found());
    auto response = http::asset_response(request, {asset->content_type, asset->bytes, asset->etag, asset->immutable});
    // The policy is the pages' own, since they know what they need.
    if (!asset->immutable) response.headers.set("Content-Security-Policy", std::string(content_security_policy));
    return response;
}

void add_file_routes(http::Router& router)
{
    router.add(http::Method::get, "/assets/{path...}", show_file);
    router.add_unknown(show_unknown);
}

}  // namespace sealpost::pages
