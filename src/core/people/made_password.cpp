#include "core/people/made_password.hpp"

#include "sys/crypto/random.hpp"

#include <string_view>

namespace sealpost::people {

Secret make_password()
{
    constexpr std::string_view alphabet = "abcdefghijkmnpqrstuvwxyz23456789";  // 32, without l, o, 0, 1
    const Secret drawn = crypto::random_secret(20);
    Bytes text;
    text.reserve(drawn.size() + 3);
    for (const auto octet : drawn.reveal()) {
        if (text.size() % 6 == 5) text.push_back('-');
        text.push_back(static_cast<std::uint8_t>(alphabet[octet % alphabet.size()]));
    }
    return Secret(std::move(text));
}

}  // namespace sealpost::people
