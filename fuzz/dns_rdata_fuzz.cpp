// room: sys/dns
// Record data as name servers send it. The first octet chooses the type.
#include "sys/dns/rdata.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using sealpost::dns::Type;
    constexpr std::array types{Type::a, Type::cname, Type::ptr, Type::mx, Type::txt, Type::aaaa, Type::tlsa};
    if (size == 0) return 0;
    const Type type = types.at(data[0] % types.size());
    const std::string_view rdata(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto text = sealpost::dns::format_rdata(type, rdata);
    // Escapes make an octet into four characters at most, hexadecimal and small numbers stay below that.
    if (text && text->size() > rdata.size() * 4 + 46) std::abort();
    return 0;
}
