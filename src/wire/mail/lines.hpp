// Only for the .cpp files of this room: a text line by line, as it stands.
#pragma once

#include <string_view>

namespace sealpost::mail {

// The first line with its end, taken off the text; the rest when no line end follows.
inline std::string_view take_line(std::string_view& text)
{
    const std::size_t end = text.find('\n');
    const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
    const std::string_view line = text.substr(0, size);
    text.remove_prefix(size);
    return line;
}

// CRLF or LF.
inline std::string_view without_line_end(std::string_view line)
{
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace sealpost::mail
