// Second factors of the person who is signed in: the authenticator app, recovery codes, and the step up with either.
#include "serve/pages/app_offer.hpp"
#include "serve/reader/session_answer.hpp"

#include <boost/json/array.hpp>

namespace sealpost::reader {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;
using people::FactorVerdict;
using people::GuardKey;

json::value format_optional_time(const std::optional<WallTime>& time)
{
    return time ? json::value(format_rfc3339(*time)) : json::value(nullptr);
}

Task<Checked<Response>> list_factors(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Desk::Purpose::look));
    SEALPOST_CO_TRY(const auto list, co_await desk.parts.people->factors().list(signed_in.person.id));
    json::array passkeys;
    for (const auto& passkey : list.passkeys) {
        json::object one;
        one["id"] = passkey.id;
        one["name"] = passkey.name;
        one["added_at"] = format_rfc3339(passkey.added_at);
        one["last_used_at"] = format_optional_time(passkey.last_used_at);
        passkeys.push_back(std::move(one));
    }
    json::object answer;
    answer["passkeys"] = std::move(passkeys);
    answer["totp"] = nullptr;
    if (list.totp) {
        json::object totp;
        totp["added_at"] = format_rfc3339(list.totp->added_at);
        totp["last_used_at"] = format_optional_time(list.totp->last_used_at);
        answer["totp"] = std::move(totp);
    }
    answer["recovery_codes"] = list.recovery_codes;
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> begin_totp(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await admit_change(desk, request));
    SEALPOST_CO_TRY(const auto offer, co_await desk.parts.people->factors().begin_totp(act_as(signed_in, request)));
    if (offer.verdict != FactorVerdict::done) co_return problem_of(offer.verdict);
    const auto& addresses = signed_in.person.addresses;
    const std::string owner = addresses.empty() ? std::string() : addresses.front();
    co_return http::json_response(200, pages::format_app_offer(desk.parts.origin, owner, offer.secret.reveal()));
}

Checked<Secret> read_code(const json::object& body, std::string_view name)
{
    http::Fields fields(body);
    Secret code = fields.secret(name, 40);
    SEALPOST_CHECK(fields.check());
    return code;
}

Task<Checked<Response>> confirm_totp(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await admit_change(desk, request));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    SEALPOST_CO_TRY(auto code, read_code(body, "code"));
    auto& factors = desk.parts.people->factors();
    SEALPOST_CO_TRY(auto answer, co_await factors.confirm_totp(act_as(signed_in, request), std::move(code)));
    if (answer.verdict != FactorVerdict::done) co_return problem_of(answer.verdict);
    co_await note_change(desk, signed_in.person, seal::FactorChange::totp_added);
    auto response = co_await answer_strong(desk, signed_in.person.id, std::move(*answer.session));
    co_return response;
}

Task<Checked<Response>> remove_totp(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await admit_change(desk, request));
    SEALPOST_CO_TRY(const auto verdict, co_await desk.parts.people->factors().remove_totp(act_as(signed_in, request)));
    if (verdict != FactorVerdict::done) co_return problem_of(verdict);
    co_await note_change(desk, signed_in.person, seal::FactorChange::totp_removed);
    co_return http::empty_response(204);
}

Task<Checked<Response>> make_recovery_codes(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await admit_change(desk, request));
    SEALPOST_CO_TRY(const auto offer, co_await desk.parts.people->factors().make_recovery_codes(act_as(signed_in, request)));
    if (offer.verdict != FactorVerdict::done) co_return problem_of(offer.verdict);
    co_await note_change(desk, signed_in.person, seal::FactorChange::recovery_codes_made);
    json::array codes;
    for (const auto& code : offer.codes) codes.emplace_back(code.reveal_text());
    json::object answer;
    answer["codes"] = std::move(codes);
    co_return http::json_response(200, answer);
}

}  // namespace

Task<Checked<Response>> step_up(const Desk& desk, Request& request, json::object body, std::optional<SignedIn> signed_in)
{
    if (!signed_in) co_return http::not_signed_in();
    const bool by_recovery = body.contains("recovery_code");
    SEALPOST_CO_TRY(auto code, read_code(body, by_recovery ? "recovery_code" : "totp"));
    if (signed_in->session.assurance < people::Assurance::account) co_return needs_assurance(people::Assurance::account);
    const auto keys = keys_for(GuardKey::Kind::second_factor, who_of(signed_in->person), request);
    SEALPOST_CO_TRY(const auto admitted_at, co_await desk.admit(keys));
    auto& factors = desk.parts.people->factors();
    auto actor = act_as(*signed_in, request);
    auto checking = by_recovery ? factors.step_up_with_recovery_code(std::move(actor), std::move(code))
                                : factors.step_up_with_totp(std::move(actor), std::move(code));
    auto checked = co_await std::move(checking);
    if (checked.has_error()) co_await desk.take_back(keys, admitted_at);
    SEALPOST_CO_TRY(auto answer, std::move(checked));
    if (answer.verdict != FactorVerdict::done) co_return problem_of(answer.verdict);
    SEALPOST_CO_CHECK(co_await desk.parts.people->guard().note_success(keys));
    if (by_recovery) co_await note_change(desk, signed_in->person, seal::FactorChange::recovery_code_used);
    auto response = co_await answer_strong(desk, signed_in->person.id, std::move(*answer.session));
    co_return response;
}

void add_factor_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    const auto own = http::from_own_pages(desk->parts.origin);
    router.add(http::Method::get, "/api/v1/me/factors", http::call_with(desk, list_factors));
    router.add(http::Method::post, "/api/v1/me/totp", http::call_with(desk, begin_totp), own);
    router.add(http::Method::put, "/api/v1/me/totp", http::call_with(desk, confirm_totp), own);
    router.add(http::Method::remove, "/api/v1/me/totp", http::call_with(desk, remove_totp), own);
    router.add(http::Method::post, "/api/v1/me/recovery-codes", http::call_with(desk, make_recovery_codes), own);
}

}  // namespace sealpost::reader
