#include "serve/sealer/late_notification.hpp"

#include "core/queue/answering.hpp"
#include "wire/seal/page.hpp"

namespace sealpost::sealer {

using queue::Report;
using Kind = queue::RecipientOutcome::Kind;

namespace {

constexpr std::string_view facts_begin = R"({"envelope":")";
constexpr std::string_view facts_end = R"("})";

// Most mail leaves within seconds; each attempt of what does not costs the service a question.
constexpr std::chrono::minutes waited_long{15};
constexpr std::chrono::minutes until_asked_again{5};

// RFC 3463 §3.5, §3.8: "Delivery time expired"; "Other or undefined security status".
Report end(const queue::DueMessage& message, Ending ending)
{
    if (ending == Ending::expired)
        return queue::report_all(message, Kind::failed, "5.4.7",
                                 "the envelope's expiry was over before its notification could be delivered");
    return queue::report_all(message, Kind::failed, "5.7.0",
                             "the envelope was recalled before its notification could be delivered");
}

}  // namespace

std::string format_notification_facts(const std::string& envelope_id)
{
    return std::string(facts_begin) + envelope_id + std::string(facts_end);
}

std::optional<std::string> find_envelope(std::string_view facts)
{
    if (!facts.starts_with(facts_begin) || !facts.ends_with(facts_end)) return std::nullopt;
    facts.remove_prefix(facts_begin.size());
    facts.remove_suffix(facts_end.size());
    if (!seal::is_envelope_id(facts)) return std::nullopt;
    return std::string(facts);
}

Task<std::optional<Report>> check_late_notification(std::shared_ptr<KeyService> keys, queue::DueMessage message, WallTime now,
                                                    log::Log log)
{
    const auto envelope = find_envelope(message.facts);
    if (!envelope || message.recipients.empty() || now - message.accepted_at < waited_long) co_return std::nullopt;
    const auto ending = co_await keys->find_ending(*envelope);
    // It goes by the message's age, which it may have once more.
    if (ending.has_error())
        co_return queue::postpone_all(message, until_asked_again, "4.3.5",
                                      "cannot tell whether the envelope is still there: " + ending.error().text);
    if (*ending == Ending::none) co_return std::nullopt;
    log.warning("seal.notification_too_late", {{"message", message.id.value()},
                                               {"envelope", *envelope},
                                               {"ending", *ending == Ending::expired ? "expired" : "recalled"},
                                               {"recipients", message.recipients.size()}});
    co_return end(message, *ending);
}

}  // namespace sealpost::sealer
