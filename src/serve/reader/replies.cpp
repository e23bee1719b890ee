#include "serve/reader/desk.hpp"
#include "serve/reader/reply_message.hpp"
#include "sys/http/multipart.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace sealpost::reader {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Problem;
using http::Request;
using http::Response;

constexpr std::size_t max_order_bytes = 2 * 1024 * 1024;
constexpr std::size_t max_key_bytes = 64;
constexpr std::string_view key_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool holds(const std::vector<std::string>& all, std::string_view one)
{
    return std::find(all.begin(), all.end(), one) != all.end();
}

// The address under which the person opened the envelope; an envelope that was not opened, or may no
// longer be, takes no reply. Where the link alone opens, nobody's copy is marked, and any recipient counts.
Checked<std::string> find_opener(const keys::EnvelopeFacts& facts, const SignedIn& signed_in)
{
    const auto is_own = [&](const keys::RecipientFacts& recipient) {
        return holds(signed_in.person.addresses, recipient.address);
    };
    if (std::ranges::none_of(facts.recipients, is_own)) return not_a_recipient(signed_in.person.addresses);
    if (facts.state == keys::State::locked) return locked(facts.lock_reason);
    if (facts.state == keys::State::expired) return expired();
    if (facts.state == keys::State::erased) return erased();
    const bool opens_by_link = facts.policy.assurance == people::Assurance::low;
    for (const auto& recipient : facts.recipients) {
        if ((!recipient.released_at && !opens_by_link) || !is_own(recipient)) continue;
        if (signed_in.session.assurance < facts.policy.assurance) return needs_assurance(facts.policy.assurance);
        return recipient.address;
    }
    return not_a_recipient(signed_in.person.addresses);
}

Checked<void> check_right(const keys::Rights& rights, ReplyMode mode)
{
    const bool may = mode == ReplyMode::reply ? rights.reply : mode == ReplyMode::reply_all ? rights.reply_all : rights.forward;
    if (may) return {};
    return Problem(403, "no-right", "The sender does not allow this for this message");
}

// The JSON of the first field, which says what kind of reply this is.
Task<Checked<ReplyText>> read_order(http::MultipartReader& form)
{
    SEALPOST_CO_TRY(auto first, co_await form.next());
    const auto* begin = first ? std::get_if<http::PartBegin>(&*first) : nullptr;
    if (!begin || begin->name != "reply") co_return http::bad_request("reply", "The form must begin with the field \"reply\".");
    std::string text;
    while (true) {
        SEALPOST_CO_TRY(auto event, co_await form.next());
        if (!event || std::holds_alternative<http::PartEnd>(*event)) break;
        const auto* data = std::get_if<http::PartData>(&*event);
        if (data) text += data->bytes;
        if (text.size() > max_order_bytes) co_return http::too_large();
    }
    co_return parse_reply_text(text);
}

Task<Checked<void>> write_attachments(http::MultipartReader& form, ReplyMessage& message, ReplyDraft& draft)
{
    while (true) {
        SEALPOST_CO_TRY(auto event, co_await form.next());
        if (!event) break;
        if (const auto* begin = std::get_if<http::PartBegin>(&*event); begin && begin->name != "attachment")
            co_return http::bad_request(begin->name, "Only attachments may follow the reply.");
        std::string piece = message.take(*event);
        if (!piece.empty()) SEALPOST_CO_CHECK(co_await draft.write(std::move(piece)));
    }
    co_return Checked<void>();
}

// The Idempotency-Key of the request (draft-ietf-httpapi-idempotency-key-header), with or without the quotes of a
// structured string: whoever got no answer sends the same again under the same key, and it arrives once. Absent: "".
Checked<std::string> read_idempotency_key(const Request& request)
{
    std::string key(request.headers.find("Idempotency-Key").value_or(""));
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"') key = key.substr(1, key.size() - 2);
    const bool is_plain = key.find_first_not_of(key_letters) == std::string::npos;
    if (key.size() > max_key_bytes || !is_plain)
        return http::bad_request("Idempotency-Key", "It has 64 letters, digits, \"-\" and \"_\" at most.");
    return key;
}

