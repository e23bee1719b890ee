#include "base/base32.hpp"

namespace sealpost {

std::string format_base32(ByteView bytes)
{
    std::string text;
    text.reserve((bytes.size() * 8 + 4) / 5);
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const auto octet : bytes) {
        held = (held << 8 | octet) & 0xfff;  // 4 bits at most were left
        for (bits += 8; bits >= 5; bits -= 5) text += base32_alphabet[held >> (bits - 5) & 31];
    }
    if (bits > 0) text += base32_alphabet[held << (5 - bits) & 31];
    return text;
}

}  // namespace sealpost
