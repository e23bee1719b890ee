#pragma once

#include "serve/reader/message_writer.hpp"
#include "sys/http/respond.hpp"

namespace sealpost::reader {

// What the page sends of a message that begins, in the field `message`.
struct ComposeText {
    std::string from;             // normalised; empty: the page leaves it to us
    std::vector<std::string> to;  // normalised, each once
    std::string subject;
    std::string text;
};
[[nodiscard]] http::Checked<ComposeText> parse_compose_text(std::string_view json_text);

// The message: of the order all is there that the text does not say.
[[nodiscard]] MessageWriter begin_thread(MessageOrder order, const ComposeText& text, WallTime now);

}  // namespace sealpost::reader
