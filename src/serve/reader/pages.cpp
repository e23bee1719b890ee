#include "serve/pages/assets.hpp"
#include "serve/reader/desk.hpp"

namespace sealpost::reader {
namespace {

// A page or one of its files; the policy is the pages' own, since they know what they need.
http::Response show_asset(const http::Request& request, std::string_view path)
{
    const pages::Asset* asset = pages::find_asset(path);
    if (!asset) return http::problem_response(http::not_found());
    auto response = http::asset_response(request, {asset->content_type, asset->bytes, asset->etag, asset->immutable});
    if (!asset->immutable) response.headers.set("Content-Security-Policy", std::string(pages::content_security_policy));
    return response;
}

Task<http::Response> show_reader(http::Request& request) { co_return show_asset(request, "reader/index.html"); }
Task<http::Response> show_file(http::Request& request) { co_return show_asset(request, "assets/" + request.parameter("path")); }
Task<http::Response> go_to_reader(http::Request&) { co_return http::redirect("/open"); }

}  // namespace

void add_page_routes(http::Router& router)
{
    router.add(http::Method::get, "/", go_to_reader);
    router.add(http::Method::get, "/open", show_reader);
    router.add(http::Method::get, "/open/{ref}", show_reader);
    router.add(http::Method::get, "/assets/{path...}", show_file);
}

}  // namespace sealpost::reader
