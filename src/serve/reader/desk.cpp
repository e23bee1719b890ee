#include "serve/reader/desk.hpp"

#include "wire/mail/mailbox.hpp"

#include <boost/json/array.hpp>

namespace sealpost::reader {
namespace json = boost::json;
using http::Checked;
using http::Problem;

Task<Checked<std::optional<SignedIn>>> Desk::find_signed_in(http::Request& request, Purpose purpose) const
{
    auto& sessions = parts.people->sessions();
    SEALPOST_CO_TRY(auto found, co_await signin::find_session<people::Session>(sessions, request, session_cookie, purpose));
    const auto* id = found ? std::get_if<people::PersonId>(&found->session.owner) : nullptr;
    if (!id) co_return std::optional<SignedIn>();
    SEALPOST_CO_TRY(auto person, co_await parts.people->persons().find(*id));
    if (!person) co_return std::optional<SignedIn>();
    co_return std::optional<SignedIn>(SignedIn{std::move(found->session), std::move(*person), std::move(found->token)});
}

Task<Checked<SignedIn>> Desk::require_signed_in(http::Request& request, Purpose purpose) const
{
    SEALPOST_CO_TRY(auto signed_in, co_await find_signed_in(request, purpose));
    if (!signed_in) co_return http::not_signed_in();
    co_return std::move(*signed_in);
}

Task<Checked<WallTime>> Desk::admit(std::vector<people::GuardKey> keys) const
{
    return signin::admit(parts.people->guard(), std::move(keys));
}

Task<void> Desk::take_back(std::vector<people::GuardKey> keys, WallTime admitted_at) const
{
    return signin::take_back(parts.people->guard(), std::move(keys), admitted_at);
}

Task<Checked<keys::OpenView>> Desk::find_view(const http::Request& request) const
{
    SEALPOST_CO_TRY(auto view, co_await parts.keys->resolve_ref(request.parameter("ref")));
    if (!view) co_return http::not_found();
    co_return std::move(*view);
}

Task<Checked<std::string>> Desk::find_organisation(const keys::Policy& policy) const
{
    if (policy.by_service) co_return parts.name;
    SEALPOST_CO_TRY(const auto account, co_await parts.people->accounts().find(policy.account));
    co_return account ? account->organisation : std::string();
}

// What the account has proven counts beside what the operator has said.
Task<Checked<people::SenderDomain>> Desk::judge_sender(const keys::Policy& policy) const
{
    if (policy.by_service) co_return people::SenderDomain::own;  // the service saw a code come back from there
    const std::string domain = mail::domain_of(policy.sender.address);
    SEALPOST_CO_TRY(const auto judged, co_await parts.people->accounts().judge_sender_domain(policy.account, domain));
    if (judged != people::SenderDomain::foreign) co_return judged;
    SEALPOST_CO_TRY(const bool is_proven, co_await parts.domains->is_proven_by(policy.account, domain));
    co_return is_proven ? people::SenderDomain::own : judged;
}

std::string network_of(const http::Request& request) { return people::network_of(request.peer.address); }

std::string who_of(const people::Person& person) { return "person:" + std::to_string(person.id.value()); }
std::string who_of(const std::optional<SignedIn>& signed_in) { return signed_in ? who_of(signed_in->person) : "link"; }

Problem not_a_recipient(const std::vector<std::string>& own_addresses)
{
    json::array addresses;
    for (const auto& address : own_addresses) addresses.emplace_back(address);
    json::object more;
    more["addresses"] = std::move(addresses);
    return {403, "not-a-recipient", "This message was not sent to you", "", std::move(more)};
}

Problem needs_assurance(people::Assurance assurance)
{
    json::object more;
    more["assurance"] = people::format_assurance(assurance);
    return {403, "needs-assurance", "This asks for a stronger proof of who you are", "", std::move(more)};
}

Problem locked(const std::string& reason)
{
    json::object more;
    more["reason"] = reason;
    return {403, "locked", "The sender has locked this message", "", std::move(more)};
}

Problem expired() { return {410, "expired", "This message has expired"}; }
Problem erased() { return {410, "erased", "The sender has recalled this message"}; }

void add_routes(http::Router& router, Parts parts)
{
    const auto desk = std::make_shared<const Desk>(std::move(parts));
    add_ingest_routes(router, desk);
    add_people_routes(router, desk);
    add_factor_routes(router, desk);
    add_passkey_routes(router, desk);
    add_opening_routes(router, desk);
    add_reply_routes(router, desk);
    add_compose_routes(router, desk);
    add_sent_routes(router, desk);
    add_page_routes(router);
}

}  // namespace sealpost::reader
