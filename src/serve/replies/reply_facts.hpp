#pragma once

#include "base/result.hpp"
#include "serve/identity/judgement.hpp"

#include <string>
#include <string_view>

namespace sealpost::replies {

// What the queue remembers of a secure reply.
struct ReplyFacts {
    std::string envelope_id;  // that it answers
    std::string person;       // address of who wrote it
    std::string mode;         // reply | reply_all | forward
    std::string subject;
    std::string message_id;
    identity::SentAs sent_as = identity::SentAs::service;  // as it was written; what leaves is judged again
    std::string judgement = {};                            // identity::to_json(), or empty
};

[[nodiscard]] std::string format_reply_facts(const ReplyFacts& facts);
[[nodiscard]] Result<ReplyFacts> parse_reply_facts(std::string_view text);

}  // namespace sealpost::replies
