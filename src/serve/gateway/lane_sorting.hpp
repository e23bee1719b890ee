#pragma once

#include "core/policy/ruling.hpp"
#include "serve/gateway/client.hpp"
#include "serve/gateway/recipient_checks.hpp"

#include <map>
#include <string>
#include <vector>

namespace sealpost::gateway {

// What the encryption rules said of an address, in lower case.
struct Sealing {
    policy::SealAction action = policy::SealAction::clear;
    std::string action_from;
};
using Sealings = std::map<std::string, Sealing>;

struct Sorted {
    policy::Ruling ruling;                    // a refusal: the rest is not whole
    std::vector<queue::NewMessage> messages;  // empty: every recipient stands for nobody
    Sealings sealings;
};

struct Origin {
    std::string id;          // of the message, in the log
    std::string message_id;  // as clean_message_id() makes it
    std::string author;      // domain in From that it was proven to come from; empty: none
};

// What one message becomes in the queue: a message for each lane and each way of sealing, and in the lane relay for each
// destination domain (doc/decisions/0047), with the recipients that aliases lead to. `facts` is what the encryption rules see;
// sender, ENVID, RET, SMTPUTF8 and REQUIRETLS come from `envelope`.
[[nodiscard]] Sorted sort_into_lanes(const Client& client, const Origin& origin, const policy::MessageFacts& facts,
                                     const smtp::MailFrom& envelope, const std::vector<IntakeRecipient>& recipients);

// RFC 3461 §5.2.7: NOTIFY goes along to where an alias leads. With several addresses, one of them at most tells of
// success, so that the sender hears of it once. `index` counts them from 0.
[[nodiscard]] std::string notify_of_alias(const std::string& notify, std::size_t index);
// What somebody hears whom two ways lead to: whatever one of them asks for.
[[nodiscard]] std::string unite_notify(const std::string& one, const std::string& other);

}  // namespace sealpost::gateway
