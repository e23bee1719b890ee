#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sealpost {

// Where a text of at most so many octets ends, between two characters of UTF-8; octets that are none are cut anywhere.
[[nodiscard]] std::size_t find_cut(std::string_view text, std::size_t max_bytes);

// Keeps what comes before that.
void cut_text(std::string& text, std::size_t max_bytes);

// What somebody else said, as one line of at most so many octets for a log, a page, a mail or JSON: valid UTF-8, with a space
// for every control character. Reads no more of it than it may show.
[[nodiscard]] std::string show_line(std::string_view text, std::size_t max_bytes);

}  // namespace sealpost
