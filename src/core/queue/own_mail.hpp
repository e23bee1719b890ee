#pragma once

#include "core/queue/queue.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::queue {

// A mail of the node's own: an alert, a report, a receipt, a code. Nobody is told what becomes of it.
struct OwnMail {
    std::string lane;
    std::string sender;  // empty: the null reverse-path
    std::vector<std::string> to;
    std::string facts;
    std::optional<BouncePlan> plan = {};
    std::optional<Once> once = {};  // for whoever may not know that it was queued before
};

// `text` is the whole message. Addresses that are not ASCII make it one for hosts with SMTPUTF8 (RFC 6531). Absent: one of the
// same `once` was queued before.
Task<Result<std::optional<MessageId>>> send_own_mail(std::shared_ptr<Queue> queue, OwnMail mail, std::string text);

}  // namespace sealpost::queue
