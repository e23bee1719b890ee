#include "serve/replies/receipts.hpp"

#include "base/text.hpp"
#include "core/queue/own_mail.hpp"
#include "serve/replies/mail_to_people.hpp"
#include "serve/replies/service_mail.hpp"
#include "wire/mail/mailbox.hpp"

namespace sealpost::replies {
namespace {

constexpr int batch = 100;

seal::Proof proof_of(people::Assurance assurance)
{
    switch (assurance) {
        case people::Assurance::low: return seal::Proof::link;
        case people::Assurance::mailbox: return seal::Proof::mailbox;
        case people::Assurance::account: return seal::Proof::password;
        case people::Assurance::strong: break;
    }
    return seal::Proof::second_factor;
}

}  // namespace

Task<Result<int>> Receipts::send_due()
{
    int mails = 0;
    while (true) {
        SEALPOST_CO_TRY(auto due, co_await parts_.keys->due_receipts(batch));
        for (const auto& receipt : due) {
            SEALPOST_CO_TRY(const bool sent, co_await send(receipt));
            if (sent) ++mails;
            SEALPOST_CO_CHECK(co_await parts_.keys->settle_receipt(receipt.number));
        }
        if (due.size() < static_cast<std::size_t>(batch)) co_return mails;
    }
}

// False: there is nobody to tell, or nothing.
Task<Result<bool>> Receipts::send(keys::Receipt receipt)
{
    if (receipt.kind != keys::Receipt::Kind::released) co_return false;
    auto found = co_await parts_.keys->find(receipt.id);
    if (found.has_error()) co_return found.error();
    if (!*found) co_return false;
    keys::EnvelopeFacts envelope = std::move(**found);
    const std::string sender = envelope.policy.sender.address;
    if (iequals(sender, parts_.sender) || !mail::parse_mailbox(sender).has_value()) co_return false;
    auto language = co_await choose_language(parts_.people, sender, envelope.policy.account);
    if (language.has_error()) co_return language.error();
    SEALPOST_CO_CHECK(co_await queue_mail(std::move(receipt), std::move(envelope), *language));
    co_return true;
}

// The subject is content, which the store gives to recipients only; the mail names the message by its
// date, and joins its thread.
Task<Result<>> Receipts::queue_mail(keys::Receipt receipt, keys::EnvelopeFacts envelope, Language language)
{
    seal::ReceiptFacts facts;
    facts.recipient = receipt.recipient;
    facts.proof = proof_of(receipt.assurance);
    facts.sent_at = envelope.sent_at;
    facts.released_at = receipt.at;
    facts.language = language;
    facts.sent_url = parts_.service_url + "/sent";
    seal::ServiceMail mail;
    mail.from = parts_.sender;
    mail.to = envelope.policy.sender.address;
    mail.message_domain = parts_.service_name;
    mail.at = parts_.clock->now();
    // The gateway took it from a message from outside.
    mail.about = check_message_id(envelope.policy.message_id);
    queue::OwnMail own;
    own.lane = queue::service_notification_lane;
    own.sender = "";  // RFC 3834 §3.3: nobody is told when it cannot be delivered, and no vacation answers
    own.to.push_back(envelope.policy.sender.address);
    own.facts = R"({"kind":"receipt"})";
    // Another service on the same store may be at it, or this one died before it could take the receipt off the list.
    own.once = queue::Once{"receipt " + std::string(receipt.id.value()) + " " + receipt.recipient, ""};
    std::string text = seal::build_service_mail(mail, seal::receipt_text(facts));
    SEALPOST_CO_CHECK(co_await queue::send_own_mail(parts_.queue, std::move(own), std::move(text)));
    parts_.log.info("receipt.queued", {{"envelope", receipt.id.value()}});
    co_return Result<>();
}

}  // namespace sealpost::replies
