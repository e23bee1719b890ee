#pragma once

#include "base/result.hpp"

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
};

[[nodiscard]] std::string format_reply_facts(const ReplyFacts& facts);
[[nodiscard]] Result<ReplyFacts> parse_reply_facts(std::string_view text);

}  // namespace sealpost::replies
