#pragma once

#include <string>
#include <string_view>

namespace sealpost::mail {

// For people who look at foreign octets on a terminal: lines stay lines (LF), and whatever else would steer the terminal or
// mislead the eye is told: "\x1b" a control character or an octet that is no UTF-8, "\u202e" a mark that turns the text around.
[[nodiscard]] std::string show_controls(std::string_view text);

}  // namespace sealpost::mail
