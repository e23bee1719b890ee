#include "serve/gateway/recipient_checks.hpp"

#include "base/text.hpp"
#include "serve/gateway/bounce_verification.hpp"
#include "serve/gateway/sender_checks.hpp"

namespace sealpost::gateway {

using smtp::Reply;

namespace {

constexpr std::size_t max_alias_recipients_per_message = 10'000;

}  // namespace

// `asked` is what the recipient access table is asked about: RFC 5321 §4.5.1: Postmaster has a name of its own.
std::optional<Reply> RecipientChecks::complete(smtp::RcptTo& rcpt, std::string& asked) const
{
    const bool is_postmaster = rcpt.recipient.domain.empty() && iequals(rcpt.recipient.local, "postmaster");
    complete_address(client_, rcpt.recipient);
    if (is_postmaster && rcpt.recipient.domain.empty()) rcpt.recipient.domain = client_.parts->hostname;
    if (rcpt.recipient.domain.empty()) return Reply(501, "5.1.3", "The recipient's address has no domain");
    asked = is_postmaster ? rcpt.recipient.local : "";
    return std::nullopt;
}

// Behind bounce verification: a tag of ours holds characters of its own.
std::optional<Reply> RecipientChecks::check_characters(const sealpost::mail::Mailbox& recipient) const
{
    if (!policy::has_refused_character(client_.parameters(), recipient.local)) return std::nullopt;
    client_.tell_limit("refused_characters", sealpost::mail::format_mailbox(recipient));
    return Reply(553, "5.1.3", "The recipient's address holds a character that is not accepted here");
}

std::variant<IntakeRecipient, Reply> RecipientChecks::check(smtp::RcptTo rcpt, bool has_null_sender)
{
    std::string asked;
    IntakeRecipient recipient;
    recipient.said = sealpost::mail::format_mailbox(rcpt.recipient);
    if (auto refused = complete(rcpt, asked)) return std::move(*refused);
    if (!client_.is_outgoing())
        if (auto refused = check_harvest()) return std::move(*refused);
    if (auto refused = verify_bounce(rcpt.recipient, has_null_sender)) return std::move(*refused);
    if (auto refused = check_characters(rcpt.recipient)) return std::move(*refused);
    const std::string said = sealpost::mail::format_mailbox(rcpt.recipient);
    const auto* rewriting = client_.policy->find_rewriting(client_.peer.listener);
    if (auto domain = rewriting ? rewriting->map_domain(rcpt.recipient.domain) : std::nullopt)
        rcpt.recipient.domain = std::move(*domain);
    recipient.address = sealpost::mail::format_mailbox(rcpt.recipient);
    const auto verdict =
        client_.policy->decide_recipient(client_.peer.listener, client_.behavior(), asked.empty() ? recipient.address : asked);
    if (!verdict.accept) {
        count_invalid();
        return client_.refuse(verdict.code, "7.1", verdict.text, "Relaying to this recipient is not allowed");
    }
    recipient.rcpt = std::move(rcpt);
    recipient.bypass_limits = verdict.bypass_limits;
    if (auto refused = expand(recipient)) return std::move(*refused);
    // RFC 3461 §5.2.1: an ORCPT that we add holds the address that the client said.
    const bool is_changed = recipient.is_alias || recipient.address != said;
    if (is_changed && recipient.rcpt.orcpt.empty()) recipient.rcpt.orcpt = "rfc822;" + said;
    return recipient;
}

// Takes the tag off a recipient that bears one of ours.
std::optional<Reply> RecipientChecks::verify_bounce(sealpost::mail::Mailbox& recipient, bool has_null_sender) const
{
    const auto& parts = *client_.parts;
    const BounceQuestion question{has_null_sender, parts.is_public && !client_.is_outgoing(),
                                  client_.parameters().accept_untagged_bounces};
    auto verdict = check_bounce(parts.bounce_keys.get(), *client_.policy, question, recipient, parts.clock->now());
    recipient = std::move(verdict.recipient);
    if (!verdict.is_refused) return std::nullopt;
    parts.log.info("gateway.bounce_refused", {{"connection", client_.peer.connection_id},
                                              {"recipient", sealpost::mail::format_mailbox(recipient)},
                                              {"tag", sealpost::mail::format_bounce_tag(verdict.tag)}});
    return Reply(550, "5.7.1", "This is no bounce of a message that we sent");
}

std::optional<Reply> RecipientChecks::expand(IntakeRecipient& recipient)
{
    const auto* rewriting = client_.policy->find_rewriting(client_.peer.listener);
    policy::Expansion expansion;
    if (rewriting)
        expansion = rewriting->expand(recipient.address);
    else
        expansion.recipients.push_back(recipient.address);
    // "user@" is about our own domains: our people's mail to strangers of that name goes to them.
    const bool is_strangers = client_.is_outgoing() && expansion.matched.ends_with('@') &&
                              !client_.policy->is_own_domain(recipient.rcpt.recipient.domain);
    if (is_strangers) expansion = {{recipient.address}, "", false};
    recipient.is_alias = !expansion.matched.empty();
    recipient.stands_for = std::move(expansion.recipients);
    if (expansion.too_many) {
        client_.tell_limit("alias_recipients", recipient.address);
        return Reply(550, "5.2.4", "This address stands for too many others");  // RFC 3463: list expansion problem
    }
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
