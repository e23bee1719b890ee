#pragma once

#include <string>
#include <string_view>

namespace sealpost::mail {

// A file may have the line ends of its machine; on the wire they are CRLF (RFC 5321 §2.3.8), and that is what is signed
// and judged. Every bare LF becomes CRLF.
[[nodiscard]] std::string to_crlf(std::string_view text);

}  // namespace sealpost::mail
