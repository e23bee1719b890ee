#include "serve/courier/by_domain.hpp"

#include "base/text.hpp"
#include "sys/async/in_turn.hpp"
#include "wire/mail/mailbox.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <map>

namespace sealpost::courier {
namespace json = boost::json;
namespace {

Content choose_content(const std::shared_ptr<queue::Queue>& queue, const queue::DueMessage& message, const Sending& sending)
{
    if (sending.content) return *sending.content;
    return {[queue, content = message.content] { return queue->read(content); }, static_cast<std::uint64_t>(message.size)};
}

Order make_order(const Content& content, const queue::DueMessage& message, const DomainCarried& carried, const Sending& sending,
                 DomainPlan plan)
{
    Order order;
    order.domain = carried.domain;
    order.route = std::move(plan.route);
    order.tls = plan.tls;
    order.from = std::move(plan.from);
    order.restraint = plan.restraint;
    order.helo_name = sending.helo_name;
    order.own_name = sending.own_name;
    order.mx_port = sending.mx_port;
    order.message_id = message.id.value();
    order.content = content.read;
    auto sender = mail::parse_mailbox(message.sender);
    if (sender.has_value()) order.mail.mail.sender = *sender;
    if (plan.sender) order.mail.mail.sender = *plan.sender;
    order.mail.mail.size = content.size;
    order.mail.mail.eight_bit = true;
    order.mail.mail.smtputf8 = message.smtputf8;
    order.require_tls = message.require_tls;
    order.tls_not_required = sending.tls_not_required;
    order.tells_tls = sending.tells_tls;
    order.mail.mail.ret = message.ret;
    order.mail.mail.envid = message.envid;
    for (const auto& recipient : carried.recipients) {
        smtp::RcptTo rcpt;
        auto mailbox = mail::parse_mailbox(recipient.address);
        if (mailbox.has_value()) rcpt.recipient = *mailbox;
        rcpt.notify = recipient.notify;
        rcpt.orcpt = recipient.orcpt;
        order.mail.recipients.push_back(std::move(rcpt));
    }
    return order;
}

// Content, and what kept it from being read.
class WatchedSource final : public async::ByteSource {
public:
    WatchedSource(std::unique_ptr<async::ByteSource> source, std::optional<Error>& problem)
        : source_(std::move(source)), problem_(problem)
    {
    }

