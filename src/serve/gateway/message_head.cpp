#include "serve/gateway/message_head.hpp"

#include "base/text.hpp"
#include "serve/gateway/authentication.hpp"
#include "serve/gateway/sender_checks.hpp"
#include "wire/authres/results.hpp"
#include "wire/mail/trace.hpp"

namespace sealpost::gateway {

using sealpost::mail::HeaderBlock;
using sealpost::mail::Mailbox;

namespace {

void complete_submission(const HeadFacts& facts, HeaderBlock& head)
{
    const IntakeParts& parts = *facts.client.parts;
    if (!head.find("Date")) head.append("Date", format_rfc5322_date(parts.clock->now()));
    if (!head.find("Message-ID")) head.append("Message-ID", sealpost::mail::make_message_id(parts.hostname));
    if (!head.find("From") && !facts.mail.sender.empty()) head.append("From", sealpost::mail::format_mailbox(facts.mail.sender));
}

// RFC 5322 §3.6.3: the field is there for whoever sends the message; no recipient is to see whom it names.
bool is_blind_copy(std::string_view field) { return iequals(field, "Bcc") || iequals(field, "Resent-Bcc"); }

std::string format_trace(const HeadFacts& facts)
{
    const Client& client = facts.client;
    sealpost::mail::ReceivedFacts received;
    received.helo = client.helo;
    received.host = client.facts.host;
    received.address = format_ip(client.peer.peer.address);
    received.by = client.parts->hostname;
    received.id = facts.id;
    if (client.tls) {
        received.tls_protocol = client.tls->protocol;
        received.tls_cipher = client.tls->cipher;
    }
    received.extended = client.extended;
    received.authenticated = client.is_signed_in();
    received.smtputf8 = facts.mail.smtputf8;
    received.recipient = facts.only_recipient;
    received.at = client.parts->clock->now();
    return sealpost::mail::format_received(received);
}

}  // namespace

HeaderBlock prepare_head(const HeadFacts& facts, HeaderBlock head)
{
    if (!facts.client.is_outgoing()) return head;
    complete_submission(facts, head);
    const auto* rewriting = facts.client.policy->find_rewriting(facts.client.peer.listener);
    if (rewriting != nullptr) rewriting->masquerade_head(head);
    return head;
}

std::string masquerade_sender(const HeadFacts& facts)
{
    const Mailbox& sender = facts.mail.sender;
    if (!facts.client.is_outgoing()) return format_sender(sender);
    const auto* rewriting = facts.client.policy->find_rewriting(facts.client.peer.listener);
    if (rewriting == nullptr) return format_sender(sender);
    return rewriting->masquerade(policy::MasqueradePlace::envelope, format_sender(sender)).value_or(format_sender(sender));
}

std::string format_head(const HeadFacts& facts, HeaderBlock head, std::string_view results)
{
    const IntakeParts& parts = *facts.client.parts;
    if (facts.client.is_outgoing())
        head.remove_if([](const auto& field) { return policy::is_control_header(field.name) || is_blind_copy(field.name); });
    else  // Nobody outside tells our systems what to do: not now, nor when the message is redirected from inside.
        head.remove_if(
            [](const auto& field) { return policy::is_steering_header(field.name) || iequals(field.name, verdict_header); });
    authres::remove_forged(head, {parts.authserv_id, parts.hostname});
    return std::string(results) + format_trace(facts) + head.text();
}

}  // namespace sealpost::gateway
