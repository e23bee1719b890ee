#include "serve/gateway/lane_sorting.hpp"

#include "base/text.hpp"
#include "core/queue/lanes.hpp"
#include "core/queue/retry.hpp"
#include "serve/dmarcreports/inbox.hpp"
#include "serve/gateway/bounce_profiles.hpp"
#include "serve/gateway/lanes.hpp"
#include "serve/tlsreports/inbox.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace sealpost::gateway {
namespace {

// Two addresses lead to one mailbox when only the case of the domain differs. RFC 5321 §2.4: "The local-part of a mailbox
// MUST BE treated as case sensitive": it is another server's to say that Bob and bob are one.
std::string mailbox_of(const std::string& address)
{
    const std::size_t at = address.rfind('@') + 1;
    return address.substr(0, at) + ascii_lower(address.substr(at));
}

// Every recipient that the client named, and whom aliases lead to: each once, with what anybody who led there wants to
// hear. RFC 5321 §4.1.1.3 lets a client name one twice; a domain map makes one of two names, too.
std::vector<queue::NewRecipient> list_recipients(const std::vector<IntakeRecipient>& recipients)
{
    std::vector<queue::NewRecipient> out;
    std::map<std::string, std::size_t> known;  // where in `out`
    const auto take = [&](const std::string& address, const std::string& notify, const std::string& orcpt) {
        const auto [at, is_new] = known.try_emplace(mailbox_of(address), out.size());
        if (is_new)
            out.push_back({address, notify, orcpt});
        else
            out[at->second].notify = unite_notify(out[at->second].notify, notify);
    };
    for (const auto& recipient : recipients)
        if (!recipient.is_alias) take(recipient.address, recipient.rcpt.notify, recipient.rcpt.orcpt);
    for (const auto& recipient : recipients) {
        if (!recipient.is_alias) continue;
        for (std::size_t i = 0; i < recipient.stands_for.size(); ++i)
            take(recipient.stands_for[i], notify_of_alias(recipient.rcpt.notify, i), recipient.rcpt.orcpt);
    }
    return out;
}

// Where mail to this address is read as reports of others.
std::optional<std::string_view> find_report_lane(const Client& client, const std::string& address)
{
    if (client.is_outgoing()) return std::nullopt;
    if (dmarcreports::is_report_inbox(address, client.parts->report_inbox)) return queue::dmarc_report_lane;
    if (dmarcreports::is_report_inbox(address, client.parts->tls_report_inbox)) return queue::tls_report_lane;
    return std::nullopt;
}

// RFC 8689 §3: the value is "No", and nothing else has a meaning. Comments are so rare that a value with one counts as
// none, which is the stronger choice; so are two fields.
bool asks_for_no_tls(const policy::MessageFacts& facts)
{
    const auto is_field = [](const auto& header) { return iequals(header.first, "TLS-Required"); };
    if (std::ranges::count_if(facts.headers, is_field) != 1) return false;
    return iequals(trim(std::ranges::find_if(facts.headers, is_field)->second), "no");
}

// What an envelope has no room for becomes another one.
void add_in_portions(std::vector<queue::NewMessage>& out, queue::NewMessage message)
{
    const bool is_sealed = message.lane == seal_lane || message.lane == seal_unless_tls_lane;
    if (!is_sealed || message.recipients.size() <= sealer::max_recipients) return out.push_back(std::move(message));
    constexpr auto most = static_cast<std::ptrdiff_t>(sealer::max_recipients);
    auto rest = std::exchange(message.recipients, {});
    for (auto at = rest.begin(); at != rest.end();) {
        const auto end = at + std::min(most, rest.end() - at);
        message.recipients.assign(std::make_move_iterator(at), std::make_move_iterator(end));
        out.push_back(message);
        at = end;
    }
}

// RFC 6531 §3.4: who says SMTPUTF8 need not have meant it, and the next host need not have it. Header fields of parts inside are
// not looked for: what they hold passes any host that takes 8BITMIME.
bool needs_smtputf8(const policy::MessageFacts& facts, const queue::NewMessage& message)
{
    const auto is_plain = [](const queue::NewRecipient& recipient) { return mail::is_ascii(recipient.address); };
    const auto is_plain_field = [](const auto& field) { return mail::is_ascii(field.first) && mail::is_ascii(field.second); };
    return !mail::is_ascii(message.sender) || !std::ranges::all_of(message.recipients, is_plain) ||
           !std::ranges::all_of(facts.headers, is_plain_field);
}

}  // namespace

