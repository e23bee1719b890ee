#include "serve/courier/by_domain.hpp"

#include "base/text.hpp"
#include "sys/async/task_group.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
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
    order.from = plan.from;
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

// The fields that go before the content: our signatures, or our ARC set.
Task<std::string> make_fields(const Content& content, const Sending& sending)
{
    std::string fields;
    if (sending.signer) {
        auto source = content.read();
        fields = co_await sending.signer->sign(std::move(source));
    } else if (sending.sealer) {
        auto source = content.read();
        fields = co_await sending.sealer->seal(std::move(source));
    }
    co_return fields;
}

void add_fields(Order& order, const std::string& fields)
{
    if (fields.empty()) return;
    order.content = put_before(fields, std::move(order.content));
    order.mail.mail.size = static_cast<std::uint64_t>(order.mail.mail.size.value_or(0) + fields.size());
}

// What holds when the carrying is broken off, and nobody knows how far it came.
CarryReport expect_nothing(const DomainCarried& carried)
{
    CarryReport report;
    for (std::size_t i = 0; i < carried.recipients.size(); ++i) {
        RecipientResult& result = report.recipients.emplace_back();
        result.index = i;
        result.reply = {451, "4.3.2", "The delivery was broken off"};
    }
    return report;
}

// What is to be carried where, and how far it has come.
struct Round {
    std::vector<Order> orders;
    std::vector<std::chrono::seconds> time_limits;  // one each, in the same order
    std::vector<DomainCarried> carried;             // likewise
    std::size_t next = 0;
};

// One of several that take turns: the next domain that nobody has begun, until none is left.
Task<void> carry_in_turn(Courier& courier, Round& round)
{
    while (round.next < round.orders.size()) {
        const std::size_t at = round.next++;
        auto report = co_await courier.carry(std::move(round.orders[at]), Deadline::after(round.time_limits[at]));
        round.carried[at].report = std::move(report);
    }
}

json::value format_attempt(const Attempt& attempt)
{
    json::object object{{"host", attempt.host}, {"endpoint", format_endpoint(attempt.endpoint)}};
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

std::string domain_of(const std::string& address)
{
    const auto at = address.rfind('@');
    return at == std::string::npos ? "" : ascii_lower(address.substr(at + 1));
}

Task<std::vector<DomainCarried>> carry_by_domain(Courier& courier, std::shared_ptr<queue::Queue> queue, queue::DueMessage message,
                                                 Sending sending, std::function<DomainPlan(const std::string& domain)> plan)
{
    const Content content = choose_content(queue, message, sending);
    const std::string fields = co_await make_fields(content, sending);
    std::map<std::string, DomainCarried> by_domain;
    for (const auto& recipient : message.recipients) {
        auto& carried = by_domain[domain_of(recipient.address)];
        carried.domain = domain_of(recipient.address);
        carried.recipients.push_back(recipient);
    }
    Executor executor = co_await async::this_executor();
    Round round;
    for (auto& [domain, carried] : by_domain) {
        Order order = make_order(content, message, carried, sending, plan(domain));
        add_fields(order, fields);
        round.orders.push_back(std::move(order));
        carried.report = expect_nothing(carried);
        round.time_limits.push_back(sending.time_limit + carried.recipients.size() * sending.time_per_recipient);
        round.carried.push_back(std::move(carried));
    }
    async::TaskGroup group(executor);
    const std::size_t side_by_side = std::min(round.orders.size(), max_domains_at_once);
    for (std::size_t i = 0; i < side_by_side; ++i) group.spawn(carry_in_turn(courier, round));
    co_await group.join();
    co_return std::move(round.carried);
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
    if (result.attempt) {
        const Attempt& attempt = carried.report.attempts.at(*result.attempt);
        outcome.remote_host = attempt.host;
        outcome.passed_notify_on = attempt.takes_dsn;
        outcome.facts = json::serialize(format_attempt(attempt));
    }
    return outcome;
}

}  // namespace sealpost::courier
