#pragma once

#include "core/keys/envelope.hpp"
#include "serve/reader/message_writer.hpp"
#include "sys/http/respond.hpp"

namespace sealpost::reader {

// What the page sends of a reply, in the field `reply`.
struct ReplyText {
    MessageMode mode = MessageMode::reply;
    std::vector<std::string> to;  // of a forward, normalised
    std::string subject;
    std::string text;
};
[[nodiscard]] http::Checked<ReplyText> parse_reply_text(std::string_view json_text);

// What the service knows about it.
struct ReplyContext {
    keys::Policy policy;
    std::string person;  // the address that opened the envelope
    std::int64_t person_id = 0;
    std::vector<std::string> own_addresses;
    std::string once;  // key of this reply among all; empty: none was given
    SendingIdentity identity;
    WallTime now;
};

// Who gets a reply to all of an envelope: its sender, and its other recipients but for the person's own addresses.
[[nodiscard]] std::vector<std::string> list_reply_all(const keys::Sender& sender, const std::vector<std::string>& recipients,
                                                      const std::vector<std::string>& own_addresses);

// The message of a reply or a forward.
[[nodiscard]] http::Checked<MessageWriter> make_reply(const ReplyContext& context, const ReplyText& text);

}  // namespace sealpost::reader
