#pragma once

#include "base/encoding.hpp"

#include <string>
#include <string_view>

namespace sealpost::test {

// The base64 parts of a message, decoded, one after the other: what a reader of the mail would see.
inline std::string decode_parts(std::string_view message)
{
    constexpr std::string_view begin = "Content-Transfer-Encoding: base64";
    std::string all;
    while (true) {
        const auto field = message.find(begin);
        const auto body = field == std::string_view::npos ? field : message.find("\r\n\r\n", field);
        if (body == std::string_view::npos) return all;
        message.remove_prefix(body + 4);
        std::string text;
        for (const char c : message.substr(0, message.find("\r\n--")))
            if (c != '\r' && c != '\n') text += c;
        all += as_text(parse_base64(text).value());
    }
}

}  // namespace sealpost::test
