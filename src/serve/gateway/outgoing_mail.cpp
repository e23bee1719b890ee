#include "serve/gateway/outgoing_mail.hpp"

#include "core/queue/answering.hpp"
#include "serve/gateway/lanes.hpp"
#include "wire/mail/mailbox.hpp"

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
        case policy::TlsLevel::dane: return courier::TlsDemand::dane;
        case policy::TlsLevel::dane_required: return courier::TlsDemand::dane_required;
        case policy::TlsLevel::mta_sts: return courier::TlsDemand::mta_sts;
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

// A password goes out inside TLS only, and where the destination wants a proof, to a proven host only.
courier::TlsDemand with_login(courier::TlsDemand demand)
{
    switch (demand) {
        case courier::TlsDemand::none:
        case courier::TlsDemand::preferred: return courier::TlsDemand::required;
        case courier::TlsDemand::preferred_verify: return courier::TlsDemand::required_verify;
        // Where nothing is published these two would go on as `preferred`.
        case courier::TlsDemand::dane:
        case courier::TlsDemand::mta_sts: return courier::TlsDemand::proven;
        case courier::TlsDemand::required:
        case courier::TlsDemand::required_verify:
        case courier::TlsDemand::dane_required:
        case courier::TlsDemand::proven: break;
    }
    return demand;
}

// Clear form in place of an envelope goes to a proven host only.
courier::TlsDemand with_proof(courier::TlsDemand demand)
{
    return demand == courier::TlsDemand::dane_required ? demand : courier::TlsDemand::proven;
}

// RFC 8460 wants reports delivered whatever fails about TLS. A report goes to the domain's own hosts,
// and tells what they know already; a route of ours keeps what it demands.
courier::TlsDemand of_report(courier::TlsDemand demand)
{
    return demand == courier::TlsDemand::none ? demand : courier::TlsDemand::preferred;
}

// Sealing asks no destination, and one envelope is for all: it waits only where nobody would hear of it.
bool waits_whole(const policy::Snapshot& policy, const DueMessage& message)
{
    return std::ranges::all_of(message.recipients, [&](const queue::DueRecipient& recipient) {
        return policy.is_suspended(mail::domain_of(recipient.address));
    });
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
        co_return queue::retry_all(message, "4.3.0", "no role of this node delivers the lane " + message.lane);
    auto report = co_await carry(std::move(message));
    co_return report;
}

// Recipients who need no connection leave the message: those whose route leads nowhere are done, and those whose
// route wants a login that this node does not have wait for its administrator.
Report OutgoingMail::take_apart(const policy::Snapshot& policy, DueMessage& message) const
{
    Report report;
    std::erase_if(message.recipients, [&](const queue::DueRecipient& recipient) {
        if (policy.is_suspended(mail::domain_of(recipient.address))) {
            report.outcomes.push_back(queue::postpone_suspended(recipient));
            return true;
        }
        const auto* route = policy.find_route(mail::domain_of(recipient.address));
        if (route && route->kind == policy::Route::Kind::discard) {
            queue::RecipientOutcome gone{recipient.index, Kind::delivered, "2.0.0", "discarded by the route", "", ""};
            gone.passed_notify_on = true;  // nobody is told: a report of success would not be so
            report.outcomes.push_back(std::move(gone));
            return true;
        }
        if (!route || route->login.empty() || find_login(route->login)) return false;
        parts_.log.error("delivery.login_unknown",
                         {{"message", message.id.value()}, {"route", route->domain}, {"login", route->login}});
        report.outcomes.push_back(
            {recipient.index, Kind::retry, "4.3.5", "this node does not have the login of the route", "", ""});
        return true;
    });
    return report;
}

std::function<courier::DomainPlan(const std::string&)> OutgoingMail::make_planner(std::shared_ptr<const policy::Snapshot> policy,
                                                                                  const DueMessage& message) const
{
    const auto facts = read_facts(message.facts);
    const bool is_ours = message.lane == notification_lane || facts.outgoing;
    const auto sender = mail::parse_mailbox(message.sender);
    return [this, policy = std::move(policy), is_ours, is_report = facts.tls_report, sender](const std::string& domain) {
        auto planned = plan(*policy, domain);
        if (is_report && planned.route.empty()) planned.tls = of_report(planned.tls);
        if (is_ours && sender.has_value())
            planned.sender = tag_sender(parts_.bounce_keys.get(), *policy, *sender, domain, parts_.queue->now());
        return planned;
    };
}

