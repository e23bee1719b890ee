#pragma once

#include "serve/gateway/client.hpp"
#include "wire/mail/mailbox.hpp"

#include <optional>
#include <string>

namespace sealpost::gateway {

// An address without a domain gets the policy's default domain, if there is one: true when it did.
bool complete_address(const Client& client, sealpost::mail::Mailbox& address);

// "alice@acme.test"; empty: the null reverse-path.
[[nodiscard]] std::string format_sender(const sealpost::mail::Mailbox& sender);

// What the mail flow policy asks at MAIL, in its order: AUTH, the client's certificate, refused characters, the
// exception table, envelope sender DNS verification, mandatory TLS. A refusal, or none. `is_completed`: the sender's
// domain is the default one. The client outlives the task.
Task<std::optional<smtp::Reply>> check_sender(const Client& client, sealpost::mail::Mailbox sender, bool is_completed);

}  // namespace sealpost::gateway
