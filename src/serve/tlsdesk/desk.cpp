#include "serve/tlsdesk/desk.hpp"

#include "serve/domaintests/http_answers.hpp"
#include "serve/domaintests/json.hpp"
#include "serve/pages/show.hpp"
#include "sys/http/fields.hpp"

namespace sealpost::tlsdesk {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;

Task<Response> show_page(Request& request) { co_return pages::show_asset(request, "tls/index.html"); }

Task<Checked<Response>> start_test(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const std::string domain = fields.text("domain", 1024);  // as people write it, in any script
    SEALPOST_CO_CHECK(fields.check());
    const auto verdict =
        desk.parts.tests->start(domain, {people::network_of(request.peer.address), domaintests::Standing::stranger});
    co_return domaintests::answer_start(verdict, language_of(request));
}

Task<Checked<Response>> show_test(const Desk& desk, Request& request)
{
    const auto progress = desk.parts.tests->find(request.parameter("id"));
    if (!progress) co_return http::not_found();
    co_return http::json_response(200, domaintests::format_progress(*progress, language_of(request)));
}

Task<Checked<Response>> show_domain(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto name, find_name(request));
    SEALPOST_CO_TRY(const auto claims, co_await desk.parts.domains->list_claims(name));
    const auto reason = domaintests::find_envelope_reason(claims);
    json::object answer;
    answer["domain"] = name;
    answer["tls_replies"] = reason.empty();
    answer["reason"] = reason.empty() ? json::value(nullptr) : json::value(reason);
    co_return http::json_response(200, answer);
}

}  // namespace

Task<Checked<OwnDesk>> Desk::require_own(const Request& request, Purpose purpose) const
{
    auto& sessions = parts.domains->own_sessions();
    SEALPOST_CO_TRY(auto found, co_await signin::find_session<domains::OwnSession>(sessions, request, own_cookie, purpose));
    if (!found) co_return http::not_signed_in();
    domains::ClaimKey claim{found->session.domain, std::nullopt};
    SEALPOST_CO_TRY(auto domain, co_await parts.domains->find_claim(std::move(claim)));
    if (!domain || !domain->is_proven()) co_return http::not_signed_in();
    co_return OwnDesk{std::move(found->session), std::move(*domain), std::move(found->token)};
}

Checked<std::string> find_name(const Request& request)
{
    const auto name = people::normalise_domain(request.parameter("domain"));
    if (name.has_error()) return http::not_found();
    return *name;
}

std::string who_of(std::string_view domain) { return "own:" + std::string(domain); }

void add_routes(http::Router& router, Parts parts)
{
    const auto desk = std::make_shared<const Desk>(std::move(parts));
    const auto own_pages = http::from_own_pages(desk->parts.origin, 4096);
    router.add(http::Method::get, "/tls", show_page);
    router.add(http::Method::get, "/tls/{path...}", show_page);
    router.add(http::Method::post, "/api/v1/tls/tests", http::call_with(desk, start_test), own_pages);
    router.add(http::Method::get, "/api/v1/tls/tests/{id}", http::call_with(desk, show_test));
    router.add(http::Method::get, "/api/v1/tls/domains/{domain}", http::call_with(desk, show_domain));
    add_claim_routes(router, desk, own_pages);
    add_own_routes(router, desk, own_pages);
}

}  // namespace sealpost::tlsdesk