std::shared_ptr<const courier::Login> OutgoingMail::find_login(const std::string& name) const
{
    return parts_.logins ? parts_.logins->find(name) : nullptr;
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
    const auto login = find_login(route->login);
    if (login) plan.tls = with_login(plan.tls);
    for (const auto& host : route->hosts)
        plan.route.push_back({host.host, host.port, static_cast<int>(host.priority), login, host.by_mx});
    return plan;
}

// Only what this node and our own people say is signed: mail from outside is not our word. What it was when it came
// in is, and that is sealed.
courier::Sending OutgoingMail::sending_of(const DueMessage& message) const
{
    courier::Sending sending = parts_.sending;
    if (message.lane == notification_lane || message.lane == bounce_lane) return sending;
    const auto facts = read_facts(message.facts);
    sending.tls_not_required = facts.tls_not_required;
    sending.tells_tls = !facts.tls_report;
    if (!facts.outgoing || !facts.dkim_sign) sending.signer = nullptr;
    if (facts.outgoing) return sending;
    sending.sealer = parts_.chain_sealer;
    return sending;
}

Task<Report> OutgoingMail::carry(DueMessage message)
{
    const auto policy = parts_.policy->current();
    Report report = take_apart(*policy, message);
    if (message.lane == notification_lane && parts_.sealer) {
        auto stopped = co_await parts_.sealer->check_notification(message);
        if (stopped) {
            queue::append(report, std::move(*stopped));
            co_return report;
        }
    }
    auto sending = sending_of(message);
    auto planner = make_planner(policy, message);
    auto carried = co_await courier::carry_by_domain(*parts_.courier, parts_.queue, std::move(message), std::move(sending),
                                                     std::move(planner));
    add_outcomes(report, carried);
    co_return report;
}

Task<Report> OutgoingMail::seal(DueMessage message)
{
    auto plan = parse_plan(message.facts);
    // It waited, for the service or for an operator, until nobody could have opened it any more.
    if (plan.has_value() && plan->expires_at && *plan->expires_at <= parts_.queue->now())
        co_return queue::report_all(message, Kind::failed, "5.4.7", "the envelope's expiry was over before it could be sealed");
    if (waits_whole(*parts_.policy->current(), message)) {
        Report report;
        for (const auto& recipient : message.recipients) report.outcomes.push_back(queue::postpone_suspended(recipient));
        co_return report;
    }
    const bool possible = parts_.sealer && plan.has_value();
    if (!possible) {
        const std::string why = plan.has_error() ? plan.error().text : "this gateway has no envelope service configured";
        co_return queue::retry_all(message, "4.3.5", "cannot seal the message: " + why);
    }
    sealer::SealOrder order;
    order.plan = std::move(*plan);
    // The envelope stands in for the demand (doc/decisions/0037): its notification may meet hosts without REQUIRETLS,
    // and tells them nothing but addresses.
    if (message.require_tls) order.plan.neutral_subject = true;
    order.notification_sender = message.sender;
    order.message = std::move(message);
    auto report = co_await parts_.sealer->seal(std::move(order));
    co_return report;
}

// Clear form, but only inside TLS with a proven host; who cannot be reached so gets an envelope.
Task<Report> OutgoingMail::carry_or_seal(DueMessage message)
{
    const auto policy = parts_.policy->current();
    const auto verified_plan = [planner = make_planner(policy, message)](const std::string& domain) {
        auto verified = planner(domain);
        verified.tls = with_proof(verified.tls);
        return verified;
    };
    Report report = take_apart(*policy, message);
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
    const queue::MessageId id = rest.id;
    parts_.log.info("gateway.tls_unmet", {{"message", id.value()}, {"sealed_recipients", rest.recipients.size()}});
    try {
        auto sealed = co_await seal(std::move(rest));
        queue::append(report, std::move(sealed));
    } catch (const std::exception& failure) {
        if (report.outcomes.empty()) throw;
        // Broken off, perhaps at the end of a drain: who was reached stays reached, the rest is tried again.
        parts_.log.warning("gateway.sealing_broke_off", {{"message", id.value()}, {"problem", failure.what()}});
    }
    co_return report;
}

}  // namespace sealpost::gateway
