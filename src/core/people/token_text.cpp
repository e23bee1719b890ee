#include "core/people/token_text.hpp"

#include "base/encoding.hpp"
#include "sys/crypto/random.hpp"

#include <cstring>

namespace sealpost::people {

Secret make_token_text(std::string_view prefix)
{
    std::string text = format_base64url(crypto::random_secret(32).reveal());
    Bytes whole = copy_bytes(prefix);
    whole.reserve(prefix.size() + text.size());  // so that no half of it stays behind in freed memory
    whole.insert(whole.end(), text.begin(), text.end());
    explicit_bzero(text.data(), text.size());
    return Secret(std::move(whole));
}

Secret normalise_typed_code(const Secret& code)
{
    Bytes plain;
    plain.reserve(code.size());
    for (const auto octet : code.reveal())
        if (octet != ' ' && octet != '-')
            plain.push_back(octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet + ('a' - 'A')) : octet);
    return Secret(std::move(plain));
}

}  // namespace sealpost::people