    Task<Result<std::string>> next() override
    {
        auto piece = co_await source_->next();
        if (piece.has_error()) problem_ = piece.error();
        co_return piece;
    }

private:
    std::unique_ptr<async::ByteSource> source_;
    std::optional<Error>& problem_;
};

// The fields that go before the content: our signatures, or our ARC set. What cannot be signed goes without; but a store that
// is away for a moment is no reason to send what the domain's DMARC policy then has refused.
Task<Result<std::string>> make_fields(const Content& content, const Sending& sending)
{
    std::string fields;
    std::optional<Error> problem;
    if (sending.signer) {
        auto source = std::make_unique<WatchedSource>(content.read(), problem);
        fields = co_await sending.signer->sign(std::move(source));
    } else if (sending.sealer) {
        auto source = std::make_unique<WatchedSource>(content.read(), problem);
        fields = co_await sending.sealer->seal(std::move(source));
    }
    if (problem && (problem->fault == Fault::retry_later || problem->fault == Fault::cancelled)) co_return *problem;
    co_return fields;
}

void add_fields(Order& order, const std::string& fields)
{
    if (fields.empty()) return;
    order.content = put_before(fields, std::move(order.content));
    order.mail.mail.size = static_cast<std::uint64_t>(order.mail.mail.size.value_or(0) + fields.size());
}

// Nobody has been asked.
CarryReport defer_all(const DomainCarried& carried, const smtp::Reply& reply)
{
    CarryReport report;
    for (std::size_t i = 0; i < carried.recipients.size(); ++i) {
        RecipientResult& result = report.recipients.emplace_back();
        result.index = i;
        result.reply = reply;
    }
    return report;
}

std::map<std::string, DomainCarried> part_by_domain(const queue::DueMessage& message)
{
    std::map<std::string, DomainCarried> by_domain;
    for (const auto& recipient : message.recipients) {
        const std::string domain = mail::domain_of(recipient.address);
        auto& carried = by_domain[domain];
        carried.domain = domain;
        carried.recipients.push_back(recipient);
    }
    return by_domain;
}

std::vector<DomainCarried> list_carried(std::map<std::string, DomainCarried> by_domain)
{
    std::vector<DomainCarried> all;
    for (auto& [domain, carried] : by_domain) all.push_back(std::move(carried));
    return all;
}

struct DomainOrder {
    Order order;
    std::chrono::seconds time_limit{};
    CarryReport* report = nullptr;
};

Task<void> carry_one(Courier& courier, DomainOrder one)
{
    auto report = co_await courier.carry(std::move(one.order), Deadline::after(one.time_limit));
    *one.report = std::move(report);
}

json::value format_attempt(const Attempt& attempt)
{
    json::object object{{"delivery", attempt.delivery}, {"host", attempt.host}, {"endpoint", format_endpoint(attempt.endpoint)}};
    if (attempt.tls) {
        object["tls"] = json::object{{"version", attempt.tls->protocol},
                                     {"cipher", attempt.tls->cipher},
                                     {"verified", attempt.tls->verified},
                                     {"proof", format_tls_proof(attempt.tls->proof)},
                                     {"fingerprint", attempt.tls->fingerprint}};
        if (!attempt.tls->problem.empty()) object["tls_problem"] = attempt.tls->problem;
    } else {
        object["tls"] = nullptr;
    }
    return object;
}

queue::RecipientOutcome::Kind to_kind(RecipientResult::Kind kind)
{
    switch (kind) {
        case RecipientResult::Kind::delivered: return queue::RecipientOutcome::Kind::delivered;
        case RecipientResult::Kind::deferred: return queue::RecipientOutcome::Kind::retry;
        case RecipientResult::Kind::refused: return queue::RecipientOutcome::Kind::failed;
    }
    return queue::RecipientOutcome::Kind::retry;
}

}  // namespace

Task<std::vector<DomainCarried>> carry_by_domain(Courier& courier, std::shared_ptr<queue::Queue> queue, queue::DueMessage message,
                                                 Sending sending, std::function<DomainPlan(const std::string& domain)> plan)
{
    const Content content = choose_content(queue, message, sending);
    auto by_domain = part_by_domain(message);
    const auto fields = co_await make_fields(content, sending);
    if (fields.has_error()) {
        const smtp::Reply reply(451, "4.3.0", "the message cannot be read for the moment: " + fields.error().text);
        for (auto& [domain, carried] : by_domain) carried.report = defer_all(carried, reply);
        co_return list_carried(std::move(by_domain));
    }
    const smtp::Reply broken_off(451, "4.3.2", "The delivery was broken off");
    std::vector<DomainOrder> orders;
    for (auto& [domain, carried] : by_domain) {
        Order order = make_order(content, message, carried, sending, plan(domain));
        add_fields(order, *fields);
        carried.report = defer_all(carried, broken_off);  // holds when it is, and nobody knows how far it came
        const auto time_limit = sending.time_limit + carried.recipients.size() * sending.time_per_recipient;
        orders.push_back({std::move(order), time_limit, &carried.report});
    }
    const auto carry = [&courier](DomainOrder one) { return carry_one(courier, std::move(one)); };
    co_await async::each_in_turn(std::move(orders), max_domains_at_once, carry);
    co_return list_carried(std::move(by_domain));
}

queue::RecipientOutcome to_outcome(const DomainCarried& carried, std::size_t recipient)
{
    const RecipientResult& result = carried.report.recipients.at(recipient);
    queue::RecipientOutcome outcome;
    outcome.index = carried.recipients.at(recipient).index;
    outcome.kind = to_kind(result.kind);
    outcome.postponed_for = result.postponed_for;
    outcome.enhanced_code = result.reply.enhanced;
    outcome.text = smtp::format_reply_line(result.reply);
    outcome.is_own_word = result.is_own_word;
    if (result.attempt) {
        const Attempt& attempt = carried.report.attempts.at(*result.attempt);
        outcome.remote_host = attempt.host;
        outcome.passed_notify_on = attempt.takes_dsn;
        outcome.facts = json::serialize(format_attempt(attempt));
        outcome.delivery = attempt.delivery;
    }
    return outcome;
}

}  // namespace sealpost::courier
