#include "serve/sealer/envelope_sealer.hpp"

#include "base/text.hpp"
#include "core/queue/answering.hpp"
#include "core/queue/retry.hpp"
#include "serve/sealer/late_notification.hpp"
#include "serve/sealer/spool.hpp"
#include "sys/crypto/digest.hpp"
#include "wire/mail/address_list.hpp"
#include "wire/mail/cut_text.hpp"
#include "wire/mail/direction_marks.hpp"
#include "wire/mail/mailbox.hpp"
#include "wire/seal/identity.hpp"
#include "wire/seal/notification.hpp"
#include "wire/seal/page.hpp"
#include "wire/seal/sealer.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>

namespace sealpost::sealer {

using queue::Report;
using Kind = queue::RecipientOutcome::Kind;

// A message's sealed part, and what its head says.
struct EnvelopeSealer::Sealed {
    std::string id;
    seal::Identity identity;
    std::shared_ptr<Spool> age_file;
    std::array<std::uint8_t, 32> sha256{};
    mail::HeaderBlock head;
};

// Envelopes whose key the service may have and that go to nobody, because the attempt broke off, and the next one seals anew, or
// because the message was removed before its notifications took its place.
struct EnvelopeSealer::Abandoned {
    static constexpr std::size_t most = 1000;

    void add(std::string id)
    {
        const std::lock_guard hold(lock);
        if (ids.size() < most) ids.push_back(std::move(id));
    }
    std::optional<std::string> take()
    {
        const std::lock_guard hold(lock);
        if (ids.empty()) return std::nullopt;
        std::string id = std::move(ids.front());
        ids.pop_front();
        return id;
    }

