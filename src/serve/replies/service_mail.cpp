#include "serve/replies/service_mail.hpp"

#include "serve/replies/reply_facts.hpp"

#include <algorithm>

namespace sealpost::replies {

using domains::OnFailure;
using domains::ReplyWay;
using queue::DueMessage;
using queue::RecipientOutcome;
using queue::Report;
using Kind = RecipientOutcome::Kind;

// The recipients of a reply, by what their domains decided.
struct ServiceMail::Split {
    DueMessage verified;         // clear form inside verified TLS …
    std::vector<ReplyWay> ways;  // … or what each of their domains chose instead
    DueMessage sealed;
};

namespace {

Report retry_all(const DueMessage& message, const std::string& why)
{
    Report report;
    for (const auto& recipient : message.recipients)
        report.outcomes.push_back({recipient.index, Kind::retry, "4.3.0", why, "", ""});
    return report;
}

void append(Report& report, Report more)
{
    std::move(more.outcomes.begin(), more.outcomes.end(), std::back_inserter(report.outcomes));
    std::move(more.replacements.begin(), more.replacements.end(), std::back_inserter(report.replacements));
}

// TLS to the domain did not verify, and the domain does not want an envelope in that case.
RecipientOutcome settle_unmet(RecipientOutcome outcome, OnFailure choice)
{
    outcome.kind = choice == OnFailure::hold ? Kind::held : Kind::failed;
    outcome.enhanced_code = choice == OnFailure::hold ? "4.7.4" : "5.7.4";  // RFC 3463: security features not supported
    outcome.text = "TLS with a verified certificate was not possible: " + outcome.text;
    return outcome;
}

}  // namespace

Task<Report> ServiceMail::deliver(DueMessage message)
{
    if (message.lane == reply_lane) {
        auto report = co_await deliver_reply(std::move(message));
        co_return report;
    }
    // What another role left behind may be waiting to be sealed: it never goes out as it is.
    if (message.lane != notification_lane && message.lane != bounce_lane)
        co_return retry_all(message, "no role of this node delivers the lane " + message.lane);
    auto report = co_await carry(std::move(message));
    co_return report;
}

Task<Report> ServiceMail::carry(DueMessage message)
{
    const auto plan_domain = [this](const std::string&) {
        courier::DomainPlan plan;
        plan.from = parts_.from;
        return plan;
    };
    auto carried =
        co_await courier::carry_by_domain(*parts_.courier, parts_.queue, std::move(message), parts_.sending, plan_domain);
    Report report;
    for (const auto& domain : carried)
        for (std::size_t i = 0; i < domain.recipients.size(); ++i) report.outcomes.push_back(courier::to_outcome(domain, i));
    co_return report;
}

Task<Result<ServiceMail::Split>> ServiceMail::split_by_way(DueMessage message)
{
    Split split{message, {}, message};
    split.verified.recipients.clear();
    split.sealed.recipients.clear();
    for (const auto& recipient : message.recipients) {
        auto way = co_await parts_.domains->decide_reply_way(courier::domain_of(recipient.address));
        if (way.has_error()) co_return way.error();
        if (!way->tls_verified) {
            split.sealed.recipients.push_back(recipient);
            continue;
        }
        split.verified.recipients.push_back(recipient);
        split.ways.push_back(*way);
    }
    co_return split;
}

Task<Report> ServiceMail::deliver_reply(DueMessage message)
{
    auto split = co_await split_by_way(message);
    if (split.has_error()) co_return retry_all(message, split.error().text);
    Report report;
    DueMessage to_seal = std::move(split->sealed);
    if (!split->verified.recipients.empty())
        co_await carry_verified(std::move(split->verified), std::move(split->ways), report, to_seal);
    if (!to_seal.recipients.empty()) {
        auto sealed = co_await seal(std::move(to_seal));
        append(report, std::move(sealed));
    }
    co_return report;
}

Task<void> ServiceMail::carry_verified(DueMessage message, std::vector<ReplyWay> ways, Report& report, DueMessage& to_seal)
{
    const auto plan_domain = [this](const std::string&) {
        courier::DomainPlan plan;
        plan.tls = courier::TlsDemand::required_verify;
        plan.from = parts_.from;
        return plan;
    };
    std::vector<int> indices;
    for (const auto& recipient : message.recipients) indices.push_back(recipient.index);
    auto carried = co_await courier::carry_by_domain(*parts_.courier, parts_.queue, message, parts_.sending, plan_domain);
    for (const auto& domain : carried) {
        bool unmet = false;
        for (std::size_t i = 0; i < domain.recipients.size(); ++i) {
            auto outcome = courier::to_outcome(domain, i);
            if (!domain.report.recipients[i].tls_unmet) {
                report.outcomes.push_back(std::move(outcome));
                continue;
            }
            unmet = true;
            const auto at = std::find(indices.begin(), indices.end(), domain.recipients[i].index) - indices.begin();
            const OnFailure choice = ways[static_cast<std::size_t>(at)].on_failure;
            if (choice == OnFailure::envelope)
                to_seal.recipients.push_back(domain.recipients[i]);
            else
                report.outcomes.push_back(settle_unmet(std::move(outcome), choice));
        }
        if (!unmet) continue;
        const std::string problem = domain.report.recipients.empty() ? "" : domain.report.recipients.front().reply.text();
        parts_.log.warning("replies.tls_unmet",
                           {{"message", message.id.value()}, {"domain", domain.domain}, {"problem", problem}});
        [[maybe_unused]] auto noted = co_await parts_.domains->note_failed_delivery(domain.domain, problem);
    }
}

Task<Report> ServiceMail::seal(DueMessage message)
{
    auto facts = parse_reply_facts(message.facts);
    if (facts.has_error()) co_return retry_all(message, facts.error().text);
    sealer::SealOrder order;
    order.plan.profile = "reply";
    order.plan.subject = facts->subject;
    // It answers a subject that was content, shown after release only: no notification tells it.
    order.plan.neutral_subject = true;
    order.plan.receipt = false;  // the sender of a sealed reply is the service itself
    order.notification_sender = parts_.sender;
    order.notification_lane = notification_lane;
    order.related_envelope = facts->envelope_id;
    auto person = mail::parse_mailbox(facts->person);
    if (person.has_value()) order.author = mail::NamedMailbox{"", *person};
    order.message = std::move(message);
    auto report = co_await parts_.sealer->seal(std::move(order));
    co_return report;
}

}  // namespace sealpost::replies
