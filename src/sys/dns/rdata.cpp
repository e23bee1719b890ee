#include "sys/dns/rdata.hpp"

#include "base/encoding.hpp"

namespace sealpost::dns {
namespace {

std::uint8_t octet(std::string_view data, std::size_t at) { return static_cast<std::uint8_t>(data[at]); }

// RFC 1035 §5.1: a dot or backslash inside a label, and what does not print, is escaped.
void append_label(std::string& name, std::string_view label)
{
    for (const char c : label) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '.' || c == '\\') {
            name += '\\';
            name += c;
        } else if (code > 0x20 && code < 0x7f) {
            name += c;
        } else {
            const char digits[] = {'\\', static_cast<char>('0' + code / 100), static_cast<char>('0' + code / 10 % 10),
                                   static_cast<char>('0' + code % 10)};
            name.append(digits, sizeof digits);
        }
    }
}

// The whole of `data` as one uncompressed name.
std::optional<std::string> format_name(std::string_view data)
{
    constexpr std::size_t max_name_octets = 255;
    constexpr std::size_t max_label_octets = 63;
    if (data.empty() || data.size() > max_name_octets) return std::nullopt;
    std::string name;
    while (octet(data, 0) != 0) {
        const std::size_t size = octet(data, 0);
        if (size > max_label_octets || size + 1 >= data.size()) return std::nullopt;
        if (!name.empty()) name += '.';
        append_label(name, data.substr(1, size));
        data.remove_prefix(size + 1);
    }
    if (data.size() != 1) return std::nullopt;
    return name.empty() ? "." : name;
}

std::optional<std::string> join_strings(std::string_view data)
{
    std::string text;
    while (!data.empty()) {
        const std::size_t size = octet(data, 0);
        if (size > data.size() - 1) return std::nullopt;
        text += data.substr(1, size);
        data.remove_prefix(size + 1);
    }
    return text;
}

std::optional<std::string> format_mx(std::string_view data)
{
    if (data.size() < 3) return std::nullopt;
    const auto host = format_name(data.substr(2));
    if (!host) return std::nullopt;
    return std::to_string(octet(data, 0) * 256 + octet(data, 1)) + ' ' + *host;
}

std::optional<std::string> format_tlsa(std::string_view data)
{
    if (data.size() < 4) return std::nullopt;
    std::string text;
    for (std::size_t i = 0; i < 3; ++i) text += std::to_string(octet(data, i)) + ' ';
    return text + format_hex(as_bytes(data.substr(3)));
}

}  // namespace

std::optional<std::string> format_rdata(Type type, std::string_view rdata)
{
    switch (type) {
        case Type::a:
            if (rdata.size() != 4) return std::nullopt;
            return format_ip(IpAddress::v4({octet(rdata, 0), octet(rdata, 1), octet(rdata, 2), octet(rdata, 3)}));
        case Type::aaaa: {
            if (rdata.size() != 16) return std::nullopt;
            std::array<std::uint8_t, 16> octets{};
            for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = octet(rdata, i);
            return format_ip(IpAddress::v6(octets));
        }
        case Type::cname:
        case Type::ptr: return format_name(rdata);
        case Type::mx: return format_mx(rdata);
        case Type::txt: return join_strings(rdata);
        case Type::tlsa: return format_tlsa(rdata);
    }
    return std::nullopt;
}

}  // namespace sealpost::dns
