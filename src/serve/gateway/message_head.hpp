#pragma once

#include "serve/gateway/client.hpp"
#include "wire/mail/header_block.hpp"

#include <string>
#include <string_view>

namespace sealpost::gateway {

// What the head of a message needs to know beside its fields.
struct HeadFacts {
    const Client& client;
    const smtp::MailFrom& mail;
    std::string id;              // our name for the message
    std::string only_recipient;  // when there is exactly one
};

// Outgoing mail as the world will see it, before the encryption rules look at it: what a submission may lack is added
// (RFC 6409 §8), and senders are masqueraded in From, Sender and Reply-To. Other mail stays as it is.
[[nodiscard]] sealpost::mail::HeaderBlock prepare_head(const HeadFacts& facts, sealpost::mail::HeaderBlock head);

// The envelope sender under which the message goes on; empty: the null reverse-path.
[[nodiscard]] std::string masquerade_sender(const HeadFacts& facts);

// The head as the queue keeps it: our trace field and what we found out (`results`, ready fields) on top; what only
// we may say gone; of outgoing mail, which is what is sealed, too, our control fields and Bcc (RFC 5322 §3.6.3).
[[nodiscard]] std::string format_head(const HeadFacts& facts, sealpost::mail::HeaderBlock head, std::string_view results);

}  // namespace sealpost::gateway
