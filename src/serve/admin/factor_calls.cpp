#include "serve/admin/factor_calls.hpp"

#include "base/clock.hpp"
#include "serve/admin/session_calls.hpp"
#include "serve/pages/app_offer.hpp"
#include "sys/http/fields.hpp"

#include <boost/json/array.hpp>

namespace sealpost::admin {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;
using people::FactorVerdict;
using people::GuardKey;
using Purpose = Desk::Purpose;

people::FactorActor act_as(const SignedIn& signed_in, const Request& request)
{
    return {signed_in.administrator.id, signed_in.token.clone(), people::network_of(request.peer.address)};
}

// Who changes their factors, counted: each change stands in the audit trail for ever.
Task<Checked<SignedIn>> admit_change(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await desk.find_signed_in(request, Purpose::change));
    if (!signed_in) co_return http::not_signed_in();
    std::vector<GuardKey> counted;
    counted.push_back({GuardKey::Kind::factor_change, who_of(*signed_in)});
    SEALPOST_CO_CHECK(co_await desk.admit(std::move(counted)));
    co_return std::move(*signed_in);
}

Task<Checked<Response>> list_factors(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.find_signed_in(request, Purpose::look));
    if (!signed_in) co_return http::not_signed_in();
    SEALPOST_CO_TRY(const auto list, co_await desk.parts.people->factors().list(signed_in->administrator.id));
    json::object answer;
    answer["totp"] = nullptr;
    if (list.totp) {
        json::object totp;
        totp["added_at"] = format_rfc3339(list.totp->added_at);
        const auto& used = list.totp->last_used_at;
        totp["last_used_at"] = used ? json::value(format_rfc3339(*used)) : json::value(nullptr);
        answer["totp"] = std::move(totp);
    }
    answer["recovery_codes"] = list.recovery_codes;
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> begin_totp(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await admit_change(desk, request));
    SEALPOST_CO_TRY(const auto offer, co_await desk.parts.people->factors().begin_totp(act_as(signed_in, request)));
    if (offer.verdict != FactorVerdict::done) co_return problem_of(offer.verdict);
    const auto& name = signed_in.administrator.name;
    co_return http::json_response(200, pages::format_app_offer(desk.parts.origin, name, offer.secret.reveal()));
}

Task<Checked<Response>> confirm_totp(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await admit_change(desk, request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    Secret code = fields.secret("code", max_code_bytes);
    SEALPOST_CO_CHECK(fields.check());
    auto& factors = desk.parts.people->factors();
    SEALPOST_CO_TRY(auto answer, co_await factors.confirm_totp(act_as(signed_in, request), std::move(code)));
    if (answer.verdict != FactorVerdict::done) co_return problem_of(answer.verdict);
    // From here on the network is a known one for codes, too: else strangers' tries from elsewhere keep the owner waiting at
    // home.
    std::vector<GuardKey> proven;
    proven.push_back({GuardKey::Kind::second_factor, who_of(signed_in), people::network_of(request.peer.address)});
    SEALPOST_CO_CHECK(co_await desk.parts.people->guard().note_success(std::move(proven)));
    signed_in.administrator.has_second_factor = true;
    auto response = co_await answer_session(desk, std::move(signed_in.administrator), std::move(*answer.session));
    co_return response;
}

Task<Checked<Response>> remove_totp(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await admit_change(desk, request));
    SEALPOST_CO_TRY(const auto verdict, co_await desk.parts.people->factors().remove_totp(act_as(signed_in, request)));
    if (verdict != FactorVerdict::done) co_return problem_of(verdict);
    co_return http::empty_response(204);
}

Task<Checked<Response>> make_recovery_codes(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await admit_change(desk, request));
    SEALPOST_CO_TRY(const auto offer, co_await desk.parts.people->factors().make_recovery_codes(act_as(signed_in, request)));
    if (offer.verdict != FactorVerdict::done) co_return problem_of(offer.verdict);
    json::array codes;
    for (const auto& code : offer.codes) codes.emplace_back(code.reveal_text());
    json::object answer;
    answer["codes"] = std::move(codes);
    co_return http::json_response(200, answer);
}

}  // namespace

http::Problem problem_of(FactorVerdict verdict)
{
    switch (verdict) {
        case FactorVerdict::wrong: return {403, "wrong-code", "This is not the code, or it was used before"};
        case FactorVerdict::expired: return {403, "expired-code", "The app waits for its first code no longer; begin anew"};
        case FactorVerdict::elsewhere:
            return {409, "other-node", "The app was set up with another key, so its codes cannot be checked here",
                    "Use a recovery code, or sign in at the node where it was set up."};
        case FactorVerdict::session_over:
        case FactorVerdict::needs_account:
        case FactorVerdict::needs_strong: return http::not_signed_in();  // a second factor came meanwhile
        case FactorVerdict::too_many:
        case FactorVerdict::refused:
        case FactorVerdict::unknown:
        case FactorVerdict::done: break;
    }
    return http::not_found();
}

void add_factor_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    using http::Method;
    const std::string totp = "/api/v1/admin/totp";
    router.add(Method::get, "/api/v1/admin/factors", http::call_with(desk, list_factors));
    router.add(Method::post, totp, http::call_with(desk, begin_totp), desk->from_own_pages());
    router.add(Method::put, totp, http::call_with(desk, confirm_totp), desk->from_own_pages());
    router.add(Method::remove, totp, http::call_with(desk, remove_totp), desk->from_own_pages());
    router.add(Method::post, "/api/v1/admin/recovery-codes", http::call_with(desk, make_recovery_codes), desk->from_own_pages());
}

}  // namespace sealpost::admin
