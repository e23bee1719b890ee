#pragma once

#include <string>
#include <string_view>

namespace sealpost::seal {

// For element text and for attribute values in double quotes. Control characters (except tab and
// line feed) and octets that are not UTF-8 become U+FFFD; no five hyphens stay in a row, so that no text looks like a
// line around armor.
[[nodiscard]] std::string escape_html(std::string_view utf8);

}  // namespace sealpost::seal
