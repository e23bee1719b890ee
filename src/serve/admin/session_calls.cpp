#include "serve/admin/session_calls.hpp"

#include "base/ip_address.hpp"
#include "sys/http/fields.hpp"

#include <boost/json/array.hpp>

namespace sealpost::admin {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Problem;
using http::Request;
using http::Response;
using people::GuardKey;

constexpr std::size_t max_noted_bytes = 128;

Task<Checked<json::object>> describe(const Desk& desk, people::Administrator administrator, std::string csrf)
{
    std::string organisation;
    if (administrator.duties.account) {
        SEALPOST_CO_TRY(const auto account, co_await desk.parts.people->accounts().find(*administrator.duties.account));
        if (account) organisation = account->organisation;
    }
    json::array areas;
    for (const auto area : desk.find_areas(administrator)) areas.emplace_back(format_area(area));
    json::object answer;
    answer["name"] = administrator.name;
    answer["account"] = organisation;
    answer["csrf"] = csrf;
    answer["areas"] = std::move(areas);
    co_return answer;
}

Task<Checked<Response>> show_session(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.find_signed_in(request, Desk::Purpose::look));
    if (!signed_in) {
        json::object nobody;
        nobody["name"] = nullptr;
        co_return http::json_response(200, nobody);
    }
    SEALPOST_CO_TRY(const auto answer, co_await describe(desk, signed_in->administrator, signed_in->session.csrf));
    co_return http::json_response(200, answer);
}

// With a wrong one the name is what was typed.
void note(const Desk& desk, const Request& request, const std::string& name, people::SignIn what)
{
    const std::string ip = format_ip(request.peer.address);
    if (what == people::SignIn::right)
        desk.parts.log.info("administrator.signed_in", {{"ip", ip}, {"name", name}});
    else
        desk.parts.log.info("administrator.sign_in_refused", {{"ip", ip}, {"name", name.substr(0, max_noted_bytes)}});
    desk.parts.people->administrators().note_sign_in(name, what, people::network_of(request.peer.address));
}

Problem refuse(const Desk& desk, const Request& request, const std::string& name)
{
    note(desk, request, name, people::SignIn::wrong);
    return {403, "wrong-password", "Name and password do not belong together"};
}

Task<Checked<Response>> sign_in(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const std::string name = fields.text("name", 200);
    Secret password = Secret::copy_of(fields.text("password", people::Persons::max_password_bytes));
    SEALPOST_CO_CHECK(fields.check());
    std::vector<GuardKey> keys;
    const std::string network = people::network_of(request.peer.address);
    keys.push_back({GuardKey::Kind::administrator, name, network});
    keys.push_back({GuardKey::Kind::network, network});
    SEALPOST_CO_TRY(const auto admitted, co_await desk.parts.people->guard().admit(keys));
    if (!admitted.admitted) co_return http::too_many_requests(admitted.retry_after);
    auto checked = co_await desk.parts.people->administrators().check_password(name, std::move(password), network);
    if (checked.has_error()) {  // what was never checked is no wrong guess
        [[maybe_unused]] auto taken = co_await desk.parts.people->guard().take_back(keys, admitted.at);
    }
    SEALPOST_CO_TRY(const auto right, std::move(checked));
    if (!right) co_return refuse(desk, request, name);
    Secret former = Secret::copy_of(request.find_cookie(session_cookie).value_or(""));
    auto& sessions = desk.parts.people->administrator_sessions();
    SEALPOST_CO_TRY(const auto session, co_await sessions.begin_with_password(right->who.id, right->hash, std::move(former)));
    if (!session) co_return refuse(desk, request, name);
    SEALPOST_CO_CHECK(co_await desk.parts.people->guard().note_success(std::move(keys)));
    note(desk, request, name, people::SignIn::right);
    SEALPOST_CO_TRY(const auto answer, co_await describe(desk, right->who, session->csrf));
    Response response = http::json_response(200, answer);
    http::set_cookie(response, {std::string(session_cookie), std::string(session->token.reveal_text()), std::nullopt});
    co_return response;
}

Task<Checked<Response>> sign_out(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await desk.find_signed_in(request, Desk::Purpose::change));
    if (signed_in) SEALPOST_CO_CHECK(co_await desk.parts.people->administrator_sessions().end(std::move(signed_in->token)));
    Response response = http::empty_response(204);
    http::set_cookie(response, {std::string(session_cookie), "", std::chrono::seconds(0)});
    co_return response;
}

}  // namespace

void add_session_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    router.add(http::Method::get, "/api/v1/admin/session", http::call_with(desk, show_session));
    router.add(http::Method::post, "/api/v1/admin/session", http::call_with(desk, sign_in), desk->from_own_pages());
    router.add(http::Method::remove, "/api/v1/admin/session", http::call_with(desk, sign_out), desk->from_own_pages());
}

}  // namespace sealpost::admin
