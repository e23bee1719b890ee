// room: sys/net
// The PROXY protocol's header: however its octets are cut and whatever stands behind it, the same client is told, with the
// same length; a problem stays one; a part is never as long as a header may be; and what is told can be told again.
#include "base/bytes.hpp"
#include "sys/net/proxy_header.hpp"

#include <cstdlib>

using namespace sealpost;
using namespace sealpost::net;

namespace {

void require(bool promise)
{
    if (!promise) std::abort();
}

void check_again(const Endpoint& client)
{
    const std::string address = format_ip(client.address);
    const std::string line = std::string("PROXY ") + (client.address.is_v4() ? "TCP4 " : "TCP6 ") + address + ' ' + address +
                             ' ' + std::to_string(client.port) + " 25\r\n";
    const auto again = parse_proxy_header(line);
    const auto* header = std::get_if<ProxyHeader>(&again);
    require(header != nullptr && header->client == client && header->octets == line.size());
}

void check_header(const ProxyHeader& header, std::string_view octets)
{
    require(header.octets >= 15 && header.octets <= octets.size() && header.octets <= max_proxy_header_bytes);
    for (std::size_t size = 0; size < header.octets; ++size)
        require(std::holds_alternative<ProxyHeaderPart>(parse_proxy_header(octets.substr(0, size))));
    for (const std::string_view behind : {"", "\r\n", "EHLO client.test\r\n"}) {
        const auto again = parse_proxy_header(std::string(octets.substr(0, header.octets)).append(behind));
        const auto* same = std::get_if<ProxyHeader>(&again);
        require(same != nullptr && same->octets == header.octets && same->client == header.client);
    }
    if (header.client) check_again(*header.client);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view octets = as_text({data, size});
    const auto parsed = parse_proxy_header(octets);
    if (const auto* header = std::get_if<ProxyHeader>(&parsed)) check_header(*header, octets);
    if (const auto* problem = std::get_if<ProxyProblem>(&parsed)) {
        require(!format_proxy_problem(*problem).empty());
        const auto again = parse_proxy_header(std::string(octets) + "\r\n");
        const auto* same = std::get_if<ProxyProblem>(&again);
        require(same != nullptr && *same == *problem);
    }
    if (std::holds_alternative<ProxyHeaderPart>(parsed)) require(size < max_proxy_header_bytes);
    return 0;
}
