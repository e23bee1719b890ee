#include "serve/admin/session_calls.hpp"

#include "base/ip_address.hpp"
#include "serve/admin/factor_calls.hpp"
#include "sys/http/fields.hpp"

#include <boost/json/array.hpp>

namespace sealpost::admin {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Problem;
using http::Request;
using http::Response;
using people::FactorVerdict;
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
    answer["second_factor"] = administrator.has_second_factor;
    answer["must_add_factor"] = desk.must_add_factor(administrator);
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
    const std::string noted = name.substr(0, max_noted_bytes);
    switch (what) {
        case people::SignIn::right: desk.parts.log.info("administrator.signed_in", {{"ip", ip}, {"name", name}}); break;
        case people::SignIn::wrong: desk.parts.log.info("administrator.sign_in_refused", {{"ip", ip}, {"name", noted}}); break;
        case people::SignIn::code_asked: desk.parts.log.info("administrator.code_asked", {{"ip", ip}, {"name", name}}); break;
        case people::SignIn::wrong_code:
            desk.parts.log.warning("administrator.code_refused", {{"ip", ip}, {"name", noted}});
            break;
    }
    desk.parts.people->administrators().note_sign_in(name, what, people::network_of(request.peer.address));
}

Problem refuse(const Desk& desk, const Request& request, const std::string& name)
{
    note(desk, request, name, people::SignIn::wrong);
    return {403, "wrong-password", "Name and password do not belong together"};
}

// What came with name and password; empty: nothing.
struct GivenCode {
    Secret text;
    bool is_recovery = false;
};

// Somebody whose password was right, in a session whose token nobody has yet.
struct Entry {
    people::Administrator who;
    people::NewSession session;
    std::vector<GuardKey> keys;  // what the try is counted against, the password's first
    WallTime admitted_at;
};

Task<Result<people::FactorAnswer>> check_code(const Desk& desk, people::FactorActor actor, GivenCode code)
{
    auto& factors = desk.parts.people->factors();
    auto checking = code.is_recovery ? factors.step_up_with_recovery_code(std::move(actor), std::move(code.text))
                                     : factors.step_up_with_totp(std::move(actor), std::move(code.text));
    auto checked = co_await std::move(checking);
    co_return checked;
}

// The session becomes a strong one. A right password without a code is neither a right try nor a wrong one: else whoever has
// stolen it would make their network known, or the owner's pauses end. With a wrong code it is the code that counts.
Task<Checked<Entry>> add_second_factor(const Desk& desk, const Request& request, Entry entry, GivenCode code)
{
    if (code.text.empty()) {
        co_await desk.take_back(entry.keys, entry.admitted_at);
        note(desk, request, entry.who.name, people::SignIn::code_asked);
        co_return Problem(403, "needs-second-factor", "A code of your authenticator app is needed, too");
    }
    const std::string network = people::network_of(request.peer.address);
    std::vector<GuardKey> keys;
    keys.push_back({GuardKey::Kind::second_factor, people::format_administrator(entry.who.id), network});
    auto admitted = co_await desk.admit(keys);
    if (admitted.has_error()) co_await desk.take_back(entry.keys, entry.admitted_at);
    SEALPOST_CO_TRY(const auto admitted_at, std::move(admitted));
    people::FactorActor actor{entry.who.id, entry.session.token.clone(), network};
    auto checked = co_await check_code(desk, std::move(actor), std::move(code));
    if (checked.has_error() || checked->verdict == FactorVerdict::elsewhere) {  // what was never checked is no wrong guess
        co_await desk.take_back(keys, admitted_at);
        co_await desk.take_back(entry.keys, entry.admitted_at);
    }
    SEALPOST_CO_TRY(auto answer, std::move(checked));
    if (answer.verdict == FactorVerdict::wrong) {
        std::vector<GuardKey> of_password(entry.keys.begin(), entry.keys.begin() + 1);
        co_await desk.take_back(std::move(of_password), entry.admitted_at);
        note(desk, request, entry.who.name, people::SignIn::wrong_code);
    }
    if (answer.verdict != FactorVerdict::done) co_return problem_of(answer.verdict);
    entry.session = std::move(*answer.session);
    entry.keys.insert(entry.keys.end(), keys.begin(), keys.end());
    co_return std::move(entry);
}

