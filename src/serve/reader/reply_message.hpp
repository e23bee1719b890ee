#pragma once

#include "core/keys/envelope.hpp"
#include "serve/reader/outbox.hpp"
#include "sys/http/multipart.hpp"
#include "sys/http/respond.hpp"
#include "wire/mail/mime_writer.hpp"

namespace sealpost::reader {

// What the page sends of a reply, in the field `reply`.
struct ReplyText {
    ReplyMode mode = ReplyMode::reply;
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

// The RFC 5322 message of a reply, as text to be sent on piece by piece: begin · take … · end. No I/O.
class ReplyMessage {
public:
    [[nodiscard]] static http::Checked<ReplyMessage> make(const ReplyContext& context, const ReplyText& text);

    [[nodiscard]] std::string begin();
    [[nodiscard]] std::string take(const http::MultipartEvent& event);  // of an attachment
    [[nodiscard]] std::string end();
    [[nodiscard]] const ReplyOrder& order() const { return order_; }

private:
    ReplyMessage() = default;
    ReplyOrder order_;
    mail::MimeWriter::Fields fields_;
    std::string text_;
    mail::MimeWriter mime_;
};

// A name for a file that came from outside: no path, no control characters, never empty.
[[nodiscard]] std::string clean_file_name(std::string_view name);
// "type/subtype" when it is a plain one that may stand at a base64 part; application/octet-stream otherwise.
[[nodiscard]] std::string clean_media_type(std::string_view type);

}  // namespace sealpost::reader
