#include "serve/gateway/recipient_checks.hpp"

#include "base/text.hpp"
#include "serve/gateway/bounce_verification.hpp"
#include "serve/gateway/sender_checks.hpp"
#include "wire/mail/dsn.hpp"

namespace sealpost::gateway {

using smtp::Reply;

namespace {

constexpr std::size_t max_alias_recipients_per_message = 10'000;

}  // namespace

std::size_t held_bytes(const IntakeRecipient& recipient)
{
    const auto& mailbox = recipient.rcpt.recipient;
    std::size_t bytes = sizeof recipient + mailbox.local.size() + mailbox.domain.size() + recipient.rcpt.orcpt.size();
    bytes += recipient.address.size() + recipient.said.size();
    for (const auto& address : recipient.stands_for) bytes += sizeof address + address.size();
    return bytes;
}

std::variant<IntakeRecipient, Reply> RecipientChecks::check(smtp::RcptTo rcpt, bool has_null_sender)
{
    IntakeRecipient recipient;
    recipient.said = sealpost::mail::format_mailbox(rcpt.recipient);
    if (client_.behavior() == policy::Behavior::accept)
        if (auto refused = check_harvest()) return std::move(*refused);
    const bool has_domain = !rcpt.recipient.domain.empty();
    complete_address(client_, rcpt.recipient);
    if (auto refused = verify_bounce(rcpt.recipient, has_null_sender)) return std::move(*refused);
    const std::string untagged = sealpost::mail::format_mailbox(rcpt.recipient);
    if (!has_domain) rcpt.recipient.domain.clear();  // the policy tells a bare postmaster from one of the default domain
    auto found = policy::decide_rcpt(*client_.policy, client_.verdict, client_.facts, client_.describe_transaction(""), 0,
                                     sealpost::mail::format_mailbox(rcpt.recipient));
    if (found.ruling.cause == policy::Cause::recipient_refused) count_invalid();
    if (auto refused = client_.answer(found.ruling, untagged)) return std::move(*refused);
    rcpt.recipient.domain = found.address.substr(found.address.rfind('@') + 1);
    recipient.address = std::move(found.address);
    recipient.bypass_limits = found.bypass_limits;
    recipient.is_alias = !found.expansion.matched.empty();
    recipient.stands_for = std::move(found.expansion.recipients);
    if (auto refused = check_expansion(recipient)) return std::move(*refused);
    // RFC 3461 §5.2.1: an ORCPT that we add holds the address that the client said.
    const bool is_changed = recipient.is_alias || recipient.address != untagged;
    if (is_changed && rcpt.orcpt.empty()) rcpt.orcpt = sealpost::mail::format_original_recipient(untagged);
    recipient.rcpt = std::move(rcpt);
    return recipient;
}

// Takes the tag off a recipient that bears one of ours.
std::optional<Reply> RecipientChecks::verify_bounce(sealpost::mail::Mailbox& recipient, bool has_null_sender) const
{
    const auto& parts = *client_.parts;
    const BounceQuestion question{has_null_sender, parts.is_public && client_.behavior() == policy::Behavior::accept,
                                  client_.parameters().accept_untagged_bounces};
    auto verdict = check_bounce(parts.bounce_keys.get(), *client_.policy, question, recipient, parts.clock->now());
    recipient = std::move(verdict.recipient);
    if (!verdict.is_refused) return std::nullopt;
    parts.log.info("gateway.bounce_refused", {{"connection", client_.peer.connection_id},
                                              {"recipient", sealpost::mail::format_mailbox(recipient)},
                                              {"tag", sealpost::mail::format_bounce_tag(verdict.tag)}});
    return Reply(550, "5.7.1", "This is no bounce of a message that we sent");
}

std::optional<Reply> RecipientChecks::check_expansion(const IntakeRecipient& recipient)
{
    if (!recipient.is_alias) return std::nullopt;
    alias_recipients_ += recipient.stands_for.size();
    if (alias_recipients_ <= max_alias_recipients_per_message) return std::nullopt;
    client_.tell_limit("alias_recipients", recipient.address);
    return Reply(452, "4.5.3", "The recipients of this message stand for too many others");
}

// Whoever tries addresses gets no more answers about them; nor does whoever has the right ones among them.
std::optional<Reply> RecipientChecks::check_harvest() const
{
    const policy::Parameters& parameters = client_.parameters();
    const auto& hosts = client_.parts->hosts;
    if (!hosts || !hosts->has_harvested(client_.host, parameters.max_invalid_recipients_per_hour)) return std::nullopt;
    const bool is_dropped = harvest_began_here_ && parameters.drop_on_invalid_recipients;
    client_.tell_limit("invalid_recipients", is_dropped ? "dropped" : "");
    if (is_dropped) return Reply(421, "4.7.0", "Too many invalid recipients");
    return client_.refuse(parameters.max_invalid_recipients_code, "7.1", parameters.max_invalid_recipients_text,
                          "Too many invalid recipients this hour");
}

void RecipientChecks::count_invalid()
{
    const auto& hosts = client_.parts->hosts;
    if (!hosts) return;
    hosts->count_invalid_recipient(client_.host);
    harvest_began_here_ = hosts->has_harvested(client_.host, client_.parameters().max_invalid_recipients_per_hour);
}

bool RecipientChecks::has_sender_limit(const std::string& sender) const
{
    const policy::Parameters& parameters = client_.parameters();
    if (!client_.parts->senders || sender.empty() || parameters.max_recipients_per_sender == 0) return false;
    return !parameters.sender_limit_exempt || !parameters.sender_limit_exempt->matches(sender);
}

std::optional<Reply> RecipientChecks::check_limits(const IntakeRecipient& recipient, const std::string& sender)
{
    if (recipient.bypass_limits) return std::nullopt;
    const policy::Parameters& parameters = client_.parameters();
    const auto& [hosts, senders] = std::tie(client_.parts->hosts, client_.parts->senders);
    const bool is_limited = has_sender_limit(sender);
    // What strangers send under a name of ours does not count against our people.
    const std::string counted = (client_.is_outgoing() ? "ours " : "theirs ") + sender;
    if (is_limited && !senders->take_recipient(counted, parameters.sender_period, parameters.max_recipients_per_sender)) {
        client_.tell_limit("recipients_per_sender", sender);
        return client_.refuse(parameters.max_recipients_per_sender_code, "7.0", parameters.max_recipients_per_sender_text,
                              "Too many recipients from this sender");
    }
    if (!hosts || hosts->take_recipient(client_.host, parameters.max_recipients_per_hour)) return std::nullopt;
    if (is_limited) senders->give_back(counted, parameters.sender_period);
    client_.tell_limit("recipients_per_hour", sender);
    return client_.refuse(parameters.max_recipients_per_hour_code, "7.0", parameters.max_recipients_per_hour_text,
                          "Too many recipients received this hour");
}

}  // namespace sealpost::gateway
