#include "serve/admin/administrator_calls.hpp"

#include "core/people/made_password.hpp"
#include "serve/admin/description.hpp"
#include "sys/http/fields.hpp"

#include <boost/json/array.hpp>

namespace sealpost::admin {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Problem;
using http::Request;
using http::Response;
using people::Administrator;
using people::AdministratorChange;
using people::Duties;
using people::LastOne;
using Purpose = Desk::Purpose;

constexpr std::size_t max_name_bytes = 64;

bool may_manage(const Administrator& actor, const Duties& duties) { return people::may_manage(actor.duties, duties); }

people::Actor actor_of(const SignedIn& signed_in, const Request& request)
{
    return {who_of(signed_in), people::network_of(request.peer.address), signed_in.administrator.id};
}

// The administrator in the path, when this one may manage them; otherwise not-found.
Task<Checked<Administrator>> find_managed(const Desk& desk, const Request& request, const SignedIn& signed_in)
{
    std::string name = request.parameter("name");
    SEALPOST_CO_TRY(auto found, co_await desk.parts.people->administrators().find_said(std::move(name)));
    if (!found || !may_manage(signed_in.administrator, found->duties)) co_return http::not_found();
    co_return std::move(*found);
}

// "account" by its name, and "node".
Task<Checked<Duties>> read_duties(const Desk& desk, const SignedIn& signed_in, std::string account, bool of_node)
{
    Duties duties{std::nullopt, of_node};
    if (!account.empty()) {
        SEALPOST_CO_TRY(const auto found, co_await desk.parts.people->accounts().find_by_name(std::move(account)));
        if (!found) co_return http::bad_request("account", "There is no such account.");
        duties.account = found->id;
    }
    if (!duties.account && !duties.of_node) co_return http::bad_request("account", "An administrator of nothing.");
    if (!may_manage(signed_in.administrator, duties)) co_return http::not_allowed("You cannot give more than you manage.");
    co_return duties;
}

Problem last_administrator(AdministratorChange change)
{
    json::object more;
    more["of"] = change == AdministratorChange::last_of_node ? "node" : "account";
    return {409, "last-administrator", "Nobody who may sign in would be left", "Add another administrator first.",
            std::move(more)};
}

Task<Checked<json::object>> describe(const Desk& desk, const SignedIn& signed_in, Administrator one)
{
    json::object object;
    object["id"] = people::format_administrator(one.id);
    object["name"] = one.name;
    object["account"] = nullptr;
    if (one.duties.account) {
        SEALPOST_CO_TRY(const auto account, co_await desk.parts.people->accounts().find(*one.duties.account));
        if (account) object["account"] = account->name;
    }
    object["node"] = one.duties.of_node;
    object["enabled"] = one.is_enabled;
    object["second_factor"] = one.has_second_factor;
    object["own"] = one.id == signed_in.administrator.id;
    co_return object;
}

// What became of a change, or the administrator as they are after it.
Task<Checked<Response>> answer_change(const Desk& desk, const SignedIn& signed_in, AdministratorChange change,
                                      Administrator after)
{
    if (change == AdministratorChange::unknown) co_return http::not_found();
    if (change != AdministratorChange::done) co_return last_administrator(change);
    SEALPOST_CO_TRY(const auto object, co_await describe(desk, signed_in, std::move(after)));
    co_return http::json_response(200, object);
}

Task<Checked<Response>> list(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::look));
    SEALPOST_CO_TRY(const auto all, co_await desk.parts.people->administrators().list());
    json::array shown;
    for (const auto& one : all) {
        if (!may_manage(signed_in.administrator, one.duties)) continue;
        SEALPOST_CO_TRY(auto object, co_await describe(desk, signed_in, one));
        shown.push_back(std::move(object));
    }
    SEALPOST_CO_TRY(const auto accounts, co_await desk.parts.people->accounts().list());
    json::array names;
    for (const auto& account : accounts)
        if (may_manage(signed_in.administrator, Duties{account.id, false})) names.emplace_back(account.name);
    json::object answer;
    answer["administrators"] = std::move(shown);
    answer["accounts"] = std::move(names);
    answer["may_give_node"] = signed_in.administrator.duties.of_node;
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> add(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    std::string name = fields.text("name", max_name_bytes);
    std::string account = fields.text_or("account", max_name_bytes, "");
    const bool of_node = fields.flag_or("node", false);
    if (const auto wrong = people::check_administrator_name(name); !wrong.empty()) fields.complain("name", wrong);
    SEALPOST_CO_CHECK(fields.check());
    auto& administrators = desk.parts.people->administrators();
    SEALPOST_CO_TRY(const auto duties, co_await read_duties(desk, signed_in, std::move(account), of_node));
    SEALPOST_CO_TRY(const auto known, co_await administrators.find_by_name(name));
    if (known) co_return Problem(409, "exists", "This name is taken");
    Secret password = people::make_password();
    auto by = actor_of(signed_in, request);
    auto added = co_await administrators.add(name, duties, password.clone(), std::move(by));
    // Another took the name, or the right was lost, since it was looked at.
    if (added.has_error() && added.error().fault == Fault::denied) co_return http::not_allowed(added.error().text);
    if (added.has_error()) co_return added.error();
    SEALPOST_CO_TRY(auto object, co_await describe(desk, signed_in, std::move(*added)));
    object["password"] = password.reveal_text();
    co_return http::json_response(201, object);
}

