#include "serve/reader/desk.hpp"
#include "serve/reader/reply_message.hpp"

#include <boost/json/object.hpp>

namespace sealpost::reader {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;

std::string_view format_source(keys::OpenView::Source source)
{
    switch (source) {
        case keys::OpenView::Source::ticket: return "ticket";
        case keys::OpenView::Source::hosted: return "hosted";
        case keys::OpenView::Source::none: break;
    }
    return "none";
}

json::object format_card(const keys::OpenView& view, const std::string& organisation, people::SenderDomain sender_domain)
{
    const auto& policy = view.facts.policy;
    json::object sender;
    sender["address"] = policy.sender.address;
    sender["name"] = policy.sender.name;
    json::object card;
    card["id"] = policy.id.value();
    card["organisation"] = organisation;
    card["sender"] = std::move(sender);
    card["sender_domain"] = people::format_sender_domain(sender_domain);
    card["sent_at"] = format_rfc3339(view.facts.sent_at);
    card["expires_at"] = format_rfc3339(policy.expires_at);
    card["assurance"] = people::format_assurance(policy.assurance);
    card["state"] = keys::format_state(view.facts.state);
    card["source"] = format_source(view.source);
    card["damaged"] = view.damaged;
    card["healed"] = view.healed;
    card["size"] = view.size;
    return card;
}

// What the envelope is, for whoever holds the ref; the sender is the record's, never the file's.
Task<Checked<Response>> show_card(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto view, co_await desk.find_view(request));
    SEALPOST_CO_TRY(const auto organisation, co_await desk.find_organisation(view.facts.policy));
    SEALPOST_CO_TRY(const auto sender_domain, co_await desk.judge_sender(view.facts.policy));
    co_return http::json_response(200, format_card(view, organisation, sender_domain));
}

Task<Checked<Response>> show_content(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto view, co_await desk.find_view(request));
    auto content = desk.parts.keys->read(view);
    if (!content) co_return http::not_found();
    Response response;
    response.headers.set("Content-Type", "application/octet-stream");
    response.headers.set("Content-Disposition", "attachment; filename=\"message.age\"");
    response.body = std::move(content);
    response.body_size = view.size;
    co_return response;
}

json::object format_rights(const keys::Rights& rights)
{
    json::object object;
    object["reply"] = rights.reply;
    object["reply_all"] = rights.reply_all;
    object["forward"] = rights.forward;
    return object;
}

// What a recipient may know of the others: whom a reply to all would name to them.
json::array format_reply_all(const keys::Released& released, const keys::Sender& sender, const std::optional<SignedIn>& signed_in)
{
    const auto own = signed_in ? signed_in->person.addresses : std::vector<std::string>();
    json::array addresses;
    for (const auto& address : list_reply_all(sender, released.recipients, own)) addresses.emplace_back(address);
    return addresses;
}

Response format_release(const keys::Released& released, const keys::Sender& sender, const std::optional<SignedIn>& signed_in)
{
    json::object answer;
    answer["identity"] = released.identity.reveal_text();
    answer["recipient"] = released.recipient;
    answer["subject"] = released.subject;
    answer["rights"] = format_rights(released.rights);
    if (released.rights.reply_all) answer["reply_all_to"] = format_reply_all(released, sender, signed_in);
    answer["receipt"] = released.receipt;
    return http::json_response(200, answer);
}

Checked<Response> answer_release(keys::ReleaseVerdict verdict, const keys::Sender& sender,
                                 const std::optional<SignedIn>& signed_in)
{
    if (const auto* released = std::get_if<keys::Released>(&verdict)) return format_release(*released, sender, signed_in);
    if (auto* is_locked = std::get_if<keys::Locked>(&verdict)) return locked(std::move(is_locked->reason));
    if (std::holds_alternative<keys::Expired>(verdict)) return expired();
    if (std::holds_alternative<keys::Erased>(verdict)) return erased();
    if (std::holds_alternative<keys::Unknown>(verdict)) return http::not_found();
    if (!signed_in) return http::not_signed_in();
    if (const auto* needs = std::get_if<keys::NeedsAssurance>(&verdict)) return needs_assurance(needs->assurance);
    return not_a_recipient(signed_in->person.addresses);
}

