#include "serve/pages/show.hpp"
#include "serve/reader/desk.hpp"

namespace sealpost::reader {
namespace {

Task<http::Response> show_reader(http::Request& request) { co_return pages::show_asset(request, "reader/index.html"); }
Task<http::Response> go_to_reader(http::Request&) { co_return http::redirect("/open"); }

}  // namespace

void add_page_routes(http::Router& router)
{
    router.add(http::Method::get, "/", go_to_reader);
    router.add(http::Method::get, "/open", show_reader);
    router.add(http::Method::get, "/open/{ref}", show_reader);
    router.add(http::Method::get, "/security", show_reader);
    router.add(http::Method::get, "/compose", show_reader);
    router.add(http::Method::get, "/sent", show_reader);
    pages::add_file_routes(router);
}

}  // namespace sealpost::reader
