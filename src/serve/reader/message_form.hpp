#pragma once

#include "serve/reader/desk.hpp"
#include "serve/reader/message_writer.hpp"

namespace sealpost::reader {

// What the calls share that send something a person wrote: a form of one JSON field, and attachments behind it.

// Of a route that takes such a form from our own pages, where there is room for mail.
[[nodiscard]] http::RouteOptions take_message_form(const Desk& desk);

[[nodiscard]] http::Checked<std::string> find_boundary(const http::Request& request);

// The form's first field, which has this name.
Task<http::Checked<std::string>> read_first_field(http::MultipartReader& form, std::string name);

// The Idempotency-Key of the request (draft-ietf-httpapi-idempotency-key-header), with or without the quotes of a
// structured string: whoever got no answer sends the same again under the same key, and it arrives once. Absent: "".
[[nodiscard]] http::Checked<std::string> read_idempotency_key(const http::Request& request);

// The answer to an order that was accepted under its key before: no limit holds it up, and the form is read to its end for
// nothing. Absent: it is new.
Task<http::Checked<std::optional<http::Response>>> answer_repeated(const Desk& desk, http::MultipartReader& form,
                                                                   MessageOrder order);

// Writes the message with the attachments that the form goes on with, and sends it: 202.
Task<http::Checked<http::Response>> send_message(const Desk& desk, http::MultipartReader& form, MessageWriter writer);

}  // namespace sealpost::reader