using people::GuardKey;

// Each refusal stays in the audit trail for ever, so nobody asks for one envelope without end. Who is signed in answers for
// themself alone: colleagues behind one address do not wait for each other. Strangers count by envelope and network: who holds
// a link must not lock the others out.
GuardKey key_of_refusals(const keys::EnvelopeId& id, const std::optional<SignedIn>& signed_in, const Request& request)
{
    return {GuardKey::Kind::envelope, id.value() + ' ' + (signed_in ? who_of(signed_in) : network_of(request))};
}

// So does each release, and a right one is counted too. Many people may stand behind the network of a link.
GuardKey key_of_releases(const keys::EnvelopeId& id, const std::optional<SignedIn>& signed_in, const Request& request)
{
    if (signed_in) return {GuardKey::Kind::release, id.value() + ' ' + who_of(signed_in)};
    return {GuardKey::Kind::link_release, id.value() + ' ' + network_of(request)};
}

// Only recipients are told that they need more, and they are on their way to it.
bool is_refusal(const keys::ReleaseVerdict& verdict)
{
    return !std::holds_alternative<keys::Released>(verdict) && !std::holds_alternative<keys::NeedsAssurance>(verdict);
}

keys::ReleaseRequest make_release_request(const keys::EnvelopeId& id, const std::optional<SignedIn>& signed_in,
                                          const Request& request)
{
    keys::ReleaseRequest asked;
    asked.id = id;
    if (signed_in) asked.addresses = signed_in->person.addresses;
    if (signed_in) asked.assurance = signed_in->session.assurance;
    asked.who = who_of(signed_in);
    asked.network = network_of(request);
    return asked;
}

Task<Checked<Response>> release(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.find_signed_in(request, Desk::Purpose::change));
    SEALPOST_CO_TRY(const auto view, co_await desk.find_view(request));
    const auto& policy = view.facts.policy;
    const std::vector<GuardKey> refusals(1, key_of_refusals(policy.id, signed_in, request));
    auto counted = refusals;
    counted.push_back(key_of_releases(policy.id, signed_in, request));
    SEALPOST_CO_TRY(const auto admitted_at, co_await desk.admit(std::move(counted)));
    auto asked = make_release_request(policy.id, signed_in, request);
    auto answered = co_await desk.parts.keys->release(std::move(asked));
    // What fails here, a token that is away, is no refusal: whoever asks again has nothing to wait for.
    const bool is_refused = answered.has_value() && is_refusal(*answered);
    if (!is_refused) SEALPOST_CO_CHECK(co_await desk.parts.people->guard().note_success(refusals, admitted_at));
    SEALPOST_CO_TRY(auto verdict, std::move(answered));
    co_return answer_release(std::move(verdict), policy.sender, signed_in);
}

Task<Checked<Response>> note_displayed(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.find_signed_in(request, Desk::Purpose::change));
    SEALPOST_CO_TRY(const auto view, co_await desk.find_view(request));
    const auto& policy = view.facts.policy;
    if (!signed_in && policy.assurance != people::Assurance::low) co_return http::not_signed_in();
    auto addresses = signed_in ? signed_in->person.addresses : std::vector<std::string>();
    SEALPOST_CO_TRY(const bool noted,
                    co_await desk.parts.keys->note_displayed(policy.id, addresses, who_of(signed_in), network_of(request)));
    // The holder of a link to several people is nobody in particular: there is nothing to note.
    if (!noted && signed_in) co_return not_a_recipient(addresses);
    co_return http::empty_response(204);
}

}  // namespace

void add_opening_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    const auto own = http::from_own_pages(desk->parts.origin);
    router.add(http::Method::get, "/api/v1/open/{ref}", http::call_with(desk, show_card));
    router.add(http::Method::get, "/api/v1/open/{ref}/content", http::call_with(desk, show_content));
    router.add(http::Method::post, "/api/v1/open/{ref}/release", http::call_with(desk, release), own);
    router.add(http::Method::post, "/api/v1/open/{ref}/displayed", http::call_with(desk, note_displayed), own);
}

}  // namespace sealpost::reader
