#include "serve/demo/page_state.hpp"

#include "core/queue/lanes.hpp"
#include "sys/jsonread/jsonread.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/message_id.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace sealpost::demo {
namespace json = boost::json;
namespace {

std::string find_header(const StoredMail& mail, std::string_view name)
{
    auto head = mail::HeaderBlock::parse(mail.head);
    return head.has_error() ? "" : mail::decode_words(head->find(name).value_or(""));
}

// A secure reply in clear form: made by the service, whoever stands in From, without a page, and not one
// of its own notices.
bool is_clear_reply(const StoredMail& mail)
{
    return !mail.has_page && find_header(mail, "Message-ID").ends_with("@keys.test>") &&
           find_header(mail, "Auto-Submitted").empty();
}

json::array describe_mailboxes(World& world)
{
    json::array boxes;
    const auto add = [&](std::string_view address, std::string_view name, std::string_view organisation) {
        boxes.push_back(json::object{{"address", address},
                                     {"name", name},
                                     {"organisation", organisation},
                                     {"messages", world.mailboxes().list(std::string(address)).size()}});
    };
    add(alice, "Alice", "Acme");
    add(bob, "Bob", "Partner");
    return boxes;
}

std::string_view format_delivery_state(queue::RecipientState state)
{
    switch (state) {
        case queue::RecipientState::waiting: return "queued";
        case queue::RecipientState::held: return "held";
        case queue::RecipientState::failed:
        case queue::RecipientState::removed: return "bounced";
        case queue::RecipientState::delivered:
        case queue::RecipientState::relayed_elsewhere: return "delivered";
    }
    return "queued";
}

json::object read_facts(std::string_view text) { return jsonread::parse_object(text).value_or(json::object()); }

json::value find_tls(const std::string& facts)
{
    const auto object = read_facts(facts);
    const auto* tls = object.if_contains("tls");
    return tls ? *tls : json::value(nullptr);
}

json::object describe_delivery(const queue::MessageView& message, const queue::RecipientView& recipient)
{
    const bool sealed = recipient.state == queue::RecipientState::relayed_elsewhere;
    return {{"at", format_rfc3339(recipient.finished_at.value_or(message.accepted_at))},
            {"from", bob},
            {"to", recipient.address},
            {"way", sealed ? "envelope" : "tls"},
            {"state", format_delivery_state(recipient.state)},
            {"host", recipient.remote_host},
            {"detail", recipient.text},
            {"tls", find_tls(recipient.facts)}};
}

// The newest secure reply: waiting or held ones stand in the queue, finished ones in its history.
Task<Result<json::value>> find_last_delivery(queue::Queue& queue)
{
    std::optional<queue::MessageView> newest;
    const auto consider = [&](const std::vector<queue::MessageView>& messages) {
        for (const auto& message : messages)
            if (message.lane == queue::reply_lane && !message.recipients.empty() && (!newest || newest->id < message.id))
                newest = message;
    };
    // Named, since g++ 12 destroys a braced argument of an awaited call twice.
    const queue::ListFilter all;
    auto waiting = co_await queue.list(all);
    if (waiting.has_error()) co_return waiting.error();
    consider(*waiting);
    const queue::HistoryFilter recent;
    auto finished = co_await queue.find_history(recent);
    if (finished.has_error()) co_return finished.error();
    consider(*finished);
    if (!newest) co_return json::value(nullptr);
    co_return json::value(describe_delivery(*newest, newest->recipients.front()));
}

Task<Result<bool>> was_opened_by_bob(keys::KeyStore& keys)
{
    const keys::ListQuery all;
    auto envelopes = co_await keys.list(all);
    if (envelopes.has_error()) co_return envelopes.error();
    for (const auto& envelope : *envelopes)
        for (const auto& recipient : envelope.recipients)
            if (recipient.address == bob && recipient.released_at) co_return true;
    co_return false;
}

json::object describe_steps(World& world, const Deeds& deeds, bool opened, const domains::Domain& acme)
{
    const auto to_alice = world.mailboxes().list(std::string(alice));
    const auto to_bob = world.mailboxes().list(std::string(bob));
    const auto any = [](const auto& mails, auto test) { return std::any_of(mails.begin(), mails.end(), test); };
    const auto has_page = [](const StoredMail& mail) { return mail.has_page; };
    return {{"sent", deeds.sent || any(to_bob, has_page)},
            {"notified", any(to_bob, has_page)},
            {"opened", opened},
            {"replied_sealed", any(to_alice, has_page)},
            {"tls_on", deeds.switched_on || acme.tls_replies},
            {"replied_clear", any(to_alice, is_clear_reply)},
            {"certificate_swapped", deeds.swapped || world.is_self_signed()},
            {"failure_seen", !acme.last_failure.empty()}};
}

}  // namespace

Task<Result<ReplyTls>> find_reply_tls(World& world)
{
    const queue::HistoryFilter recent;
    auto finished = co_await world.service().machinery().queue->find_history(recent);
    if (finished.has_error()) co_return finished.error();
    ReplyTls replies;
    for (const auto& message : *finished) {
        if (message.lane != queue::reply_lane || message.recipients.empty()) continue;
        const auto facts = read_facts(message.facts);
        const auto* id = facts.if_contains("message_id");
        if (id && id->is_string()) replies[mail::clean_message_id(id->as_string())] = find_tls(message.recipients.front().facts);
    }
    co_return replies;
}

json::object describe_mail(const StoredMail& mail, const ReplyTls& replies)
{
    const auto reply = replies.find(mail::clean_message_id(find_header(mail, "Message-ID")));
    return {{"n", mail.number},
            {"from", find_header(mail, "From")},
            {"subject", find_header(mail, "Subject")},
            {"at", format_rfc3339(mail.at)},
            {"size", mail.bytes},
            {"has_page", mail.has_page},
            {"tls", mail.has_page || reply == replies.end() ? json::value(nullptr) : reply->second}};
}

Task<Result<json::object>> describe_state(World& world, Deeds deeds)
{
    auto& service = *world.service().service();
    const Plan& plan = world.plan();
    auto acme = co_await service.domains().find("acme.test");
    if (acme.has_error()) co_return acme.error();
    const domains::Domain domain = acme->value_or(domains::Domain());
    auto delivery = co_await find_last_delivery(*world.service().machinery().queue);
    if (delivery.has_error()) co_return delivery.error();
    auto opened = co_await was_opened_by_bob(service.keys());
    if (opened.has_error()) co_return opened.error();
    co_return json::object{
        {"service_url", plan.service_url()},
        {"portal",
         {{"url", plan.service_url() + "/portal"},
          {"name", world.secrets().administrator},
          {"password", world.secrets().administrator_password}}},
        {"policies",
         {{"url", plan.admin_url() + "/portal"},
          {"name", world.secrets().administrator},
          {"password", world.secrets().administrator_password}}},
        {"mailboxes", describe_mailboxes(world)},
        {"smtp",
         {{"submission", format_endpoint(plan.submission)},
          {"public", format_endpoint(plan.public_mx)},
          {"user", alice},
          {"password", world.secrets().submission_password}}},
        {"switches",
         {{"tls_replies", domain.tls_replies},
          {"certificate", world.is_self_signed() ? "self_signed" : "signed"},
          {"on_failure", domains::format_on_failure(domain.on_failure)}}},
        {"steps", describe_steps(world, deeds, *opened, domain)},
        {"last_delivery", std::move(*delivery)},
    };
}

}  // namespace sealpost::demo
