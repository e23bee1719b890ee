#include "sys/tls/client_hello.hpp"

#include "base/text.hpp"

namespace sealpost::tls {
namespace {

// Takes `count` octets from the front of `rest`; absent when there are fewer.
std::optional<ByteView> take(ByteView& rest, std::size_t count)
{
    if (rest.size() < count) return std::nullopt;
    const ByteView taken = rest.first(count);
    rest = rest.subspan(count);
    return taken;
}

// A vector with its length, of one or two octets, before it (RFC 8446 §3.4).
std::optional<ByteView> take_vector(ByteView& rest, std::size_t length_bytes)
{
    const auto length = take(rest, length_bytes);
    if (!length) return std::nullopt;
    std::size_t count = 0;
    for (const std::uint8_t octet : *length) count = count * 256 + octet;
    return take(rest, count);
}

}  // namespace

std::optional<std::vector<std::string>> parse_alpn(ByteView extension)
{
    auto list = take_vector(extension, 2);
    if (!list || !extension.empty()) return std::nullopt;
    std::vector<std::string> protocols;
    while (!list->empty()) {
        const auto name = take_vector(*list, 1);
        if (!name || name->empty()) return std::nullopt;
        protocols.emplace_back(as_text(*name));
    }
    return protocols;
}

std::optional<std::string> parse_server_name(ByteView extension)
{
    constexpr std::uint8_t host_name = 0;
    constexpr std::size_t longest_name = 255;
    auto list = take_vector(extension, 2);
    if (!list || !extension.empty()) return std::nullopt;
    const auto type = take(*list, 1);
    if (!type || type->front() != host_name) return std::nullopt;
    const auto name = take_vector(*list, 2);
    if (!name || name->empty() || name->size() > longest_name) return std::nullopt;
    return ascii_lower(as_text(*name));
}

}  // namespace sealpost::tls
