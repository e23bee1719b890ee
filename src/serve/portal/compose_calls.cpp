#include "serve/portal/desk.hpp"
#include "sys/http/fields.hpp"

#include <boost/json/array.hpp>

namespace sealpost::portal {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;

people::Accounts& accounts_of(const Desk& desk) { return desk.admin().parts.people->accounts(); }

// Who may begin a message to the account's domains, and which these are.
Task<Checked<Response>> answer_setting(const Desk& desk, people::AccountId id)
{
    SEALPOST_CO_TRY(const auto account, co_await accounts_of(desk).find(id));
    if (!account) co_return http::not_found();
    SEALPOST_CO_TRY(const auto names, co_await desk.parts.domains->list_names(*account));
    json::object answer;
    answer["from"] = people::format_compose_from(account->compose);
    answer["domains"] = json::array(names.begin(), names.end());
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> show_setting(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    auto answer = co_await answer_setting(desk, signed_in.account());
    co_return answer;
}

Task<Checked<Response>> change_setting(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const auto from = people::parse_compose_from(fields.text("from", 20));
    if (!from) fields.complain("from", "is none of nobody, known, anyone");
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(const bool is_set, co_await accounts_of(desk).set_compose(signed_in.account(), *from, who_of(signed_in),
                                                                              people::network_of(request.peer.address)));
    if (!is_set) co_return http::not_found();
    auto answer = co_await answer_setting(desk, signed_in.account());
    co_return answer;
}

}  // namespace

void add_compose_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    const std::string path = "/api/v1/admin/compose";
    router.add(http::Method::get, path, http::call_with(desk, show_setting));
    router.add(http::Method::put, path, http::call_with(desk, change_setting), desk->admin().from_own_pages());
}

}  // namespace sealpost::portal
