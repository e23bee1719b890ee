#pragma once

#include "core/policy/ruling.hpp"
#include "core/queue/content_writer.hpp"
#include "serve/gateway/authentication.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/smtp/reply.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sealpost::gateway {

// The content of one message as it comes: the head is kept (it is written last, with what we found out
// about the body), the body goes straight on to the queue. At most a few times policy::intake_limits.max_bytes and what the
// writer buffers are in memory.
class IncomingMessage {
public:
    // `authentication` looks at everything, too; null: nobody does. It outlives the message. `is_outgoing`: of our own people.
    IncomingMessage(std::unique_ptr<queue::ContentWriter> content, Authentication* authentication, bool is_outgoing);

    Task<void> append(std::string piece);
    Task<void> end();  // a message without a body has its head whole now

    // It cannot be taken, for a reason of ours: what came of it is forgotten at once.
    void refuse(smtp::Reply why);
    [[nodiscard]] std::size_t held_bytes() const;  // in memory, about

    // Why it cannot be taken; then nothing else of it is of use.
    [[nodiscard]] const std::optional<smtp::Reply>& refusal() const { return refusal_; }
    [[nodiscard]] const sealpost::mail::HeaderBlock& head() const { return head_; }
    // The whole content, once; `fields` is the head as it is kept, without the empty line.
    [[nodiscard]] std::unique_ptr<queue::ContentWriter> complete(std::string fields);

private:
    [[nodiscard]] bool is_refused(const policy::Ruling& ruling);
    Task<void> take_head(std::size_t most);
    Task<void> take_body(std::string piece);

    std::unique_ptr<queue::ContentWriter> content_;
    Authentication* authentication_;
    bool is_outgoing_;
    std::string beginning_;  // until the head is whole
    bool head_is_whole_ = false;
    sealpost::mail::HeaderBlock head_;
    std::size_t head_held_bytes_ = 0;  // by it, about
    std::optional<smtp::Reply> refusal_;
};

}  // namespace sealpost::gateway
