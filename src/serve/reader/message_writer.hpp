#pragma once

#include "serve/reader/outbox.hpp"
#include "sys/http/fields.hpp"
#include "sys/http/multipart.hpp"
#include "wire/mail/mime_writer.hpp"

namespace sealpost::reader {

// What the page sends of a message beside its attachments; what does not fit is complained of.
[[nodiscard]] std::string read_subject(http::Fields& fields);  // one line, cut to what a head holds
[[nodiscard]] std::string read_text(http::Fields& fields);
[[nodiscard]] std::vector<std::string> read_recipients(http::Fields& fields, std::size_t most);  // of "to", normalised

// As the value of To or Cc.
[[nodiscard]] std::string format_addresses(const std::vector<std::string>& addresses);

// What the head says that the order does not.
struct MessageHead {
    std::string to;  // values of fields
    std::string cc;
    std::string answered;  // Message-ID of the message that it answers; empty: none
    WallTime at;
};

// The RFC 5322 message that a person writes, as text to be sent on piece by piece: begin · take … · end. No I/O.
class MessageWriter {
public:
    // The order without its Message-ID, which is made here.
    MessageWriter(MessageOrder order, const MessageHead& head, std::string_view text);

    [[nodiscard]] std::string begin();
    [[nodiscard]] std::string take(const http::MultipartEvent& event);  // of an attachment
    [[nodiscard]] std::string end();
    [[nodiscard]] const MessageOrder& order() const { return order_; }

private:
    MessageOrder order_;
    mail::MimeWriter::Fields fields_;
    std::string text_;
    mail::MimeWriter mime_;
};

// A name for a file that came from outside: no path, no control characters, never empty.
[[nodiscard]] std::string clean_file_name(std::string_view name);
// "type/subtype" when it is a plain one that may stand at a base64 part; application/octet-stream otherwise.
[[nodiscard]] std::string clean_media_type(std::string_view type);

}  // namespace sealpost::reader
