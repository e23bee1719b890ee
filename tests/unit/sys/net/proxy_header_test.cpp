#include "sys/net/proxy_header.hpp"

#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace sealpost::net {
namespace {

using enum ProxyProblem;

std::string from_hex(std::string_view hex) { return std::string(as_text(parse_hex(hex).value())); }

std::string block(std::string_view command_and_family, const std::string& rest)
{
    const auto size = rest.size();
    const std::string length{static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
    return from_hex("0d0a0d0a000d0a515549540a") + from_hex(command_and_family) + length + rest;
}

const std::string four = from_hex(
    "c0000207"
    "c0000219"
    "9c40"
    "0019");  // 192.0.2.7:40000 to 192.0.2.25:25
const std::string six = from_hex(
    "20010db8000000000000000000000007"
    "20010db8000000000000000000000025"
    "9c40"
    "0019");
// The checksum is that of four's header with this TLV, by another program than ours.
const std::string checksum = from_hex(
    "030004"
    "076ae930");

void expect_client(const std::string& octets, const std::string& client)
{
    for (const std::string behind : {"", "EHLO client.test\r\n", "\r\n"}) {
        const auto parsed = parse_proxy_header(octets + behind);
        const auto* header = std::get_if<ProxyHeader>(&parsed);
        ASSERT_NE(header, nullptr) << octets;
        EXPECT_EQ(header->octets, octets.size());
        EXPECT_EQ(header->client ? format_endpoint(*header->client) : "", client) << octets;
    }
}

void expect_problem(const std::string& octets, ProxyProblem problem)
{
    const auto parsed = parse_proxy_header(octets);
    const auto* met = std::get_if<ProxyProblem>(&parsed);
    ASSERT_NE(met, nullptr) << octets;
    EXPECT_EQ(*met, problem) << octets;
    EXPECT_FALSE(format_proxy_problem(*met).empty());
}

TEST(ProxyHeader, TellsTheClientInALine)
{
    expect_client("PROXY TCP4 192.0.2.7 192.0.2.25 40000 25\r\n", "192.0.2.7:40000");
    expect_client("PROXY TCP4 255.255.255.254 255.255.255.255 65535 65535\r\n", "255.255.255.254:65535");
    expect_client("PROXY TCP6 2001:db8::7 2001:DB8:0:0:0:0:0:25 0 25\r\n", "[2001:db8::7]:0");
    expect_client("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:192.0.2.25 40000 25\r\n", "192.0.2.7:40000");
}

TEST(ProxyHeader, TellsTheClientInABlock)
{
    expect_client(block("2111", four), "192.0.2.7:40000");
    expect_client(block("2121", six), "[2001:db8::7]:40000");
    const std::string mapped = from_hex("00000000000000000000ffffc0000207");
    expect_client(block("2121", mapped + six.substr(16)), "192.0.2.7:40000");
}

TEST(ProxyHeader, TellsNoClientWhereTheBalancerSpeaksForItself)
{
    expect_client("PROXY UNKNOWN\r\n", "");
    expect_client("PROXY UNKNOWN 192.0.2.7 what ever \n it says\r\n", "");
    expect_client("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n", "");
    expect_client(block("2000", ""), "");
    expect_client(block("2011", four), "");
    expect_client(block("2077", "any octets"), "");
    expect_client(block("2100", ""), "");
    expect_client(block("2100", "any octets"), "");
}

TEST(ProxyHeader, SkipsWhatElseABlockTells)
{
    expect_client(block("2111", four + from_hex("040000"
                                                "0500026162")),
                  "192.0.2.7:40000");
    expect_client(block("2111", four + from_hex("0407f1") + std::string(2033, 'x')), "192.0.2.7:40000");
    expect_client(block("2111", four + checksum), "192.0.2.7:40000");
}

TEST(ProxyHeader, IsAPartUntilItIsWhole)
{
    const std::string line = "PROXY TCP4 192.0.2.7 192.0.2.25 40000 25\r\n";
    for (const std::string& whole : {line, block("2111", four + checksum), block("2000", ""), std::string("PROXY UNKNOWN\r\n")})
        for (std::size_t size = 0; size < whole.size(); ++size)
            EXPECT_TRUE(std::holds_alternative<ProxyHeaderPart>(parse_proxy_header(whole.substr(0, size)))) << size << whole;
}

TEST(ProxyHeader, IsNoneWhereSomethingElseIsSaid)
{
    for (const char* said : {"EHLO client.test\r\n", "E", "proxy TCP4", "PROXYTCP4", "PROXY\r\n", "GET / HTTP/1.1\r\n", "\n",
                             "\r\r", "\r\n\r\n\r\n", " PROXY "})
        expect_problem(said, no_header);
    expect_problem(from_hex("160301"), no_header);  // TLS
    expect_problem(from_hex("0d0a0d0a000d0a515549540d"), no_header);
}

TEST(ProxyHeader, IsNotReadBeyondItsLimits)
{
    expect_problem("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", too_long);
    expect_problem("PROXY " + std::string(101, 'x'), too_long);
    expect_problem(block("2111", four + std::string(2048 - 12 + 1, '\0')), too_long);
    expect_problem(from_hex("0d0a0d0a000d0a515549540a"
                            "2000"
                            "ffff"),
                   too_long);
}

TEST(ProxyHeader, IsNoLineThatBreaksTheGrammar)
{
    for (const char* line : {
             "PROXY \r\n",
             "PROXY TCP4\r\n",
             "PROXY UNKNOWNS\r\n",
             "PROXY unknown\r\n",
             "PROXY UDP4 192.0.2.7 192.0.2.25 40000 25\r\n",
             "PROXY  TCP4 192.0.2.7 192.0.2.25 40000 25\r\n",
             "PROXY TCP4  192.0.2.7 192.0.2.25 40000 25\r\n",
             "PROXY TCP4\t192.0.2.7 192.0.2.25 40000 25\r\n",
             "PROXY TCP4 192.0.2.7 192.0.2.25 40000 25 \r\n",
             "PROXY TCP4 192.0.2.7 192.0.2.25 40000\r\n",
             "PROXY TCP4 192.0.2.7 192.0.2.25 40000 25\n\r\n",
             "PROXY TCP4 192.0.2.7 192.0.2.25 40000 25\r\r\n",
             "PROXY TCP4 192.0.2.7 192.0.2.25 40000 65536\r\n",
             "PROXY TCP4 192.0.2.7 192.0.2.25 040000 25\r\n",
             "PROXY TCP4 192.0.2.7 192.0.2.25 40000 -1\r\n",
             "PROXY TCP4 192.0.2.7 192.0.2.25 +40000 25\r\n",
             "PROXY TCP4 192.0.2.7 192.0.2.25  25\r\n",
             "PROXY TCP4 192.0.2.7 192.0.2.25 4e4 25\r\n",
             "PROXY TCP4 192.0.2.07 192.0.2.25 40000 25\r\n",
             "PROXY TCP4 192.0.2 192.0.2.25 40000 25\r\n",
             "PROXY TCP4 192.0.2.256 192.0.2.25 40000 25\r\n",
             "PROXY TCP4 192.0.2.7 host 40000 25\r\n",
             "PROXY TCP4 2001:db8::7 2001:db8::25 40000 25\r\n",
             "PROXY TCP4 ::ffff:192.0.2.7 ::ffff:192.0.2.25 40000 25\r\n",
             "PROXY TCP6 192.0.2.7 192.0.2.25 40000 25\r\n",
             "PROXY TCP6 2001:db8::7 192.0.2.25 40000 25\r\n",
             "PROXY TCP6 2001:db8::7%eth0 2001:db8::25 40000 25\r\n",
             "PROXY TCP6 2001:db8:::7 2001:db8::25 40000 25\r\n",
         })
        expect_problem(line, malformed);
    expect_problem(std::string("PROXY TCP4 192.0.2.7\0 192.0.2.25 40000 25\r\n", 43), malformed);
}

TEST(ProxyHeader, IsNoBlockWhoseLengthsLie)
{
    expect_problem(block("2111", four.substr(1)), malformed);
    expect_problem(block("2121", six.substr(1)), malformed);
    expect_problem(block("2121", four), malformed);
    expect_problem(block("2111", ""), malformed);
    for (const char* tlvs : {"04", "0400", "040001", "04ffff61",
                             "040000"
                             "05",
                             "030000",
                             "030003"
                             "076ae9",
                             "030005"
                             "076ae93000"})
        expect_problem(block("2111", four + from_hex(tlvs)), malformed);
}

TEST(ProxyHeader, IsOfVersionTwoAndTellsOfTcp)
{
    for (const char* other : {"1111", "3111", "0111", "2211", "2f11", "a111"}) expect_problem(block(other, four), other_version);
    for (const char* other : {"2112", "2122", "2131", "2132", "2110", "2120", "2101", "2141", "21ff"})
        expect_problem(block(other, std::string(216, 'x')), other_family);
}

TEST(ProxyHeader, IsRefusedAtTheOctetThatSaysSo)
{
    expect_problem(from_hex("0d0a0d0a000d0a515549540a"
                            "31"),
                   other_version);
    expect_problem(from_hex("0d0a0d0a000d0a515549540a"
                            "2131"),
                   other_family);
    expect_problem(from_hex("0d0a0d0a000d0a515549540a"
                            "2111"
                            "0801"),
                   too_long);
    expect_problem(from_hex("0d0a0d0a000d0a515549540a"
                            "2111"
                            "000b"),
                   malformed);
}

TEST(ProxyHeader, TellsNoAddressThatNobodyConnectsFrom)
{
    for (const std::string client : {"0.0.0.0", "224.0.0.1", "239.255.255.255", "255.255.255.255"})
        expect_problem("PROXY TCP4 " + client + " 192.0.2.25 40000 25\r\n", senseless_address);
    for (const std::string client : {"::", "ff02::1", "ffff::", "::ffff:0.0.0.0", "::ffff:224.0.0.1"})
        expect_problem("PROXY TCP6 " + client + " 2001:db8::25 40000 25\r\n", senseless_address);
    expect_problem(block("2111", from_hex("00000000") + four.substr(4)), senseless_address);
    expect_problem(block("2121", from_hex("ff020000000000000000000000000001") + six.substr(16)), senseless_address);
    expect_client("PROXY TCP4 192.0.2.7 0.0.0.0 40000 25\r\n", "192.0.2.7:40000");  // where it connected to is not asked
}

TEST(ProxyHeader, HoldsItsChecksum)
{
    expect_problem(block("2111", four + from_hex("030004"
                                                 "076ae931")),
                   wrong_checksum);
    expect_problem(block("2111", four + from_hex("030004"
                                                 "00000000")),
                   wrong_checksum);
    std::string other = block("2111", four + checksum);
    other[17] = 1;
    expect_problem(other, wrong_checksum);
}

}  // namespace
}  // namespace sealpost::net
