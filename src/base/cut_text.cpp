#include "base/cut_text.hpp"

#include "base/utf8.hpp"

namespace sealpost {

std::size_t find_cut(std::string_view text, std::size_t max_bytes)
{
    if (text.size() <= max_bytes) return text.size();
    constexpr std::size_t longest_character = 4;
    std::size_t end = max_bytes;
    const auto continues = [&] { return (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80; };
    while (end > 0 && max_bytes - end < longest_character && continues()) --end;
    return end;
}

void cut_text(std::string& text, std::size_t max_bytes) { text.resize(find_cut(text, max_bytes)); }

std::string show_line(std::string_view text, std::size_t max_bytes)
{
    // Two octets shrink to one at most: a control character of C1 to a space.
    std::string line = clean_utf8(text.substr(0, find_cut(text, 2 * max_bytes)), Controls::none);
    cut_text(line, max_bytes);
    return line;
}

}  // namespace sealpost
