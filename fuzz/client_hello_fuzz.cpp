// room: sys/tls
// Extensions of a ClientHello that are read before the handshake: ALPN and server name.
#include "sys/tls/client_hello.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const sealpost::ByteView bytes(data, size);
    if (const auto protocols = sealpost::tls::parse_alpn(bytes)) {
        std::size_t octets = 2;  // all of the extension is in the names and their lengths
        for (const auto& name : *protocols) octets += 1 + name.size();
        if (octets != size) std::abort();
    }
    const auto name = sealpost::tls::parse_server_name(bytes);
    if (name && (name->empty() || name->size() + 5 > size)) std::abort();
    return 0;
}
