#pragma once

#include "serve/gateway/client.hpp"
#include "wire/mail/mailbox.hpp"

#include <optional>
#include <string>

namespace sealpost::gateway {

// An address without a domain gets the policy's default domain, if there is one.
void complete_address(const Client& client, sealpost::mail::Mailbox& address);

// "alice@acme.test"; empty: the null reverse-path.
[[nodiscard]] std::string format_sender(const sealpost::mail::Mailbox& sender);

// What the policy says to MAIL; asks DNS where it wants to know about the sender's domain. A refusal, or none. `sender` as
// the client said it. The client outlives the task.
Task<std::optional<smtp::Reply>> check_sender(const Client& client, sealpost::mail::Mailbox sender);

}  // namespace sealpost::gateway