Task<Checked<Response>> change_duties(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::change));
    SEALPOST_CO_TRY(auto managed, co_await find_managed(desk, request, signed_in));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    std::string account = fields.text_or("account", max_name_bytes, "");
    const bool of_node = fields.flag("node");
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(managed.duties, co_await read_duties(desk, signed_in, std::move(account), of_node));
    auto by = actor_of(signed_in, request);
    SEALPOST_CO_TRY(const auto change, co_await desk.parts.people->administrators().set_duties(managed.name, managed.duties,
                                                                                               LastOne::stays, std::move(by)));
    auto answer = co_await answer_change(desk, signed_in, change, std::move(managed));
    co_return answer;
}

Task<Checked<Response>> switch_sign_in(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::change));
    SEALPOST_CO_TRY(auto managed, co_await find_managed(desk, request, signed_in));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    managed.is_enabled = fields.flag("enabled");
    SEALPOST_CO_CHECK(fields.check());
    auto by = actor_of(signed_in, request);
    SEALPOST_CO_TRY(const auto change, co_await desk.parts.people->administrators().set_enabled(managed.name, managed.is_enabled,
                                                                                                LastOne::stays, std::move(by)));
    auto answer = co_await answer_change(desk, signed_in, change, std::move(managed));
    co_return answer;
}

Task<Checked<Response>> make_new_password(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::change));
    SEALPOST_CO_TRY(auto managed, co_await find_managed(desk, request, signed_in));
    Secret password = people::make_password();
    auto by = actor_of(signed_in, request);
    SEALPOST_CO_TRY(const bool changed,
                    co_await desk.parts.people->administrators().set_password(managed.name, password.clone(), std::move(by)));
    if (!changed) co_return http::not_found();
    SEALPOST_CO_TRY(auto object, co_await describe(desk, signed_in, std::move(managed)));
    object["password"] = password.reveal_text();
    co_return http::json_response(200, object);
}

Task<Checked<Response>> remove(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::change));
    SEALPOST_CO_TRY(const auto managed, co_await find_managed(desk, request, signed_in));
    auto by = actor_of(signed_in, request);
    SEALPOST_CO_TRY(const auto change,
                    co_await desk.parts.people->administrators().remove(managed.name, LastOne::stays, std::move(by)));
    if (change == AdministratorChange::unknown) co_return http::not_found();
    if (change != AdministratorChange::done) co_return last_administrator(change);
    co_return http::empty_response(204);
}

// Whoever lost the phone signs in by the password alone then, until they set up another.
Task<Checked<Response>> remove_factors(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require(request, Purpose::change));
    SEALPOST_CO_TRY(auto managed, co_await find_managed(desk, request, signed_in));
    auto by = actor_of(signed_in, request);
    SEALPOST_CO_TRY(const auto removal, co_await desk.parts.people->administrators().remove_factors(managed.name, std::move(by)));
    if (removal == people::FactorRemoval::unknown) co_return http::not_found();
    managed.has_second_factor = false;
    SEALPOST_CO_TRY(const auto object, co_await describe(desk, signed_in, std::move(managed)));
    co_return http::json_response(200, object);
}

Task<Response> describe_api(Request&) { co_return http::static_json_response(administrators_description); }

}  // namespace

void add_administrator_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    using http::Method;
    const std::string all = "/api/v1/admin/administrators";
    const std::string one = all + "/{name}";
    router.add(Method::get, all, http::call_with(desk, list));
    router.add(Method::post, all, http::call_with(desk, add), desk->from_own_pages());
    router.add(Method::put, one, http::call_with(desk, change_duties), desk->from_own_pages());
    router.add(Method::remove, one, http::call_with(desk, remove), desk->from_own_pages());
    router.add(Method::put, one + "/enabled", http::call_with(desk, switch_sign_in), desk->from_own_pages());
    router.add(Method::post, one + "/password", http::call_with(desk, make_new_password), desk->from_own_pages());
    router.add(Method::remove, one + "/factors", http::call_with(desk, remove_factors), desk->from_own_pages());
    router.add(Method::get, "/api/v1/openapi/administrators.json", describe_api);
}

}  // namespace sealpost::admin
