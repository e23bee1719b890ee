#include "serve/gateway/lane_sorting.hpp"

#include "base/text.hpp"
#include "core/queue/retry.hpp"
#include "serve/dmarcreports/inbox.hpp"
#include "serve/gateway/bounce_profiles.hpp"
#include "serve/gateway/lanes.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace sealpost::gateway {
namespace {

// Every recipient that the client named, and whom aliases lead to: those once only.
std::vector<queue::NewRecipient> list_recipients(const std::vector<IntakeRecipient>& recipients)
{
    std::vector<queue::NewRecipient> out;
    std::set<std::string> known;
    for (const auto& recipient : recipients)
        if (!recipient.is_alias) known.insert(ascii_lower(recipient.address));
    for (const auto& recipient : recipients) {
        const auto& [rcpt, address, is_alias, stands_for, bypass] = recipient;
        if (!is_alias) out.push_back({address, rcpt.notify, rcpt.orcpt});
        for (std::size_t i = 0; is_alias && i < stands_for.size(); ++i)
            if (known.insert(ascii_lower(stands_for[i])).second)
                out.push_back({stands_for[i], notify_of_alias(rcpt.notify, i), rcpt.orcpt});
    }
    return out;
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

std::vector<queue::NewMessage> sort_into_lanes(const Client& client, const std::string& id, const policy::MessageFacts& facts,
                                               const smtp::MailFrom& envelope, const std::vector<IntakeRecipient>& recipients)
{
    const IntakeFacts intake{id, client.is_outgoing(), client.parameters().dkim_sign, client.parameters().bounce_profile};
    std::map<std::array<std::string, 3>, queue::NewMessage> lanes;
    for (auto& recipient : list_recipients(recipients)) {
        const auto decision = client.policy->decide_encryption(facts, recipient.address);
        const bool is_report =
            !client.is_outgoing() && dmarcreports::is_report_inbox(recipient.address, client.parts->report_inbox);
        std::string lane(is_report ? dmarcreports::report_lane : choose_lane(decision.action));
        std::string facts_text = format_facts(intake, decision, client.parts->clock->now());
        const auto plan = choose_bounce_plan(*client.policy, intake.bounce_profile, queue::domain_of(recipient.address),
                                             decision.action, client.parts->retry);
        client.parts->log.info("gateway.decided", {{"message", id},
                                                   {"recipient", recipient.address},
                                                   {"action", policy::format_seal_action(decision.action)},
                                                   {"from", decision.action_from}});
        auto& message = lanes[{lane, facts_text, queue::format_bounce_plan(plan)}];
        message.lane = std::move(lane);
        message.facts = std::move(facts_text);
        message.plan = plan;
        message.recipients.push_back(std::move(recipient));
    }
    std::vector<queue::NewMessage> messages;
    for (auto& [key, message] : lanes) {
        message.sender = facts.sender;
        message.envid = envelope.envid;
        message.ret = envelope.ret;
        message.smtputf8 = envelope.smtputf8;
        messages.push_back(std::move(message));
    }
    return messages;
}

}  // namespace sealpost::gateway
