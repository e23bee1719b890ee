#include "serve/replies/service_mail.hpp"

#include "core/queue/answering.hpp"
#include "serve/reader/outbox.hpp"
#include "serve/replies/late_forward.hpp"
#include "serve/replies/message_facts.hpp"
#include "serve/replies/renamed_content.hpp"
#include "serve/replies/service_outbox.hpp"
#include "wire/mail/cut_text.hpp"
#include "wire/mail/mailbox.hpp"
#include "wire/mail/utf8.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>

namespace sealpost::replies {

using domains::OnFailure;
using domains::ReplyWay;
using queue::DueMessage;
using queue::RecipientOutcome;
using queue::Report;
using Kind = RecipientOutcome::Kind;

constexpr std::size_t most_shown = 1000;  // octets of what a host said, on the portal

// A message as it leaves now.
struct ServiceMail::Departure {
    DueMessage message;                                             // with what MAIL FROM says as its sender
    courier::Sending sending;                                       // with a new head where the queued one no longer holds
    std::optional<sealer::NotificationNames> names = std::nullopt;  // of an envelope made of it
    std::string judgement = {};                                     // for tracking; empty: nothing was asked
};

// The recipients of a reply, by what their domains decided.
struct ServiceMail::Split {
    DueMessage verified;         // clear form inside verified TLS …
    std::vector<ReplyWay> ways;  // … or what each of their domains chose instead
    DueMessage sealed;
};

namespace {

// A host that starts anew cuts handshakes. One that still does then, or whoever cuts them in its place, is not to keep the
// writer waiting.
constexpr std::chrono::hours lost_tls_patience{1};

// The person under whose name a message waits in the queue; empty: it is under the service's own.
Result<std::string> find_person(const DueMessage& message, const std::string& service)
{
    if (message.lane == queue::service_notification_lane) return message.sender == service ? std::string() : message.sender;
    if (message.lane != queue::reply_lane) return std::string();
    SEALPOST_TRY(auto facts, parse_message_facts(message.facts));
    return facts.sent_as == identity::SentAs::person ? std::move(facts.person) : std::string();
}

void add_judgement(Report& report, const std::string& judgement)
{
    if (judgement.empty()) return;
    const auto value = boost::json::parse(judgement);
    for (auto& outcome : report.outcomes) {
        boost::system::error_code error;
        auto facts = boost::json::parse(outcome.facts, error);
        boost::json::object object = error || !facts.is_object() ? boost::json::object() : std::move(facts.get_object());
        object["identity"] = value;
        outcome.facts = boost::json::serialize(object);
    }
}

// It waited longer than its retry plan has it: for an operator, or for a service that was stopped.
bool is_dead_code(const DueMessage& message, WallTime now)
{
    return message.facts == code_facts && now - message.accepted_at >= people::Codes::lifetime;
}

// TLS did not verify at any host of the domain, and the domain does not want an envelope in that case.
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
    // What another role left behind may be waiting to be sealed: it never goes out as it is.
    if (!queue::is_service_lane(message.lane) && message.lane != queue::bounce_lane)
        co_return queue::retry_all(message, "4.3.0", "no role of this node delivers the lane " + message.lane);
    if (message.lane == queue::service_notification_lane) {
        // RFC 3463 §3.5: "Delivery time expired"
        if (is_dead_code(message, parts_.queue->now()))
            co_return queue::report_all(message, Kind::failed, "5.4.7", "the code in it is no longer valid");
        auto stopped = co_await parts_.sealer->check_notification(message);
        if (stopped) co_return std::move(*stopped);
    }
    auto departure = co_await prepare(message);
    if (departure.has_error()) co_return queue::retry_all(message, "4.3.0", departure.error().text);
    const std::string judgement = departure->judgement;
    auto report = co_await depart(std::move(*departure));
    add_judgement(report, judgement);
    co_return report;
}

Task<Report> ServiceMail::depart(Departure departure)
{
    if (departure.message.lane == queue::reply_lane) {
        auto report = co_await carry_reply(std::move(departure));
        co_return report;
    }
    auto report = co_await carry(std::move(departure));
    co_return report;
}

Task<Result<ServiceMail::Departure>> ServiceMail::prepare(DueMessage message)
{
    SEALPOST_CO_TRY(auto person, find_person(message, parts_.sender));
    Departure departure{std::move(message), parts_.sending};
    if (!person.empty()) SEALPOST_CO_CHECK(co_await put_under_name(departure, std::move(person)));
    // Reports of other hosts travel as ordinary mail, and to mailboxes that need not hold the reply in clear form.
    if (departure.message.lane == queue::reply_lane) departure.message.ret = "HDRS";
    co_return departure;
}

// It was written under the person's name, perhaps days ago: whether it may still leave so is asked again,
// and if not, its head gets the service's names on the way out. Nothing of it is signed before that.
Task<Result<>> ServiceMail::put_under_name(Departure& departure, std::string person)
{
    DueMessage& message = departure.message;
    const auto judgement = co_await parts_.judge->judge(person);
    const auto names = parts_.judge->choose_names(judgement, person);
    departure.judgement = boost::json::serialize(identity::to_json(judgement));
    departure.names = sealer::NotificationNames{names.from, names.reply_to};
    message.sender = names.envelope_sender;
    if (judgement.sent_as == identity::SentAs::person) co_return Result<>();
    parts_.log.warning("replies.name_withdrawn", {{"message", message.id.value()},
                                                  {"domain", judgement.evidence.domain},
                                                  {"reason", identity::format_reason(judgement.reason)}});
    SEALPOST_CO_TRY(departure.sending.content, co_await rename_content(parts_.queue, message, names));
    co_return Result<>();
}

Task<Report> ServiceMail::carry(Departure departure)
{
    const bool is_report = departure.message.lane == queue::service_report_lane;
    const queue::MessageId id = departure.message.id;
    const auto plan_domain = [this, is_report](const std::string&) {
        courier::DomainPlan plan;
        plan.from = parts_.from;
        // A code that is read on its way is as good as the mailbox. RFC 8460 §3: a report leaves also where TLS fails.
        plan.tls = is_report ? courier::TlsDemand::preferred : courier::TlsDemand::mta_sts;
        return plan;
    };
    if (is_report) departure.sending.tells_tls = false;  // the next report does not tell of this one
    auto carried = co_await courier::carry_by_domain(*parts_.courier, parts_.queue, std::move(departure.message),
                                                     std::move(departure.sending), plan_domain);
    Report report;
    std::map<std::string, std::string> stopped;
    for (const auto& domain : carried) {
        for (std::size_t i = 0; i < domain.recipients.size(); ++i) {
            report.outcomes.push_back(courier::to_outcome(domain, i));
            const auto& result = domain.report.recipients[i];
            if (!is_report && result.tls_unmet) stopped.try_emplace(domain.domain, result.reply.text());
        }
    }
    try {
        if (!stopped.empty()) co_await note_stopped(id, std::move(stopped));
    } catch (const std::exception& failure) {
        // Broken off, perhaps at the end of a drain: who was reached stays reached.
        parts_.log.warning("replies.broke_off", {{"message", id.value()}, {"problem", failure.what()}});
    }
    co_return report;
}

// The portal shows what was said, and the domain is tested again: a reply would fare no better.
Task<void> ServiceMail::note_stopped(queue::MessageId id, std::map<std::string, std::string> problems)
{
    for (const auto& [domain, said] : problems) {
        std::string problem = mail::clean_utf8(said, mail::Controls::none);
        mail::cut_text(problem, most_shown);
        parts_.log.warning("replies.tls_unmet", {{"message", id.value()}, {"domain", domain}, {"problem", problem}});
        [[maybe_unused]] auto noted = co_await parts_.domains->note_failed_delivery(domain, problem);
    }
}

Task<Result<ServiceMail::Split>> ServiceMail::split_by_way(DueMessage message)
{
    Split split{message, {}, message};
    split.verified.recipients.clear();
    split.sealed.recipients.clear();
    for (const auto& recipient : message.recipients) {
        auto way = co_await parts_.domains->decide_reply_way(mail::domain_of(recipient.address));
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

Task<Report> ServiceMail::carry_reply(Departure departure)
{
    auto stopped = co_await check_forward(parts_.keys, departure.message, parts_.log);
    if (stopped) co_return std::move(*stopped);
    auto split = co_await split_by_way(departure.message);
    if (split.has_error()) co_return queue::retry_all(departure.message, "4.3.0", split.error().text);
    Report report;
    const queue::MessageId id = departure.message.id;
    DueMessage to_seal = std::move(split->sealed);
    try {
        if (!split->verified.recipients.empty()) {
            departure.message = std::move(split->verified);
            co_await carry_verified(departure, std::move(split->ways), report, to_seal);
        }
        if (!to_seal.recipients.empty()) {
            departure.message = std::move(to_seal);
            auto sealed = co_await seal(std::move(departure));
            queue::append(report, std::move(sealed));
        }
    } catch (const std::exception& failure) {
        if (report.outcomes.empty()) throw;
        // Broken off, perhaps at the end of a drain: who was reached stays reached, the rest is tried again.
        parts_.log.warning("replies.broke_off", {{"message", id.value()}, {"problem", failure.what()}});
    }
    co_return report;
}

Task<void> ServiceMail::carry_verified(Departure departure, std::vector<ReplyWay> ways, Report& report, DueMessage& to_seal)
{
    const DueMessage& message = departure.message;
    const auto plan_domain = [this](const std::string&) {
        courier::DomainPlan plan;
        plan.tls = courier::TlsDemand::proven;  // as the domain test judged (decision 35)
        plan.from = parts_.from;
        return plan;
    };
    std::vector<int> indices;
    for (const auto& recipient : message.recipients) indices.push_back(recipient.index);
    auto carried = co_await courier::carry_by_domain(*parts_.courier, parts_.queue, message, departure.sending, plan_domain);
    const bool is_patient = parts_.queue->now() < message.accepted_at + lost_tls_patience;
    std::map<std::string, std::string> unmet;  // domain, what stood in the way
    for (const auto& domain : carried) {
        for (std::size_t i = 0; i < domain.recipients.size(); ++i) {
            auto outcome = courier::to_outcome(domain, i);
            const courier::RecipientResult& result = domain.report.recipients[i];
            if (!result.tls_unmet) {
                report.outcomes.push_back(std::move(outcome));
                continue;
            }
            unmet.try_emplace(domain.domain, domain.report.recipients.front().reply.text());
            const auto at = std::find(indices.begin(), indices.end(), domain.recipients[i].index) - indices.begin();
            const OnFailure choice = ways[static_cast<std::size_t>(at)].on_failure;
            if (choice == OnFailure::envelope)
                to_seal.recipients.push_back(domain.recipients[i]);
            else if (result.tls_unmet_everywhere && !(result.tls_lost && is_patient))
                report.outcomes.push_back(settle_unmet(std::move(outcome), choice));
            else
                report.outcomes.push_back(std::move(outcome));  // the host that proves itself may be there again soon
        }
    }
    // When all is in the report: a wait may be the end.
    co_await note_stopped(message.id, std::move(unmet));
}

Task<Report> ServiceMail::seal(Departure departure)
{
    auto facts = parse_message_facts(departure.message.facts);
    if (facts.has_error()) co_return queue::retry_all(departure.message, "4.3.0", facts.error().text);
    sealer::SealOrder order;
    order.plan.profile = facts->envelope_id.empty() ? "compose" : "reply";
    order.plan.subject = facts->subject;
    // The subject is content, as that is which it answers, shown after release only: no notification tells it.
    order.plan.neutral_subject = true;
    order.plan.receipt = false;  // the sender of a sealed reply is the service itself
    // From and MAIL FROM of the notification are of one domain, as those of the reply would be.
    order.notification_sender = departure.message.sender;
    order.notification_names = std::move(departure.names);
    order.notification_lane = queue::service_notification_lane;
    order.related_envelope = facts->envelope_id;
    order.account = facts->account;
    order.forwards = facts->mode == reader::format_message_mode(reader::MessageMode::forward);
    auto person = mail::parse_mailbox(facts->person);
    if (person.has_value()) order.author = mail::NamedMailbox{"", *person};
    order.message = std::move(departure.message);
    auto report = co_await parts_.sealer->seal(std::move(order));
    co_return report;
}

}  // namespace sealpost::replies
