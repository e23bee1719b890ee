#include "wire/mail/line_ends.hpp"

namespace sealpost::mail {

std::string to_crlf(std::string_view text)
{
    std::string wire;
    wire.reserve(text.size() + text.size() / 32);
    for (const char c : text) {
        if (c == '\n' && !wire.ends_with('\r')) wire += '\r';
        wire += c;
    }
    return wire;
}

}  // namespace sealpost::mail
