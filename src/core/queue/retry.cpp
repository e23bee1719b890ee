#include "core/queue/retry.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::queue {
namespace {

constexpr char of_several = '+';  // no domain begins with it

// Spreads messages evenly over 0…999 (the finaliser of splitmix64).
std::uint64_t spread(MessageId message, int attempts)
{
    auto mixed = static_cast<std::uint64_t>(message.value()) * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(attempts);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return (mixed ^ (mixed >> 31)) % 1000;
}

std::chrono::milliseconds interval_after(const RetryPlan& plan, MessageId message, int attempts)
{
    std::chrono::milliseconds interval = plan.first_retry;
    for (int doubled = 1; doubled < attempts && interval < plan.max_interval; ++doubled) interval *= 2;
    interval = std::min<std::chrono::milliseconds>(interval, plan.max_interval);
    return interval - interval * spread(message, attempts) / 10'000;
}

}  // namespace

std::optional<WallTime> find_next_attempt(const RetryPlan& plan, MessageId message, int attempts, WallTime accepted_at,
                                          WallTime now)
{
    const WallTime expires_at = accepted_at + plan.max_age;
    if (attempts >= plan.max_attempts || now >= expires_at) return std::nullopt;
    return std::min(now + interval_after(plan, message, attempts), expires_at);
}

WallTime find_last_attempt(const RetryPlan& plan, MessageId message, int attempts, WallTime accepted_at, WallTime next)
{
    if (plan.max_attempts == RetryPlan::no_most) return std::max(next, accepted_at + plan.max_age);
    while (const auto later = find_next_attempt(plan, message, ++attempts, accepted_at, next)) next = *later;
    return next;
}

NotifyChoice parse_notify(std::string_view notify)
{
    if (trim(notify).empty()) return {};
    NotifyChoice choice{false, false, false};
    for (const auto word : split(notify, ',')) {
        // RFC 3461 §5.2.4: "NOTIFY=NEVER … a DSN MUST NOT be issued".
        if (iequals(trim(word), "NEVER")) return {false, false, false};
        if (iequals(trim(word), "SUCCESS")) choice.on_success = true;
        if (iequals(trim(word), "FAILURE")) choice.on_failure = true;
        if (iequals(trim(word), "DELAY")) choice.on_delay = true;
    }
    return choice;
}

std::string domain_of(std::string_view address)
{
    const auto at = address.rfind('@');
    if (at == std::string_view::npos || at + 1 == address.size()) return "localhost";
    return ascii_lower(address.substr(at + 1));
}

void LineChoice::add(std::string_view address)
{
    if (line_.starts_with(of_several)) return;
    std::string domain = domain_of(address);
    if (line_.empty())
        line_ = std::move(domain);
    else if (line_ != domain)
        line_.insert(line_.begin(), of_several);
}

std::string line_of(const NewMessage& message)
{
    LineChoice choice;
    for (const auto& recipient : message.recipients) choice.add(recipient.address);
    return choice.line();
}

Line parse_line(std::string_view line)
{
    if (line.starts_with(of_several)) return {line.substr(1), true};
    return {line, false};
}

}  // namespace sealpost::queue
