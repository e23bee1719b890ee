// room: base
//
// The small words that everything else is made of: numbers, addresses, times, hexadecimal and base64. What is taken is
// written back as it stood, or in its one canonical form.
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/ip_address.hpp"
#include "base/text.hpp"

#include <cstdlib>

using namespace sealpost;

namespace {

void require(bool promise)
{
    if (!promise) std::abort();
}

void check_encodings(std::string_view text)
{
    if (const auto octets = parse_hex(text); octets.has_value()) require(format_hex(*octets) == ascii_lower(text));
    if (const auto octets = parse_base64(text); octets.has_value()) require(format_base64(*octets) == text);
    if (const auto octets = parse_base64_unpadded(text); octets.has_value()) require(format_base64_unpadded(*octets) == text);
    if (const auto octets = parse_base64url(text); octets.has_value()) require(format_base64url(*octets) == text);
    const ByteView octets = as_bytes(text);
    require(as_text(parse_hex(format_hex(octets)).value()) == text);
    require(as_text(parse_base64(format_base64(octets)).value()) == text);
    require(as_text(parse_base64url(format_base64url(octets)).value()) == text);
}

void check_addresses(std::string_view text)
{
    if (const auto address = parse_ip(text)) {
        require(parse_ip(format_ip(*address)) == address);
        require(text.size() <= 45 && !format_reverse_name(*address).empty());
    }
    if (const auto endpoint = parse_endpoint(text); endpoint.has_value())
        require(parse_endpoint(format_endpoint(*endpoint)).value() == *endpoint);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_encodings(text);
    check_addresses(text);
    if (const auto number = parse_decimal(text)) require(std::stoull(std::string(text)) == *number);
    if (const auto time = parse_rfc3339(text); time.has_value()) {
        require(parse_rfc3339(format_rfc3339(*time)).value() == *time);
        const bool is_utc = text.ends_with('Z') || text.ends_with('z');
        require(!is_utc || iequals(format_rfc3339(*time).substr(0, 16), text.substr(0, 16)) || text.substr(17, 2) == "60");
        require(format_rfc5322_date(*time).size() < 40);
    }
    std::string joined;
    for (const auto part : split(text, ',')) joined.append(joined.empty() && part.data() == text.data() ? "" : ",").append(part);
    require(joined == text && text.find(trim(text)) != std::string_view::npos);
    return 0;
}