// Whether there is a second factor is looked at once the session is there: one that is set up meanwhile ends it.
Task<Checked<Entry>> settle(const Desk& desk, const Request& request, Entry entry, GivenCode code)
{
    SEALPOST_CO_TRY(auto known, co_await desk.parts.people->administrators().find(entry.who.id));
    if (!known) co_return refuse(desk, request, entry.who.name);
    entry.who = std::move(*known);
    if (!entry.who.has_second_factor) co_return std::move(entry);
    const Secret begun = entry.session.token.clone();
    auto proven = co_await add_second_factor(desk, request, std::move(entry), std::move(code));
    if (proven.has_error()) {
        [[maybe_unused]] auto ended = co_await desk.parts.people->administrator_sessions().end(begun.clone());
    }
    co_return std::move(proven);
}

GivenCode read_code(http::Fields& fields, const json::object& body)
{
    GivenCode code;
    code.is_recovery = body.contains("recovery_code");
    code.text = fields.secret_or_empty(code.is_recovery ? "recovery_code" : "totp", max_code_bytes);
    return code;
}

Task<Checked<Response>> sign_in(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const std::string name = fields.text("name", 200);
    Secret password = fields.secret("password", people::Persons::max_password_bytes);
    GivenCode code = read_code(fields, body);
    SEALPOST_CO_CHECK(fields.check());
    std::vector<GuardKey> keys;
    const std::string network = people::network_of(request.peer.address);
    keys.push_back({GuardKey::Kind::administrator, name, network});
    keys.push_back({GuardKey::Kind::network, network});
    SEALPOST_CO_TRY(const auto admitted_at, co_await desk.admit(keys));
    auto checked = co_await desk.parts.people->administrators().check_password(name, std::move(password), network);
    if (checked.has_error()) co_await desk.take_back(keys, admitted_at);  // what was never checked is no wrong guess
    SEALPOST_CO_TRY(auto right, std::move(checked));
    if (!right) co_return refuse(desk, request, name);
    auto& sessions = desk.parts.people->administrator_sessions();
    Secret none;  // the browser's former session ends once this one is through
    SEALPOST_CO_TRY(auto session, co_await sessions.begin_with_password(right->who.id, right->hash, std::move(none)));
    if (!session) co_return refuse(desk, request, name);
    Entry begun{std::move(right->who), std::move(*session), std::move(keys), admitted_at};
    SEALPOST_CO_TRY(auto entry, co_await settle(desk, request, std::move(begun), std::move(code)));
    Secret former = signin::find_token(request, session_cookie).value_or(Secret());
    SEALPOST_CO_CHECK(co_await sessions.end(std::move(former)));
    SEALPOST_CO_CHECK(co_await desk.parts.people->guard().note_success(std::move(entry.keys)));
    note(desk, request, name, people::SignIn::right);
    auto response = co_await answer_session(desk, std::move(entry.who), std::move(entry.session));
    co_return response;
}

Task<Checked<Response>> sign_out(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await desk.find_signed_in(request, Desk::Purpose::change));
    if (signed_in) SEALPOST_CO_CHECK(co_await desk.parts.people->administrator_sessions().end(std::move(signed_in->token)));
    Response response = http::empty_response(204);
    signin::delete_token(response, session_cookie);
    co_return response;
}

}  // namespace

Task<Checked<Response>> answer_session(const Desk& desk, people::Administrator administrator, people::NewSession session)
{
    SEALPOST_CO_TRY(const auto answer, co_await describe(desk, std::move(administrator), session.csrf));
    Response response = http::json_response(200, answer);
    signin::set_token(response, session_cookie, session.token);
    co_return response;
}

void add_session_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    router.add(http::Method::get, "/api/v1/admin/session", http::call_with(desk, show_session));
    router.add(http::Method::post, "/api/v1/admin/session", http::call_with(desk, sign_in), desk->from_own_pages());
    router.add(http::Method::remove, "/api/v1/admin/session", http::call_with(desk, sign_out), desk->from_own_pages());
}

}  // namespace sealpost::admin
