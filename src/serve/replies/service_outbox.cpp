#include "serve/replies/service_outbox.hpp"

#include "core/queue/own_mail.hpp"
#include "serve/courier/by_domain.hpp"
#include "serve/replies/message_facts.hpp"
#include "serve/replies/service_mail.hpp"
#include "wire/mail/mailbox.hpp"
#include "wire/mail/message_id.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/seal/texts.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>

namespace sealpost::replies {
namespace {

class QueuedMessage final : public reader::MessageDraft {
public:
    QueuedMessage(std::shared_ptr<queue::Queue> queue, std::shared_ptr<domains::Domains> domains, std::string sender)
        : queue_(std::move(queue)), domains_(std::move(domains)), sender_(std::move(sender)), content_(queue_->begin())
    {
    }

    Task<Result<>> write(std::string piece) override
    {
        auto written = co_await content_->write(std::move(piece));
        co_return written;
    }

    Task<Result<reader::MessageAccepted>> send(reader::MessageOrder order) override;

private:
    std::shared_ptr<queue::Queue> queue_;
    std::shared_ptr<domains::Domains> domains_;
    std::string sender_;
    std::unique_ptr<queue::ContentWriter> content_;
};

MessageFacts collect_facts(const reader::MessageOrder& order, std::int64_t account)
{
    MessageFacts facts;
    facts.envelope_id = order.envelope_id;
    facts.account = account;
    facts.person = order.person;
    facts.mode = reader::format_message_mode(order.mode);
    facts.subject = order.subject;
    facts.message_id = mail::clean_message_id(order.message_id);  // as the queue is asked for it
    facts.sent_as = identity::parse_sent_as(order.identity.sent_as).value_or(identity::SentAs::service);
    facts.judgement = order.identity.facts;
    return facts;
}

// RFC 6531 §3.2: the addresses stand in the head, too: recipients in To and Cc, the person in Reply-To.
bool needs_smtputf8(const reader::MessageOrder& order)
{
    return !mail::is_ascii(order.person) || !std::ranges::all_of(order.recipients, mail::is_ascii);
}

// One for each account that it goes to: what is kept for one is not another's to see, to release or to recall. What answers
// an envelope is that one's account's.
std::vector<queue::NewMessage> make_messages(const reader::MessageOrder& order, const std::string& sender)
{
    std::map<std::int64_t, queue::NewMessage> by_account;
    for (std::size_t i = 0; i < order.recipients.size(); ++i) {
        const std::int64_t account = i < order.accounts.size() ? order.accounts[i] : 0;
        by_account[account].recipients.push_back({order.recipients[i], "", ""});
    }
    std::vector<queue::NewMessage> messages;
    for (auto& [account, message] : by_account) {
        message.lane = queue::reply_lane;
        // Whom the queue's own reports go to, which quote the head: the subject is content, and no mail tells it in clear form.
        // What MAIL FROM says is chosen when the message leaves (ServiceMail).
        message.sender = sender;
        message.facts = format_message_facts(collect_facts(order, account));
        message.smtputf8 = needs_smtputf8(order);
        messages.push_back(std::move(message));
    }
    return messages;
}

// How each recipient is to get it.
Task<Result<std::vector<reader::MessageDelivery>>> plan_deliveries(std::shared_ptr<domains::Domains> domains,
                                                                   std::vector<std::string> recipients)
{
    std::vector<reader::MessageDelivery> deliveries;
    for (const auto& address : recipients) {
        const std::string domain = mail::domain_of(address);
        SEALPOST_CO_TRY(const auto way, co_await domains->decide_reply_way(domain));
        deliveries.push_back({address, way.tls_verified ? "tls" : "envelope", domain});
    }
    co_return deliveries;
}

Task<Result<reader::MessageAccepted>> QueuedMessage::send(reader::MessageOrder order)
{
    reader::MessageAccepted accepted{order.message_id, {}};
    SEALPOST_CO_TRY(accepted.deliveries, co_await plan_deliveries(domains_, order.recipients));
    auto messages = make_messages(order, sender_);
    if (order.once.empty()) {
        SEALPOST_CO_CHECK(co_await queue_->accept_all(std::move(messages), std::move(content_)));
        co_return accepted;
    }
    queue::Once once{order.once, order.message_id};
    SEALPOST_CO_TRY(accepted.message_id,
                    co_await queue_->accept_all_once(std::move(once), std::move(messages), std::move(content_)));
    co_return accepted;
}

constexpr const char* note_kind = R"({"kind":"sign_in_note"})";

// A code is asked for anew sooner than a host that is away comes back; the last attempt leaves a minute to type it.
queue::BouncePlan plan_code()
{
    queue::BouncePlan plan;
    plan.retry.first_retry = std::chrono::seconds(30);
    plan.retry.max_interval = std::chrono::minutes(2);
    plan.retry.max_age = people::Codes::lifetime - std::chrono::minutes(1);
    plan.retry.max_attempts = queue::RetryPlan::no_most;
    plan.send_bounces = false;
    return plan;
}

Task<Result<>> queue_mail(const ServiceOutbox::Parts& parts, std::string address, seal::MailText text, std::string facts,
                          std::optional<queue::BouncePlan> plan)
{
    seal::ServiceMail envelope;
    envelope.from = parts.sender;
    envelope.to = address;
    envelope.message_domain = parts.service_name;
    envelope.at = parts.clock->now();
    queue::OwnMail own;
    own.lane = queue::service_notification_lane;
    own.sender = parts.sender;
    own.to.push_back(std::move(address));
    own.facts = std::move(facts);
    own.plan = std::move(plan);
    SEALPOST_CO_CHECK(co_await queue::send_own_mail(parts.queue, std::move(own), seal::build_service_mail(envelope, text)));
    co_return Result<>();
}

}  // namespace

Task<Result<>> ServiceOutbox::send_code(reader::CodeMail mail)
{
    seal::CodeFacts facts;
    facts.service_name = parts_->service_name;
    facts.code = std::string(mail.code.reveal_text());
    facts.reference = mail.reference;
    facts.language = parse_language(mail.language);
    auto queued = co_await queue_mail(*parts_, mail.address, seal::code_text(facts), std::string(code_facts), plan_code());
    co_return queued;
}

Task<Result<>> ServiceOutbox::send_domain_code(DomainCodeMail mail)
{
    seal::DomainCodeFacts facts;
    facts.service_name = parts_->service_name;
    facts.domain = mail.domain;
    facts.code = std::string(mail.code.reveal_text());
    facts.reference = mail.reference;
    facts.language = parse_language(mail.language);
    auto queued = co_await queue_mail(*parts_, mail.address, seal::domain_code_text(facts), std::string(code_facts), plan_code());
    co_return queued;
}

Task<Result<>> ServiceOutbox::send_factor_note(reader::FactorNote note)
{
    const seal::FactorFacts facts{parts_->service_name, parts_->service_url + "/security", note.change, note.at,
                                  parse_language(note.language)};
    auto queued = co_await queue_mail(*parts_, note.address, seal::factor_text(facts), note_kind, std::nullopt);
    co_return queued;
}

// Under the person's own name only where SPF and DMARC of its domain let us (doc/decisions/0022).
Task<Result<reader::SendingIdentity>> ServiceOutbox::choose_identity(std::string person_address)
{
    auto judgement = co_await parts_->judge->judge(person_address);
    auto names = parts_->judge->choose_names(judgement, person_address);
    reader::SendingIdentity identity;
    identity.envelope_sender = std::move(names.envelope_sender);
    identity.from = std::move(names.from);
    identity.reply_to = std::move(names.reply_to);
    identity.domain = parts_->service_name;
    identity.sent_as = identity::format_sent_as(judgement.sent_as);
    identity.reason = identity::format_reason(judgement.reason);
    identity.facts = boost::json::serialize(identity::to_json(judgement));
    co_return identity;
}

Task<Result<std::optional<reader::MessageAccepted>>> ServiceOutbox::find_accepted(reader::MessageOrder order)
{
    if (order.once.empty()) co_return std::optional<reader::MessageAccepted>();
    SEALPOST_CO_TRY(auto message_id, co_await parts_->queue->find_accepted(order.once));
    if (!message_id) co_return std::optional<reader::MessageAccepted>();
    reader::MessageAccepted accepted{std::move(*message_id), {}};
    SEALPOST_CO_TRY(accepted.deliveries, co_await plan_deliveries(parts_->domains, order.recipients));
    co_return std::optional(std::move(accepted));
}

std::unique_ptr<reader::MessageDraft> ServiceOutbox::begin_message()
{
    return std::make_unique<QueuedMessage>(parts_->queue, parts_->domains, parts_->sender);
}

}  // namespace sealpost::replies
