#include "base/clock.hpp"
#include "base/ip_address.hpp"
#include "base/language.hpp"
#include "base/secret.hpp"
#include "base/text.hpp"

#include <gtest/gtest.h>

namespace sealpost {
namespace {

TEST(Endpoint, ReadsBothFamiliesAndRefusesTheRest)
{
    EXPECT_EQ(format_endpoint(parse_endpoint("192.0.2.1:25").value()), "192.0.2.1:25");
    EXPECT_EQ(format_endpoint(parse_endpoint("[2001:db8::1]:465").value()), "[2001:db8::1]:465");
    for (const char* text : {"", "25", "192.0.2.1", "192.0.2.1:", "192.0.2.1:70000", "2001:db8::1:25", "[192.0.2.1]:25", "a:25"})
        EXPECT_TRUE(parse_endpoint(text).has_error()) << text;
}

TEST(Language, IsReadFromItsTag)
{
    for (const char* tag : {"fr", "FR", "fr-CA", "fr_CA"}) EXPECT_EQ(parse_language(tag), Language::fr) << tag;
    for (const char* tag : {"", "en", "de", "frr", "f"}) EXPECT_EQ(parse_language(tag), Language::en) << tag;
    EXPECT_EQ(format_language(Language::fr), "fr");
    EXPECT_EQ((Words{"yes", "oui"}).in(Language::fr), "oui");
}

TEST(IpAddress, TakesAMappedAddressAsIpv4)
{
    EXPECT_TRUE(parse_ip("::ffff:192.0.2.1")->is_v4());
    EXPECT_EQ(parse_ip("::ffff:192.0.2.1"), parse_ip("192.0.2.1"));
    EXPECT_EQ(format_reverse_name(*parse_ip("192.0.2.1")), "1.2.0.192.in-addr.arpa");
    EXPECT_TRUE(parse_ip("127.9.9.9")->is_loopback());
    EXPECT_TRUE(parse_ip("::1")->is_loopback());
}

TEST(Secret, MovesAndComparesButNeverCopies)
{
    static_assert(!std::is_copy_constructible_v<Secret>);
    Secret one = Secret::copy_of("a key");
    Secret two = std::move(one);
    EXPECT_TRUE(one.empty());
    EXPECT_TRUE(two.equals(as_bytes("a key")));
    EXPECT_FALSE(two.equals(as_bytes("a kez")));
    EXPECT_FALSE(two.equals(as_bytes("a ke")));
}

TEST(IpAddress, IsNothingButTheAddress)
{
    using namespace std::string_view_literals;
    for (const auto text : {""sv, "192.0.2"sv, "192.0.2.1 "sv, "192.0.2.1\0"sv, "::1\0x"sv, "010.0.0.1"sv, "fe80::1%eth0"sv})
        EXPECT_FALSE(parse_ip(text)) << text;
}

TEST(WallTime, RoundTripsThroughRfc3339)
{
    const auto time = parse_rfc3339("2026-11-22T08:15:30.120Z").value();
    EXPECT_EQ(format_rfc3339(time), "2026-11-22T08:15:30.120Z");
    EXPECT_EQ(format_rfc5322_date(time), "Sun, 22 Nov 2026 08:15:30 +0000");
    EXPECT_EQ(format_rfc3339(parse_rfc3339("2026-11-22T00:15:30+01:30").value()), "2026-11-21T22:45:30.000Z");
    EXPECT_EQ(format_rfc3339(parse_rfc3339("2026-11-22T23:15:30.5-01:00").value()), "2026-11-23T00:15:30.500Z");
    for (const char* text :
         {"", "2026-11-22", "2026-13-22T08:15:30Z", "2026-02-30T08:15:30Z", "2026-11-22T08:15:30+0100",
          "2026-11-22T08:15:30+24:00", "2026-11-22T08:15:30+1:000", "2026-11-22T08:15:30+01:60", "2026-1-22T8:15:30Z",
          "+026-11-22T08:15:30Z", "2026-11-22T-8:15:30Z", "2026-11-22T08:15:30.Z", " 2026-11-22T08:15:30Z",
          "9999-12-31T23:59:60Z", "9999-12-31T23:30:00-01:00", "0000-01-01T00:00:00+01:00"})
        EXPECT_TRUE(parse_rfc3339(text).has_error()) << text;
}

TEST(Text, ParsesDecimalsWhole)
{
    EXPECT_EQ(parse_decimal("42"), 42U);
    for (const char* text : {"", " 42", "42 ", "-1", "+1", "4x", "99999999999999999999999"})
        EXPECT_FALSE(parse_decimal(text)) << text;
}

}  // namespace
}  // namespace sealpost
