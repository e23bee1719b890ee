#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::authres {

// The words of structured fields; for this room only. Whatever comes in, what goes out has no line
// break, no control character, valid UTF-8 and a length of at most max_value_bytes and its quotes.

// RFC 2045 §5.1: what may stand bare.
[[nodiscard]] bool is_token_char(char c);
[[nodiscard]] bool is_keyword_char(char c);  // RFC 8601 §2.2, RFC 5321: letters, digits, "-"; and "_"

[[nodiscard]] std::string format_keyword(std::string_view text);   // what cannot stand in one is left away
[[nodiscard]] std::string format_word(std::string_view text);      // a token, or a quoted string
[[nodiscard]] std::string format_pvalue(std::string_view text);    // also local@domain bare
[[nodiscard]] std::string format_dot_atom(std::string_view text);  // RFC 5322 §3.2.3, or a quoted string
[[nodiscard]] std::string format_comment(std::string_view text);   // in parentheses

// Items joined by spaces, folded before column 78 where they can be; without the CRLF at the end.
[[nodiscard]] std::string fold_items(std::string start, const std::vector<std::string>& items);

}  // namespace sealpost::authres