// Of one person, and of one person about one envelope: each reply is mail that others get.
std::vector<people::GuardKey> guard_keys(const keys::EnvelopeId& id, const SignedIn& signed_in)
{
    using Kind = people::GuardKey::Kind;
    const std::string who = who_of(signed_in.person);
    std::vector<people::GuardKey> keys;
    keys.push_back({Kind::reply, who});
    keys.push_back({Kind::envelope_reply, id.value() + ' ' + who});
    return keys;
}

Response format_accepted(const ReplyAccepted& accepted)
{
    json::array deliveries;
    for (const auto& delivery : accepted.deliveries) {
        json::object entry;
        entry["address"] = delivery.address;
        entry["way"] = delivery.way;
        entry["domain"] = delivery.domain;
        deliveries.push_back(std::move(entry));
    }
    json::object answer;
    answer["message_id"] = accepted.message_id;
    answer["sent_as"] = accepted.sent_as;
    answer["sent_as_reason"] = accepted.sent_as_reason;
    answer["deliveries"] = std::move(deliveries);
    return http::json_response(202, answer);
}

Task<Checked<ReplyAccepted>> write_reply(const Desk& desk, http::MultipartReader& form, ReplyText text, ReplyContext context)
{
    SEALPOST_CO_TRY(context.identity, co_await desk.parts.outbox->choose_identity(context.person));
    context.now = desk.parts.clock->now();
    SEALPOST_CO_TRY(auto message, ReplyMessage::make(context, text));
    auto draft = desk.parts.outbox->begin_reply();
    SEALPOST_CO_CHECK(co_await draft->write(message.begin()));
    SEALPOST_CO_CHECK(co_await write_attachments(form, message, *draft));
    SEALPOST_CO_CHECK(co_await draft->write(message.end()));
    SEALPOST_CO_TRY(auto accepted, co_await draft->send(message.order()));
    accepted.sent_as = context.identity.sent_as;
    accepted.sent_as_reason = context.identity.reason;
    co_return accepted;
}

Task<Checked<Response>> reply(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Desk::Purpose::change));
    SEALPOST_CO_TRY(const auto view, co_await desk.find_view(request));
    ReplyContext context;
    SEALPOST_CO_TRY(context.person, find_opener(view.facts, signed_in));
    context.person_id = signed_in.person.id.value();
    context.own_addresses = signed_in.person.addresses;
    context.policy = view.facts.policy;
    SEALPOST_CO_TRY(const auto key, read_idempotency_key(request));
    if (!key.empty()) context.once = context.policy.id.value() + ' ' + who_of(signed_in.person) + ' ' + key;
    auto boundary = http::parse_boundary(request.headers.find("Content-Type").value_or(""));
    if (boundary.has_error()) co_return http::bad_request("Content-Type", boundary.error().text);
    http::MultipartReader form(*request.body, *boundary);
    SEALPOST_CO_TRY(auto text, co_await read_order(form));
    SEALPOST_CO_CHECK(check_right(context.policy.rights, text.mode));
    SEALPOST_CO_CHECK(co_await desk.admit(guard_keys(context.policy.id, signed_in)));
    SEALPOST_CO_TRY(const auto accepted, co_await write_reply(desk, form, std::move(text), std::move(context)));
    co_return format_accepted(accepted);
}

}  // namespace

void add_reply_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    http::RouteOptions options;
    options.max_body_bytes = desk->parts.max_reply_bytes + max_order_bytes;
    options.guards.push_back(http::require_own_origin(desk->parts.origin));
    for (const auto& guard : desk->parts.storage_guards) options.guards.push_back(guard);
    router.add(http::Method::post, "/api/v1/open/{ref}/replies", http::call_with(desk, reply), std::move(options));
}

}  // namespace sealpost::reader
