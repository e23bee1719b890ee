#include "core/queue/answering.hpp"

#include "core/queue/retry.hpp"
#include "wire/mail/header_block.hpp"

#include <algorithm>
#include <iterator>

namespace sealpost::queue {
namespace {

constexpr std::size_t max_head_bytes = mail::HeaderLimits{}.max_bytes;

}  // namespace

Task<Result<std::string>> read_whole(std::shared_ptr<Queue> queue, DueMessage message)
{
    std::string text;
    text.reserve(static_cast<std::size_t>(message.size));
    auto source = queue->read(message.content);
    while (true) {
        SEALPOST_CO_TRY(const std::string piece, co_await source->next());
        if (piece.empty()) break;
        text += piece;
    }
    co_return text;
}

Task<Result<std::string>> read_head(std::unique_ptr<async::ByteSource> content)
{
    std::string text;
    while (text.size() <= max_head_bytes) {
        SEALPOST_CO_TRY(const std::string piece, co_await content->next());
        text += piece;
        const auto end = mail::find_end_of_head(text);
        if (end) text.resize(*end);
        if (end || piece.empty()) co_return text;
    }
    co_return Error{Fault::give_up, "the head of the message is too large"};
}

Report report_all(const DueMessage& message, RecipientOutcome::Kind kind, const std::string& code, const std::string& text,
                  const std::string& facts)
{
    Report report;
    for (const auto& recipient : message.recipients) report.outcomes.push_back({recipient.index, kind, code, text, "", facts});
    return report;
}

Report retry_all(const DueMessage& message, const std::string& code, const std::string& why)
{
    return report_all(message, RecipientOutcome::Kind::retry, code, why);
}

Report postpone_all(const DueMessage& message, std::chrono::milliseconds wait, const std::string& code, const std::string& why)
{
    Report report = retry_all(message, code, why);
    for (auto& outcome : report.outcomes) outcome.postponed_for = wait;
    return report;
}

RecipientOutcome postpone_suspended(const DueRecipient& recipient)
{
    constexpr std::chrono::minutes until_asked_again{15};
    RecipientOutcome waits{
        recipient.index, RecipientOutcome::Kind::retry, std::string(suspended_code), std::string(suspended_words), "", ""};
    waits.postponed_for = until_asked_again;
    waits.is_suspended = true;
    return waits;
}

Report take_suspended(DueMessage& message, const IsSuspended& is_suspended)
{
    Report report;
    std::erase_if(message.recipients, [&](const DueRecipient& recipient) {
        const bool waits = is_suspended(domain_of(recipient.address));
        if (waits) report.outcomes.push_back(postpone_suspended(recipient));
        return waits;
    });
    return report;
}

void append(Report& report, Report more)
{
    std::move(more.outcomes.begin(), more.outcomes.end(), std::back_inserter(report.outcomes));
    std::move(more.replacements.begin(), more.replacements.end(), std::back_inserter(report.replacements));
}

Report pass_on(const DueMessage& message, std::string lane, const std::string& text)
{
    NewMessage next;
    next.lane = std::move(lane);
    next.sender = message.sender;
    next.envid = message.envid;
    next.ret = message.ret;
    next.facts = message.facts;
    next.smtputf8 = message.smtputf8;
    next.require_tls = message.require_tls;
    for (const auto& recipient : message.recipients)
        next.recipients.push_back({recipient.address, recipient.notify, recipient.orcpt, recipient.index});
    Report report = report_all(message, RecipientOutcome::Kind::relayed_elsewhere, "2.0.0", text);
    Replacement replacement;
    replacement.messages.push_back(std::move(next));
    report.replacements.push_back(std::move(replacement));
    return report;
}

}  // namespace sealpost::queue
