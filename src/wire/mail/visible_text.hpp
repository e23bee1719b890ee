#pragma once

#include <string>
#include <string_view>

namespace sealpost::mail {

// For people who look at foreign octets on a terminal: lines stay lines (LF), and whatever else would steer the terminal or
// mislead the eye is told: "\x1b" a control character or an octet that is no UTF-8, "\u202e" a mark that turns the text around.
[[nodiscard]] std::string show_controls(std::string_view text);
// The same for what belongs into one line, such as a name in a table: line ends and tabs are told, too ("\x0a").
[[nodiscard]] std::string show_line(std::string_view text);

// Whether the eye sees all of it, as one line: UTF-8 of which show_line() would tell nothing. For what people are known by:
// an address, a name to sign in with.
[[nodiscard]] bool is_all_visible(std::string_view text);
// The same, but for the joiners U+200C and U+200D, which Persian, scripts of India and emoji need. For words that people read.
[[nodiscard]] bool is_plain_line(std::string_view text);

}  // namespace sealpost::mail
