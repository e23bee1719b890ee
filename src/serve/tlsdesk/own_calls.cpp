// What a domain's own administrator does once it is proven.
#include "serve/domaintests/http_answers.hpp"
#include "serve/domaintests/json.hpp"
#include "serve/tlsdesk/desk.hpp"
#include "sys/http/fields.hpp"

namespace sealpost::tlsdesk {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Problem;
using http::Request;
using http::Response;
using Purpose = Desk::Purpose;

Task<Checked<Response>> show_own(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto own, co_await desk.require_own(request, Purpose::look));
    json::object answer;
    answer["domain"] = domaintests::format_domain(own.domain, language_of(request));
    answer["csrf"] = own.session.csrf;
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> change_own(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto own, co_await desk.require_own(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const bool on = fields.flag_or("tls_replies", own.domain.tls_replies);
    const auto kept = domains::format_on_failure(own.domain.on_failure);
    const auto on_failure = domains::parse_on_failure(fields.text_or("on_failure", 20, kept));
    if (!on_failure) fields.complain("on_failure", "is none of envelope, hold, bounce");
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(const auto verdict,
                    co_await desk.parts.domains->set_replies(own.domain.key(), on, *on_failure, who_of(own.domain.name)));
    if (verdict == domains::SwitchVerdict::unknown || verdict == domains::SwitchVerdict::not_proven)
        co_return http::not_signed_in();  // it passed on a moment ago
    if (verdict == domains::SwitchVerdict::not_ready)
        co_return Problem(409, "not-ready", "The domain has not passed the TLS test", "Run the test; every host must be ok.");
    SEALPOST_CO_TRY(const auto domain, co_await desk.parts.domains->find_claim(own.domain.key()));
    if (!domain) co_return http::not_signed_in();
    co_return http::json_response(200, domaintests::format_domain(*domain, language_of(request)));
}

Task<Checked<Response>> test_own(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto own, co_await desk.require_own(request, Purpose::change));
    const auto verdict =
        desk.parts.tests->start(own.domain.name, {who_of(own.domain.name), domaintests::standing_of(own.domain)});
    co_return domaintests::answer_start(verdict, language_of(request));
}

Task<Checked<Response>> list_own_tests(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto own, co_await desk.require_own(request, Purpose::look));
    SEALPOST_CO_TRY(const auto tests, co_await desk.parts.domains->list_tests(own.domain.name, domaintests::most_tests_told));
    co_return http::json_response(200, domaintests::format_history(tests, language_of(request)));
}

Task<Checked<Response>> sign_out(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto own, co_await desk.require_own(request, Purpose::change));
    SEALPOST_CO_CHECK(co_await desk.parts.domains->own_sessions().end(std::move(own.token)));
    Response response = http::empty_response(204);
    signin::delete_token(response, own_cookie);
    co_return response;
}

}  // namespace

void add_own_routes(http::Router& router, const std::shared_ptr<const Desk>& desk, const http::RouteOptions& own_pages)
{
    const std::string own = "/api/v1/tls/own";
    router.add(http::Method::get, own, http::call_with(desk, show_own));
    router.add(http::Method::put, own, http::call_with(desk, change_own), own_pages);
    router.add(http::Method::remove, own, http::call_with(desk, sign_out), own_pages);
    router.add(http::Method::get, own + "/tests", http::call_with(desk, list_own_tests));
    router.add(http::Method::post, own + "/tests", http::call_with(desk, test_own), own_pages);
}

}  // namespace sealpost::tlsdesk
