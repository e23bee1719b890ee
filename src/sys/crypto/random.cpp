#include "sys/crypto/random.hpp"

#include <openssl/rand.h>
#include <climits>
#include <stdexcept>

namespace sealpost::crypto {

void fill_random(std::span<std::uint8_t> out)
{
    while (!out.empty()) {
        const std::size_t count = out.size() > INT_MAX ? INT_MAX : out.size();
        if (RAND_bytes(out.data(), static_cast<int>(count)) != 1) throw std::runtime_error("no random octets");
        out = out.subspan(count);
    }
}

Bytes random_bytes(std::size_t count)
{
    Bytes bytes(count);
    fill_random(bytes);
    return bytes;
}

Secret random_secret(std::size_t count) { return Secret(random_bytes(count)); }

}  // namespace sealpost::crypto
