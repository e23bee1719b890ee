#pragma once

#include <string>
#include <string_view>

namespace sealpost::mail {

// Without U+202A to U+202E and U+2066 to U+2069 of UAX #9, which turn the text that follows around. A display name
// with one would show the address behind it as another. Arabic and Hebrew are set right without them.
[[nodiscard]] std::string drop_direction_marks(std::string_view utf8);

}  // namespace sealpost::mail
