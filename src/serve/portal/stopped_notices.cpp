#include "serve/portal/stopped_notices.hpp"

#include "core/queue/answering.hpp"
#include "core/queue/lanes.hpp"
#include "wire/mail/mailbox.hpp"

namespace sealpost::portal {
namespace {

constexpr int slice = 100;
constexpr int most_seen = 1000;

// One that was never tried waits for its turn, and one of a suspended domain for an operator, not for a fault.
void count(const queue::MessageView& message, const std::string& domain, StoppedNotices& notices)
{
    for (const auto& recipient : message.recipients) {
        if (recipient.text.empty() || recipient.text == queue::suspended_words) continue;
        if (mail::domain_of(recipient.address) != domain) continue;
        ++notices.waiting;
        if (notices.said.empty()) notices.said = recipient.text;
    }
}

}  // namespace

Task<Result<StoppedNotices>> find_stopped_notices(std::shared_ptr<queue::Queue> queue, std::string domain)
{
    StoppedNotices notices;
    queue::ListFilter filter;
    filter.lane = queue::service_notification_lane;
    filter.newest_first = true;
    filter.most = slice;
    for (int seen = 0; seen < most_seen; seen += slice) {
        SEALPOST_CO_TRY(const auto waiting, co_await queue->list(filter));
        for (const auto& message : waiting) count(message, domain, notices);
        if (waiting.size() < static_cast<std::size_t>(slice)) co_return notices;
        filter.after = waiting.back().id;
    }
    filter.most = 1;
    SEALPOST_CO_TRY(const auto more, co_await queue->list(filter));
    notices.is_all = more.empty();
    co_return notices;
}

}  // namespace sealpost::portal
