#pragma once

#include "base/secret.hpp"

#include <cstdint>
#include <string>

namespace sealpost::test {

// A secret as authenticator apps read it: RFC 4648 §6 in upper case, without padding.
inline Secret parse_base32(const std::string& text)
{
    Bytes octets;
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char c : text) {
        held = (held << 5 | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26)) & 0xffffff;
        if ((bits += 5) >= 8) octets.push_back(static_cast<std::uint8_t>(held >> (bits -= 8)));
    }
    return Secret(std::move(octets));
}

}  // namespace sealpost::test
