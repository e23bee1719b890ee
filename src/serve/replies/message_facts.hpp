#pragma once

#include "base/result.hpp"
#include "serve/identity/judgement.hpp"

#include <string>
#include <string_view>

namespace sealpost::replies {

// What the queue remembers of something that a person wrote in the reader.
struct MessageFacts {
    std::string envelope_id;  // that it answers; empty: it begins
    std::string person;       // address of who wrote it
    std::string mode;         // reply | reply_all | forward | compose
    std::string subject;
    std::string message_id;
    identity::SentAs sent_as = identity::SentAs::service;  // as it was written; what leaves is judged again
    std::string judgement = {};                            // identity::to_json(), or empty
    std::int64_t account = 0;                              // to whose domains it goes, when it begins
};

[[nodiscard]] std::string format_message_facts(const MessageFacts& facts);
[[nodiscard]] Result<MessageFacts> parse_message_facts(std::string_view text);

}  // namespace sealpost::replies
