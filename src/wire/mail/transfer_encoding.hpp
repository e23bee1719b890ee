// Only for the .cpp files of this room: RFC 2045 §6. Decoders take it as others write it: what is no octet of the encoding is
// passed over (base64) or stays as it is (quoted-printable); there is always an answer.
#pragma once

#include <string>
#include <string_view>

namespace sealpost::mail {

[[nodiscard]] std::string decode_base64_text(std::string_view text);
[[nodiscard]] std::string decode_quoted_printable(std::string_view text);

// A text of lines that end in LF, as lines of 76 columns at most that end in CRLF; what is plain ASCII stays readable.
[[nodiscard]] std::string encode_quoted_printable(std::string_view text);

// An octet for each `mark` with two hexadecimal digits behind it ("=E9", "%E9").
[[nodiscard]] std::string decode_escapes(std::string_view text, char mark);

}  // namespace sealpost::mail
