#include "serve/gateway/outgoing_mail.hpp"

#include "serve/gateway/lanes.hpp"

#include <algorithm>

namespace sealpost::gateway {

using queue::DueMessage;
using queue::Report;
using Kind = queue::RecipientOutcome::Kind;

namespace {

courier::TlsDemand to_demand(policy::TlsLevel level)
{
    switch (level) {
        case policy::TlsLevel::none: return courier::TlsDemand::none;
        case policy::TlsLevel::preferred: return courier::TlsDemand::preferred;
        case policy::TlsLevel::required: return courier::TlsDemand::required;
        case policy::TlsLevel::preferred_verify: return courier::TlsDemand::preferred_verify;
        case policy::TlsLevel::required_verify: return courier::TlsDemand::required_verify;
    }
    return courier::TlsDemand::required_verify;
}

courier::AddressFamily to_family(policy::AddressFamily family)
{
    switch (family) {
        case policy::AddressFamily::prefer_v6: return courier::AddressFamily::prefer_v6;
        case policy::AddressFamily::require_v6: return courier::AddressFamily::require_v6;
        case policy::AddressFamily::prefer_v4: return courier::AddressFamily::prefer_v4;
        case policy::AddressFamily::require_v4: return courier::AddressFamily::require_v4;
    }
    return courier::AddressFamily::prefer_v6;
}

courier::Restraint to_restraint(const policy::Destination& destination)
{
    courier::Restraint restraint;
    restraint.family = to_family(destination.family);
    restraint.max_connections = destination.max_connections;
    restraint.max_messages_per_connection = destination.max_messages_per_connection;
    restraint.max_recipients = destination.max_recipients;
    restraint.recipient_period = std::chrono::minutes(destination.recipient_minutes);
    return restraint;
}

void add_outcomes(Report& report, const std::vector<courier::DomainCarried>& carried)
{
    for (const auto& domain : carried)
        for (std::size_t i = 0; i < domain.recipients.size(); ++i) report.outcomes.push_back(courier::to_outcome(domain, i));
}

void append(Report& report, Report more)
{
    std::move(more.outcomes.begin(), more.outcomes.end(), std::back_inserter(report.outcomes));
    std::move(more.replacements.begin(), more.replacements.end(), std::back_inserter(report.replacements));
}

Report retry_all(const DueMessage& message, const std::string& code, const std::string& why)
{
    Report report;
    for (const auto& recipient : message.recipients) report.outcomes.push_back({recipient.index, Kind::retry, code, why, "", ""});
    return report;
}

// Recipients whose domain has a route to nowhere are done; they leave the message.
Report take_discarded(const policy::Snapshot& policy, DueMessage& message)
{
    Report report;
    std::erase_if(message.recipients, [&](const queue::DueRecipient& recipient) {
        const auto* route = policy.find_route(courier::domain_of(recipient.address));
        if (!route || route->kind != policy::Route::Kind::discard) return false;
        report.outcomes.push_back({recipient.index, Kind::delivered, "2.0.0", "discarded by the route", "", ""});
        return true;
    });
    return report;
}

}  // namespace

Task<Report> OutgoingMail::deliver(DueMessage message)
{
    if (message.lane == seal_lane) {
        auto report = co_await seal(std::move(message));
        co_return report;
    }
    if (message.lane == seal_unless_tls_lane) {
        auto report = co_await carry_or_seal(std::move(message));
        co_return report;
    }
    // A lane that is not ours may hold what must not leave in clear form.
    if (message.lane != relay_lane && message.lane != notification_lane && message.lane != bounce_lane)
        co_return retry_all(message, "4.3.0", "no role of this node delivers the lane " + message.lane);
    auto report = co_await carry(std::move(message));
    co_return report;
}

courier::DomainPlan OutgoingMail::plan(const policy::Snapshot& policy, const std::string& domain) const
{
    courier::DomainPlan plan;
    const policy::Destination& destination = policy.find_destination(domain);
    plan.tls = to_demand(destination.tls);
    plan.restraint = to_restraint(destination);
    plan.from = parts_.from;
    const auto* route = policy.find_route(domain);
    if (!route || route->kind != policy::Route::Kind::hosts) return plan;
    for (const auto& host : route->hosts) plan.route.push_back({host.host, host.port, static_cast<int>(host.priority), nullptr});
    return plan;
}

// Only what this node and our own people say is signed: mail from outside is not our word. What it was when it came
// in is, and that is sealed.
courier::Sending OutgoingMail::sending_of(const DueMessage& message) const
{
    courier::Sending sending = parts_.sending;
    if (message.lane == notification_lane || message.lane == bounce_lane) return sending;
    const auto facts = read_facts(message.facts);
    if (!facts.outgoing || !facts.dkim_sign) sending.signer = nullptr;
    if (facts.outgoing) return sending;
    sending.sealer = parts_.chain_sealer;
    return sending;
}

Task<Report> OutgoingMail::carry(DueMessage message)
{
    const auto policy = parts_.policy->current();
    Report report = take_discarded(*policy, message);
    auto sending = sending_of(message);
    auto carried = co_await courier::carry_by_domain(*parts_.courier, parts_.queue, std::move(message), std::move(sending),
                                                     [&](const std::string& domain) { return plan(*policy, domain); });
    add_outcomes(report, carried);
    co_return report;
}

Task<Report> OutgoingMail::seal(DueMessage message)
{
    auto plan = parse_plan(message.facts);
    const bool possible = parts_.sealer && plan.has_value();
    if (!possible) {
        const std::string why = plan.has_error() ? plan.error().text : "this gateway has no envelope service configured";
        co_return retry_all(message, "4.3.5", "cannot seal the message: " + why);
    }
    sealer::SealOrder order;
    order.plan = std::move(*plan);
    order.notification_sender = message.sender;
    order.message = std::move(message);
    auto report = co_await parts_.sealer->seal(std::move(order));
    co_return report;
}

// Clear form, but only inside TLS that verifies; who cannot be reached so gets an envelope.
Task<Report> OutgoingMail::carry_or_seal(DueMessage message)
{
    const auto policy = parts_.policy->current();
    const auto verified_plan = [&](const std::string& domain) {
        auto verified = plan(*policy, domain);
        verified.tls = courier::TlsDemand::required_verify;
        return verified;
    };
    Report report = take_discarded(*policy, message);
    auto sending = sending_of(message);
    auto carried = co_await courier::carry_by_domain(*parts_.courier, parts_.queue, message, std::move(sending), verified_plan);
    DueMessage rest = std::move(message);
    rest.recipients.clear();
    for (const auto& domain : carried) {
        for (std::size_t i = 0; i < domain.recipients.size(); ++i) {
            if (domain.report.recipients[i].tls_unmet)
                rest.recipients.push_back(domain.recipients[i]);
            else
                report.outcomes.push_back(courier::to_outcome(domain, i));
        }
    }
    if (rest.recipients.empty()) co_return report;
    parts_.log.info("gateway.tls_unmet", {{"message", rest.id.value()}, {"sealed_recipients", rest.recipients.size()}});
    auto sealed = co_await seal(std::move(rest));
    append(report, std::move(sealed));
    co_return report;
}

}  // namespace sealpost::gateway
