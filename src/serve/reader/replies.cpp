#include "serve/reader/message_form.hpp"
#include "serve/reader/reply_message.hpp"

#include <algorithm>

namespace sealpost::reader {
namespace {

using http::Checked;
using http::Problem;
using http::Request;
using http::Response;

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

Checked<void> check_right(const keys::Rights& rights, MessageMode mode)
{
    const bool may = mode == MessageMode::reply       ? rights.reply
                     : mode == MessageMode::reply_all ? rights.reply_all
                                                      : rights.forward;
    if (may) return {};
    return Problem(403, "no-right", "The sender does not allow this for this message");
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
    if (!key.empty()) context.once = "reply " + context.policy.id.value() + ' ' + who_of(signed_in.person) + ' ' + key;
    SEALPOST_CO_TRY(const auto boundary, find_boundary(request));
    http::MultipartReader form(*request.body, boundary);
    SEALPOST_CO_TRY(const auto order, co_await read_first_field(form, "reply"));
    SEALPOST_CO_TRY(const auto text, parse_reply_text(order));
    SEALPOST_CO_CHECK(check_right(context.policy.rights, text.mode));
    SEALPOST_CO_TRY(const auto asked, make_reply(context, text));
    SEALPOST_CO_TRY(auto repeated, co_await answer_repeated(desk, form, asked.order()));
    if (repeated) co_return std::move(*repeated);
    SEALPOST_CO_CHECK(co_await desk.admit(guard_keys(context.policy.id, signed_in)));
    SEALPOST_CO_TRY(context.identity, co_await desk.parts.outbox->choose_identity(context.person));
    context.now = desk.parts.clock->now();
    SEALPOST_CO_TRY(auto writer, make_reply(context, text));
    auto answer = co_await send_message(desk, form, std::move(writer));
    co_return answer;
}

}  // namespace

void add_reply_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    router.add(http::Method::post, "/api/v1/open/{ref}/replies", http::call_with(desk, reply), take_message_form(*desk));
}

}  // namespace sealpost::reader
