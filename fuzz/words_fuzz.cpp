// room: base wire/mail
//
// The small words that everything else is made of: numbers, addresses, times, hexadecimal and base64. What is taken is
// written back as it stood, or in its one canonical form. And what is shown of words that others chose: nothing unseen.
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/ip_address.hpp"
#include "base/text.hpp"
#include "wire/mail/date.hpp"
#include "wire/mail/direction_marks.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/mail/visible_text.hpp"

#include <algorithm>
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

void check_mail_date(std::string_view text)
{
    using namespace std::chrono;
    const auto time = mail::parse_date(text);
    if (!time) return;
    const WallTime least = sys_days(year(1900) / January / 1), end = sys_days(year(9999) / January / 1);
    require(*time > least - days(1) && *time < end + days(1));
    // A zone may lead into the year before the first that is taken, or behind the last.
    const auto again = mail::parse_date(format_rfc5322_date(*time));
    require(again == time || (!again && (*time < least || *time >= end)));
    require(parse_rfc3339(format_rfc3339(*time)).value() == *time);
}

void check_visible(std::string_view text)
{
    const std::string line = mail::show_line(text);
    require(mail::is_all_visible(line) && mail::show_line(line) == line);
    require(std::none_of(line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
    require(mail::is_all_visible(text) == (line == text));
    require(!mail::is_all_visible(text) || mail::is_plain_line(text));
    require(!mail::is_plain_line(text) || (mail::is_utf8(text) && text.find_first_of("\r\n") == std::string_view::npos));

    const std::string lines = mail::show_controls(text);
    require(mail::show_controls(lines) == lines);
    for (const std::string_view one : split(lines, '\n')) {
        std::string untabbed(one);
        std::erase(untabbed, '\t');
        require(mail::is_all_visible(untabbed));
    }

    // What is cleaned of them first: the octets of a mark could otherwise close up around another.
    const std::string clean = mail::clean_utf8(text, mail::Controls::none);
    const std::string straight = mail::drop_direction_marks(clean);
    require(mail::is_utf8(straight) && straight.size() <= clean.size());
    require(mail::drop_direction_marks(straight) == straight);
    require(!mail::is_plain_line(clean) || straight == clean);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_encodings(text);
    check_addresses(text);
    check_mail_date(text);
    check_visible(text);
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
