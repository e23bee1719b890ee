#pragma once

#include "core/queue/message.hpp"
#include "core/queue/queue.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace sealpost::queue {

// For those who read mail themselves.

// The whole content; the caller has looked at message.size.
Task<Result<std::string>> read_whole(std::shared_ptr<Queue> queue, DueMessage message);

// The head with the empty line at its end. Fault::give_up: it is larger than a message of ours can have it, or the content has
// gone.
Task<Result<std::string>> read_head(std::unique_ptr<async::ByteSource> content);

// The same outcome for every due recipient.
[[nodiscard]] Report report_all(const DueMessage& message, RecipientOutcome::Kind kind, const std::string& code,
                                const std::string& text, const std::string& facts = "");
[[nodiscard]] Report retry_all(const DueMessage& message, const std::string& code, const std::string& why);
// The same without an attempt: it is asked about again after that time.
[[nodiscard]] Report postpone_all(const DueMessage& message, std::chrono::milliseconds wait, const std::string& code,
                                  const std::string& why);

// Whom an operator keeps back: asked again in a quarter of an hour, or when the queue is told that a suspension has ended
// (Queue::ask_suspended), with no attempt counted. The queue keeps back what is for one suspended domain; only a message to
// several comes as far as a Deliverer.
inline constexpr std::string_view suspended_code = "4.3.2";  // RFC 3463 §3.4: "System not accepting network messages"
inline constexpr std::string_view suspended_words = "deliveries to the domain are suspended";
[[nodiscard]] RecipientOutcome postpone_suspended(const DueRecipient& recipient);
// Takes them out of the message.
using IsSuspended = std::function<bool(const std::string& domain)>;
[[nodiscard]] Report take_suspended(DueMessage& message, const IsSuspended& is_suspended);

// What else became of the message.
void append(Report& report, Report more);

// The message goes on as it is, in another lane; `text` says why.
[[nodiscard]] Report pass_on(const DueMessage& message, std::string lane, const std::string& text);

}  // namespace sealpost::queue