std::string notify_of_alias(const std::string& notify, std::size_t index)
{
    if (index == 0) return notify;
    std::vector<std::string> kept;
    for (const auto word : split(notify, ','))
        if (word != "SUCCESS") kept.emplace_back(word);
    return kept.empty() ? "NEVER" : join(kept, ",");
}

std::string unite_notify(const std::string& one, const std::string& other)
{
    if (one == other || other == "NEVER") return one;
    if (one == "NEVER") return other;
    // RFC 3461 §4.1: without NOTIFY, failures are told, and delays may be.
    std::vector<std::string> words;
    for (const auto& notify : {one.empty() ? "FAILURE,DELAY" : one, other.empty() ? "FAILURE,DELAY" : other})
        for (const auto word : split(notify, ','))
            if (std::find(words.begin(), words.end(), word) == words.end()) words.emplace_back(word);
    return join(words, ",");
}

Sorted sort_into_lanes(const Client& client, const Origin& origin, const policy::MessageFacts& facts,
                       const smtp::MailFrom& envelope, const std::vector<IntakeRecipient>& recipients)
{
    IntakeFacts intake{origin.id, client.is_outgoing(), client.parameters().dkim_sign};
    intake.message_id = origin.message_id;
    // RFC 8689 §4.1: with REQUIRETLS the field counts for nothing.
    intake.tls_not_required = !envelope.require_tls && asks_for_no_tls(facts);
    // One moment for all: an expiry relative to it is part of the facts, which recipients of one message share.
    const WallTime now = client.parts->clock->now();
    std::map<std::array<std::string, 4>, queue::NewMessage> lanes;
    Sorted sorted;
    policy::MessageEncryption encryption(*client.policy, facts);
    for (auto& recipient : list_recipients(recipients)) {
        const auto decision = encryption.decide(recipient.address);
        sorted.ruling = policy::decide_sealing(decision, now);
        if (sorted.ruling.is_refusal()) return sorted;
        sorted.sealings[ascii_lower(recipient.address)] = {decision.action, decision.action_from};
        const auto report_lane = find_report_lane(client, recipient.address);
        std::string lane(report_lane.value_or(choose_lane(decision.action)));
        intake.author = report_lane ? std::string_view(origin.author) : std::string_view();
        std::string facts_text = format_facts(intake, decision, now);
        const std::string domain = queue::domain_of(recipient.address);
        const auto plan =
            choose_bounce_plan(*client.policy, client.parameters().bounce_profile, domain, decision.action, client.parts->retry);
        client.parts->log.info("gateway.decided", {{"transaction", origin.id},
                                                   {"recipient", recipient.address},
                                                   {"action", policy::format_seal_action(decision.action)},
                                                   {"from", decision.action_from}});
        auto& message = lanes[{lane, facts_text, queue::format_bounce_plan(plan), lane == relay_lane ? domain : ""}];
        message.lane = std::move(lane);
        message.facts = std::move(facts_text);
        message.plan = plan;
        message.recipients.push_back(std::move(recipient));
    }
    for (auto& [key, message] : lanes) {
        message.sender = facts.sender;
        message.envid = envelope.envid;
        message.ret = envelope.ret;
        message.smtputf8 = envelope.smtputf8 && needs_smtputf8(facts, message);
        message.require_tls = envelope.require_tls;
        add_in_portions(sorted.messages, std::move(message));
    }
    return sorted;
}

}  // namespace sealpost::gateway
