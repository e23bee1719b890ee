#include "serve/reader/session_answer.hpp"

#include "sys/http/client.hpp"

#include <boost/json/array.hpp>

namespace sealpost::reader {
namespace json = boost::json;
using http::Checked;
using http::Problem;
using http::Request;
using http::Response;
using people::GuardKey;

json::object format_session(const people::Person& person, std::string_view csrf, people::Assurance assurance,
                            std::chrono::seconds left)
{
    json::array addresses;
    for (const auto& address : person.addresses) addresses.emplace_back(address);
    json::object factors;
    factors["passkeys"] = person.factors.passkeys;
    factors["totp"] = person.factors.totp;
    factors["recovery_codes"] = person.factors.recovery_codes;
    json::object inner;
    inner["addresses"] = std::move(addresses);
    inner["language"] = person.language;
    inner["has_password"] = person.has_password;
    inner["factors"] = std::move(factors);
    json::object answer;
    answer["person"] = std::move(inner);
    answer["csrf"] = csrf;
    answer["assurance"] = people::format_assurance(assurance);
    answer["idle_seconds"] = std::chrono::seconds(people::Sessions::idle_limit).count();
    answer["seconds_left"] = left.count();
    return answer;
}

std::chrono::seconds find_seconds_left(const Desk& desk, WallTime signed_in_at)
{
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(desk.parts.clock->now() - signed_in_at);
    return people::Sessions::absolute_limit - age;
}

Response answer_session(const Desk& desk, const people::Person& person, const people::NewSession& session,
                        people::Assurance assurance)
{
    const auto left = find_seconds_left(desk, session.signed_in_at);
    Response response = http::json_response(200, format_session(person, session.csrf, assurance, left));
    signin::set_token(response, session_cookie, session.token);
    return response;
}

std::string host_of(std::string_view origin)
{
    const auto url = http::parse_url(origin);
    return url ? url->host : std::string();
}

std::vector<GuardKey> keys_for(GuardKey::Kind kind, const std::string& name, const Request& request)
{
    std::vector<GuardKey> keys;
    keys.push_back({kind, name, network_of(request)});
    keys.push_back({GuardKey::Kind::network, network_of(request)});
    return keys;
}

Problem problem_of(people::FactorVerdict verdict)
{
    using people::FactorVerdict;
    switch (verdict) {
        case FactorVerdict::wrong: return {403, "wrong-code", "This is not the code, or it was used before"};
        case FactorVerdict::expired: return {403, "expired-code", "This took too long; begin anew"};
        case FactorVerdict::session_over: return http::not_signed_in();
        case FactorVerdict::needs_account: return needs_assurance(people::Assurance::account);
        case FactorVerdict::needs_strong: return needs_assurance(people::Assurance::strong);
        case FactorVerdict::too_many: return {409, "too-many", "There are as many as there may be"};
        case FactorVerdict::elsewhere: return http::try_later();  // persons' secrets lie under one key, that of the service
        case FactorVerdict::refused: return {403, "passkey-refused", "The passkey's answer does not verify"};
        case FactorVerdict::unknown:
        case FactorVerdict::done: break;
    }
    return http::not_found();
}

people::Assurance needed_to_change(const people::Person& person)
{
    return person.factors.has_any() ? people::Assurance::strong : people::Assurance::account;
}

Task<Checked<SignedIn>> admit_change(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await desk.require_signed_in(request, Desk::Purpose::change));
    // Before it is counted: else who has the password only, or the mailbox, would use up the owner's changes.
    const auto needed = needed_to_change(signed_in.person);
    if (signed_in.session.assurance < needed) co_return needs_assurance(needed);
    // Each costs a mail to all addresses, and a record in the audit trail for ever.
    std::vector<GuardKey> counted;
    counted.push_back({GuardKey::Kind::factor_change, who_of(signed_in.person)});
    SEALPOST_CO_CHECK(co_await desk.admit(std::move(counted)));
    co_return std::move(signed_in);
}

Task<void> note_change(const Desk& desk, people::Person person, seal::FactorChange change)
{
    for (const auto& address : person.addresses) {
        FactorNote note{address, person.language, change, desk.parts.clock->now()};
        auto sent = co_await desk.parts.outbox->send_factor_note(std::move(note));
        if (sent.has_error()) desk.parts.log.error("person.note_not_sent", {{"problem", sent.error().text}});
    }
}

Task<Checked<Response>> answer_strong(const Desk& desk, people::PersonId id, people::NewSession session)
{
    SEALPOST_CO_TRY(const auto person, co_await desk.parts.people->persons().find(id));
    if (!person) co_return http::not_signed_in();
    co_return answer_session(desk, *person, session, people::Assurance::strong);
}

people::FactorActor act_as(SignedIn& signed_in, const Request& request)
{
    return {signed_in.person.id, signed_in.token.clone(), network_of(request)};
}

}  // namespace sealpost::reader
