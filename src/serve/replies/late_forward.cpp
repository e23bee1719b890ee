#include "serve/replies/late_forward.hpp"

#include "core/queue/answering.hpp"
#include "serve/reader/outbox.hpp"
#include "serve/replies/message_facts.hpp"

namespace sealpost::replies {

using queue::Report;
using Kind = queue::RecipientOutcome::Kind;

namespace {

constexpr std::chrono::minutes until_asked_again{5};

// RFC 3463 §3.5, §3.8: "Delivery time expired"; "Other or undefined security status".
Report end(const queue::DueMessage& message, bool is_expired)
{
    if (is_expired)
        return queue::report_all(message, Kind::failed, "5.4.7",
                                 "the expiry of the envelope that it forwards was over before it could leave");
    return queue::report_all(message, Kind::failed, "5.7.0", "the envelope that it forwards was recalled before it could leave");
}

}  // namespace

Task<std::optional<Report>> check_forward(std::shared_ptr<keys::KeyStore> keys, queue::DueMessage message, log::Log log)
{
    const auto facts = parse_message_facts(message.facts);
    if (facts.has_error()) co_return queue::retry_all(message, "4.3.0", facts.error().text);
    if (facts->mode != reader::format_message_mode(reader::MessageMode::forward)) co_return std::nullopt;
    const auto id = keys::parse_envelope_id(facts->envelope_id);
    if (!id) co_return queue::report_all(message, Kind::failed, "5.7.0", "a forward names no envelope");
    const auto found = co_await keys->find(*id);
    if (found.has_error()) co_return queue::retry_all(message, "4.3.0", found.error().text);
    // One that is forgotten had ended.
    const keys::State state = *found ? (*found)->state : keys::State::erased;
    if (state == keys::State::open) co_return std::nullopt;
    // A lock that is not lifted ends it by its age, as a host that never answers would.
    if (state == keys::State::locked)
        co_return queue::postpone_all(message, until_asked_again, "4.7.0", "the envelope that it forwards is locked");
    log.warning("replies.forward_too_late", {{"message", message.id.value()},
                                             {"envelope", facts->envelope_id},
                                             {"ending", keys::format_state(state)},
                                             {"recipients", message.recipients.size()}});
    co_return end(message, state == keys::State::expired);
}

}  // namespace sealpost::replies