    std::mutex lock;
    std::deque<std::string> ids;  // under lock
};

namespace {

// Runs its end unless called off: also when the attempt is cancelled.
template <class End>
class Otherwise {
public:
    explicit Otherwise(End end) : end_(std::move(end)) {}
    ~Otherwise()
    {
        if (is_on_) end_();
    }
    Otherwise(const Otherwise&) = delete;
    Otherwise& operator=(const Otherwise&) = delete;
    void call_off() { is_on_ = false; }

private:
    End end_;
    bool is_on_ = true;
};

// As the key record names it.
seal::Proof proof_of(std::string_view assurance)
{
    if (assurance == "low") return seal::Proof::link;
    if (assurance == "account") return seal::Proof::password;
    return assurance == "strong" ? seal::Proof::second_factor : seal::Proof::mailbox;
}

constexpr std::size_t max_name_bytes = 500;
constexpr std::size_t max_subject_bytes = 2000;
constexpr std::size_t max_message_id_bytes = 998;

bool is_temporary(Fault fault) { return fault == Fault::retry_later || fault == Fault::cancelled || fault == Fault::config; }

Report report_failure(const queue::DueMessage& message, const Error& error)
{
    const bool temporary = is_temporary(error.fault);
    return queue::report_all(message, temporary ? Kind::retry : Kind::failed, temporary ? "4.7.0" : "5.7.0",
                             "cannot seal the message: " + error.text);
}

// The head of the message out of its first pieces; what was read of the body behind it stays in `pieces`.
Result<mail::HeaderBlock> parse_head(std::string_view beginning)
{
    const auto end = mail::find_end_of_head(beginning);
    return mail::HeaderBlock::parse(beginning.substr(0, end.value_or(beginning.size())));
}

// For a notification of a message without To: several who get it together may not know of each other.
std::string name_alone(const std::vector<queue::NewRecipient>& recipients)
{
    return recipients.size() == 1 ? recipients.front().address : "undisclosed-recipients:;";
}

mail::NamedMailbox find_named_author(const SealOrder& order, const mail::HeaderBlock& head)
{
    if (order.author) return *order.author;
    const auto from = head.find("From");
    if (from) {
        auto authors = mail::parse_address_list(*from);
        if (authors.has_value() && !authors->empty()) return authors->front();
    }
    auto mailbox = mail::parse_mailbox(order.message.sender);
    return {"", mailbox.has_value() ? *mailbox : mail::Mailbox()};
}

// As the notification, the attachment and the service show it, each beside the address.
mail::NamedMailbox find_author(const SealOrder& order, const mail::HeaderBlock& head)
{
    auto author = find_named_author(order, head);
    author.name = mail::drop_direction_marks(author.name);
    return author;
}

// Empty when they are of several domains: no recipient learns of another's.
std::string find_one_domain(const std::vector<queue::NewRecipient>& recipients)
{
    std::string one;
    for (const auto& recipient : recipients) {
        const auto domain = mail::parse_domain(mail::domain_of(recipient.address));
        if (!domain || (!one.empty() && one != *domain)) return {};
        one = *domain;
    }
    return one;
}

std::string find_subject(const mail::HeaderBlock& head, const SealPlan& plan)
{
    if (plan.subject) return *plan.subject;
    return mail::decode_words(head.find("Subject").value_or(""));
}

// What the service takes (doc/spec/key-api.md): no head is too long to be sealed. The content has it whole.
void cut_to_limits(KeyRecord& record)
{
    mail::cut_text(record.sender_name, max_name_bytes);
    mail::cut_text(record.subject, max_subject_bytes);
    if (record.message_id.size() > max_message_id_bytes) record.message_id.clear();
}

// RFC 5322 §3.6.3: recipients in Bcc are not to be revealed; whom the head does not name is one of them.
bool has_hidden_recipient(const SealOrder& order, const mail::HeaderBlock& head)
{
    std::vector<mail::NamedMailbox> named;
    for (const char* field : {"To", "Cc"})
        for (const auto& value : head.find_all(field))
            if (auto list = mail::parse_address_list(value); list.has_value())
                named.insert(named.end(), list->begin(), list->end());
    return !std::ranges::all_of(order.message.recipients, [&](const queue::DueRecipient& recipient) {
        return std::ranges::any_of(
            named, [&](const auto& one) { return iequals(mail::format_mailbox(one.mailbox), recipient.address); });
    });
}

std::map<std::string, std::vector<queue::NewRecipient>> group_by_language(const SealOrder& order, const StoredEnvelope& stored)
{
    std::map<std::string, std::vector<queue::NewRecipient>> groups;
    for (const auto& recipient : order.message.recipients) {
        std::string language = order.plan.language;
        if (language == "auto") {
            const auto known = std::find_if(stored.recipients.begin(), stored.recipients.end(),
                                            [&](const auto& r) { return iequals(r.address, recipient.address); });
            language = known == stored.recipients.end() ? "en" : known->language;
        }
        groups[language].push_back({recipient.address, recipient.notify, recipient.orcpt, recipient.index});
    }
    return groups;
}

// The same mail to each domain for itself: one that hangs or is suspended keeps back nothing for the others.
std::vector<queue::NewMessage> split_by_domain(const queue::NewMessage& model, std::vector<queue::NewRecipient> recipients)
{
    std::map<std::string, std::size_t> known;  // where in `out`
    std::vector<queue::NewMessage> out;
    for (auto& recipient : recipients) {
        const auto [at, is_new] = known.try_emplace(queue::domain_of(recipient.address), out.size());
        if (is_new) out.push_back(model);
        out[at->second].recipients.push_back(std::move(recipient));
    }
    return out;
}

NotificationNames choose_names(const SealOrder& order, const mail::HeaderBlock& head)
{
    if (order.notification_names) return *order.notification_names;
    return {head.find("From").value_or(order.message.sender), head.find("Reply-To").value_or("")};
}

bool is_attached(const SealPlan& plan, std::uint64_t size) { return plan.attach && size <= plan.attachment_max_bytes; }
bool is_hosted(const SealPlan& plan, std::uint64_t size) { return plan.hosted || !is_attached(plan, size); }

}  // namespace

EnvelopeSealer::EnvelopeSealer(Parts parts) : parts_(std::move(parts)), abandoned_(std::make_shared<Abandoned>()) {}
EnvelopeSealer::~EnvelopeSealer() = default;

Task<Report> EnvelopeSealer::seal(SealOrder order)
{
    const queue::DueMessage message = order.message;
    auto report = co_await try_seal(std::move(order));
    const ServiceTrouble trouble = parts_.keys->last_trouble();
    tell_outcome(message.id, report, trouble);
    try {
        co_await discard_abandoned();
    } catch (const std::exception& failure) {
        // Broken off, perhaps at the end of a drain: what became of the message stands all the same.
        parts_.log.warning("seal.discard_broke_off", {{"message", message.id.value()}, {"problem", failure.what()}});
    }
    parts_.log.metrics().add(log::Metric::messages_sealed, {report.has_value() ? "sealed" : "failed"});
    if (report.has_value()) co_return std::move(*report);
    parts_.log.warning("seal.failed", {{"message", message.id.value()},
                                       {"fault", format_fault(report.error().fault)},
                                       {"trouble", format_trouble(trouble)},
                                       {"problem", report.error().text}});
    co_return report_failure(message, report.error());
}

void EnvelopeSealer::tell_outcome(queue::MessageId message, const Result<Report>& report, ServiceTrouble trouble) const
{
    if (!parts_.on_outcome) return;
    if (report.has_value()) return parts_.on_outcome({message, true});
    const Error& error = report.error();
    if (is_temporary(error.fault) && error.fault != Fault::cancelled) parts_.on_outcome({message, false, trouble, error.text});
}

Task<std::optional<Report>> EnvelopeSealer::check_notification(queue::DueMessage message)
{
    auto stopped = co_await check_late_notification(parts_.keys, std::move(message), parts_.clock->now(), parts_.log);
    co_return stopped;
}

Task<Result<Report>> EnvelopeSealer::try_seal(SealOrder order)
{
    SEALPOST_CO_TRY(auto sealed, co_await encrypt(order.message));
    auto report = co_await hand_over_and_notify(std::move(order), std::move(sealed));
    co_return report;
}

Task<Result<Report>> EnvelopeSealer::hand_over_and_notify(SealOrder order, Sealed sealed)
{
    Otherwise abandon([id = sealed.id, abandoned = abandoned_] { abandoned->add(id); });
    const bool hosted = is_hosted(order.plan, sealed.age_file->size());
    SEALPOST_CO_TRY(auto stored, co_await hand_over(order, sealed, hosted));
    const std::string facts = format_notification_facts(sealed.id);
    Report report = queue::report_all(order.message, Kind::relayed_elsewhere, "2.0.0", "sealed as envelope " + sealed.id, facts);
    for (auto& [language, recipients] : group_by_language(order, stored)) {
        SEALPOST_CO_TRY(auto replacement, co_await notify(order, sealed, stored, language, recipients));
        report.replacements.push_back(std::move(replacement));
    }
    parts_.log.info("seal.done", {{"message", order.message.id.value()},
                                  {"envelope", sealed.id},
                                  {"recipients", order.message.recipients.size()},
                                  {"bytes", sealed.age_file->size()},
                                  {"hosted", hosted}});
    abandon.call_off();
    give_up_with(report, sealed.id);
    co_return report;
}

// When the queue takes none of its notifications, since an operator removed the message meanwhile, the envelope goes to nobody.
void EnvelopeSealer::give_up_with(Report& report, const std::string& id)
{
    auto left = std::make_shared<std::atomic<std::size_t>>(report.replacements.size());
    for (auto& replacement : report.replacements) {
        replacement.not_taken = [left, id, abandoned = abandoned_] {
            if (--*left == 0) abandoned->add(id);
        };
    }
}

// A key of ours at the service that opens nothing anybody has is still a key. What cannot be erased now is tried again with
// the next message; what is not remembered, since the process ended, stays until its expiry.
Task<void> EnvelopeSealer::discard_abandoned()
{
    while (auto taken = abandoned_->take()) {
        Otherwise keep([id = *taken, abandoned = abandoned_] { abandoned->add(id); });
        const auto discarded = co_await parts_.keys->discard(*taken);
        if (discarded.has_error() && discarded.error().fault == Fault::retry_later) co_return;
        keep.call_off();
    }
}

Task<Result<EnvelopeSealer::Sealed>> EnvelopeSealer::encrypt(queue::DueMessage message)
{
    auto identity = seal::make_identity();
    seal::Sealer age(identity);
    crypto::Sha256 hash;
    auto spool = std::make_shared<Spool>(*parts_.pool, parts_.spool_directory);
    auto content = parts_.queue->read(message.content);
    std::string beginning;
    bool head_is_whole = false;
    while (true) {
        SEALPOST_CO_TRY(std::string piece, co_await content->next());
        if (!head_is_whole) {
            beginning += piece;
            head_is_whole =
                piece.empty() || mail::find_end_of_head(beginning) || beginning.size() > mail::HeaderLimits().max_bytes;
        }
        std::string sealed_piece = piece.empty() ? age.finish() : age.append(piece);
        hash.update(as_bytes(sealed_piece));
        SEALPOST_CO_CHECK(co_await spool->write(std::move(sealed_piece)));
        if (piece.empty()) break;
    }
    SEALPOST_CO_TRY(auto head, parse_head(beginning));
    co_return Sealed{seal::make_envelope_id(), std::move(identity), std::move(spool), hash.finish(), std::move(head)};
}

Task<Result<StoredEnvelope>> EnvelopeSealer::hand_over(const SealOrder& order, Sealed& sealed, bool hosted)
{
    const auto author = find_author(order, sealed.head);
    const SealPlan& plan = order.plan;
    KeyRecord record;
    record.id = sealed.id;
    record.related_envelope = order.related_envelope;
    record.account = order.account;
    record.forwards = order.forwards;
    record.identity = sealed.identity.text();
    record.sha256 = sealed.sha256;
    record.size = sealed.age_file->size();
    record.sender_address = mail::format_mailbox(author.mailbox);
    record.sender_name = author.name;
    record.subject = find_subject(sealed.head, plan);
    record.message_id = sealed.head.find("Message-ID").value_or("");
    for (const auto& recipient : order.message.recipients) record.recipients.push_back(recipient.address);
    record.profile = plan.profile;
    record.assurance = plan.assurance;
    record.expires_at = plan.expires_at.value_or(parts_.clock->now() + longest_life);
    record.may_reply = plan.may_reply;
    // A reply to all goes to all of the record, each of whom its Cc names to the others.
    record.may_reply_all = plan.may_reply_all && !has_hidden_recipient(order, sealed.head);
    record.may_forward = plan.may_forward;
    record.receipt = plan.receipt;
    record.hosted = hosted;
    cut_to_limits(record);
    SEALPOST_CO_TRY(auto stored, co_await parts_.keys->store(std::move(record)));
    if (hosted) SEALPOST_CO_CHECK(co_await parts_.keys->put_content(sealed.id, sealed.age_file->read(), sealed.age_file->size()));
    co_return stored;
}

Task<Result<queue::Replacement>> EnvelopeSealer::notify(const SealOrder& order, const Sealed& sealed,
                                                        const StoredEnvelope& stored, std::string language,
                                                        std::vector<queue::NewRecipient> recipients)
{
    const auto author = find_author(order, sealed.head);
    const SealPlan& plan = order.plan;
    seal::NotificationFacts facts;
    facts.page = {sealed.id,
                  stored.service_url,
                  stored.organisation,
                  author.name,
                  mail::format_mailbox(author.mailbox),
                  plan.logo,
                  parse_language(language),
                  stored.expires_at ? stored.expires_at : plan.expires_at,
                  is_hosted(plan, sealed.age_file->size()),
                  plan.may_reply,
                  proof_of(plan.assurance)};
    const auto names = choose_names(order, sealed.head);
    facts.from = names.from;
    facts.reply_to = names.reply_to;
    facts.to = sealed.head.find("To").value_or(name_alone(recipients));
    facts.message_domain = parts_.hostname;
    facts.subject = plan.neutral_subject ? seal::SubjectPolicy::neutral : seal::SubjectPolicy::original;
    facts.neutral_subject = plan.neutral_subject_text;
    facts.attachment_name = is_attached(plan, sealed.age_file->size()) ? plan.attachment_name : "";
    facts.at = parts_.clock->now();
    facts.recipient_domain = find_one_domain(recipients);
    mail::HeaderBlock original = sealed.head;
    if (plan.subject) original.set("Subject", mail::encode_words(*plan.subject));
    SEALPOST_CO_TRY(auto writer, seal::NotificationWriter::make(std::move(facts), original));

    queue::Replacement replacement;
    replacement.content = parts_.queue->begin();
    SEALPOST_CO_CHECK(co_await replacement.content->write(writer.head()));
    if (is_attached(plan, sealed.age_file->size())) {
        auto age_file = sealed.age_file->read();
        while (true) {
            SEALPOST_CO_TRY(std::string piece, co_await age_file->next());
            if (piece.empty()) break;
            SEALPOST_CO_CHECK(co_await replacement.content->write(writer.append(piece)));
        }
    }
    SEALPOST_CO_CHECK(co_await replacement.content->write(writer.finish()));
    queue::NewMessage message;
    message.lane = order.notification_lane;
    message.sender = order.notification_sender;
    if (message.sender == order.message.sender) message.envid = order.message.envid;
    message.facts = format_notification_facts(sealed.id);
    message.smtputf8 = order.message.smtputf8;
    replacement.messages = split_by_domain(message, std::move(recipients));
    co_return replacement;
}

}  // namespace sealpost::sealer
