#include "core/queue/own_mail.hpp"

#include "wire/mail/utf8.hpp"

namespace sealpost::queue {
namespace {

NewMessage describe(OwnMail& mail)
{
    NewMessage message;
    message.lane = std::move(mail.lane);
    message.smtputf8 = !mail::is_ascii(mail.sender);
    message.sender = std::move(mail.sender);
    for (auto& address : mail.to) {
        message.smtputf8 = message.smtputf8 || !mail::is_ascii(address);
        message.recipients.push_back({std::move(address), "NEVER", ""});
    }
    message.facts = std::move(mail.facts);
    message.plan = std::move(mail.plan);
    return message;
}

}  // namespace

Task<Result<std::optional<MessageId>>> send_own_mail(std::shared_ptr<Queue> queue, OwnMail mail, std::string text)
{
    auto content = queue->begin();
    SEALPOST_CO_CHECK(co_await content->write(std::move(text)));
    NewMessage message = describe(mail);
    if (mail.once) {
        auto queued = co_await queue->accept_if_new(std::move(*mail.once), std::move(message), std::move(content));
        co_return queued;
    }
    SEALPOST_CO_TRY(const auto id, co_await queue->accept(std::move(message), std::move(content)));
    co_return std::optional(id);
}

}  // namespace sealpost::queue
