#include "base/network.hpp"

#include "base/special_networks.hpp"

#include <gtest/gtest.h>

namespace sealpost {
namespace {

Network network(const char* address, int bits) { return {*parse_ip(address), bits}; }

bool holds(const char* address, int bits, const char* other) { return contains(network(address, bits), *parse_ip(other)); }

TEST(Network, ContainsWhatSharesItsLeadingBits)
{
    EXPECT_TRUE(holds("192.0.2.1", 24, "192.0.2.255"));
    EXPECT_FALSE(holds("192.0.2.1", 24, "192.0.3.1"));
    EXPECT_TRUE(holds("192.0.2.130", 25, "192.0.2.200"));
    EXPECT_FALSE(holds("192.0.2.130", 25, "192.0.2.127"));
    EXPECT_TRUE(holds("192.0.2.1", 32, "192.0.2.1"));
    EXPECT_FALSE(holds("192.0.2.1", 32, "192.0.2.2"));
    EXPECT_TRUE(holds("192.0.2.1", 0, "203.0.113.1"));
    EXPECT_TRUE(holds("2001:db8::", 33, "2001:db8:7fff::1"));
    EXPECT_FALSE(holds("2001:db8::", 33, "2001:db8:8000::1"));
    EXPECT_TRUE(holds("2001:db8::1", 128, "2001:db8::1"));
    EXPECT_FALSE(holds("::", 0, "192.0.2.1"));  // another family
    EXPECT_FALSE(holds("0.0.0.0", 0, "2001:db8::1"));
}

TEST(Network, ComparesBitsAcrossFamiliesInTheMappedForm)
{
    const auto mapped = *parse_ip("::ffff:192.0.2.1");
    EXPECT_TRUE(share_leading_bits(*parse_ip("::1"), mapped, 80));
    EXPECT_FALSE(share_leading_bits(*parse_ip("::1"), mapped, 81));
    EXPECT_TRUE(share_leading_bits(*parse_ip("192.0.2.9"), mapped, 24));
}

TEST(Network, HasAFirstAndALastAddress)
{
    EXPECT_EQ(format_ip(first_of(network("192.0.2.77", 25))), "192.0.2.0");
    EXPECT_EQ(format_ip(last_of(network("192.0.2.77", 25))), "192.0.2.127");
    EXPECT_EQ(format_ip(first_of(network("192.0.2.77", 32))), "192.0.2.77");
    EXPECT_EQ(format_ip(last_of(network("192.0.2.77", 0))), "255.255.255.255");
    EXPECT_EQ(format_ip(first_of(network("192.0.2.77", 0))), "0.0.0.0");
    EXPECT_EQ(format_ip(first_of(network("2001:db8:0:1::77", 63))), "2001:db8::");
    EXPECT_EQ(format_ip(last_of(network("2001:db8:0:1::77", 63))), "2001:db8:0:1:ffff:ffff:ffff:ffff");
    EXPECT_EQ(format_ip(last_of(network("2001:db8::1", 128))), "2001:db8::1");
}

TEST(Network, IsWrittenWithItsBitsUnlessItIsOneAddress)
{
    EXPECT_EQ(format_network(network("192.0.2.0", 24)), "192.0.2.0/24");
    EXPECT_EQ(format_network(network("192.0.2.1", 32)), "192.0.2.1");
    EXPECT_EQ(format_network(network("2001:db8::", 32)), "2001:db8::/32");
    EXPECT_EQ(format_network(network("2001:db8::1", 128)), "2001:db8::1");
}

TEST(Network, IsReadAsItIsWritten)
{
    for (const char* text : {"192.0.2.0/24", "192.0.2.1", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1", "::/0", "10.0.0.128/25"}) {
        const auto read = parse_network(text);
        ASSERT_TRUE(read.has_value()) << text;
        EXPECT_EQ(format_network(*read), text);
    }
    EXPECT_EQ(format_network(parse_network("192.0.2.1/32").value()), "192.0.2.1");
}

TEST(Network, IsNotReadWhereItDoesNotSayWhatItMeans)
{
    for (const char* text :
         {"", "/", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/ 24", "192.0.2.1/24", "2001:db8::/129",
          "2001:db8::1/64", "::ffff:192.0.2.0/120", "192.0.2.0/24/24", "host/8", "192.0.2/24"})
        EXPECT_FALSE(parse_network(text).has_value()) << text;
}

TEST(PublicAddress, IsNoneOfTheSpecialOnes)
{
    for (const char* text :
         {"0.1.2.3",         "10.0.0.1",       "100.64.0.1",    "100.127.255.255", "127.0.0.1",   "169.254.169.254",
          "172.16.0.1",      "172.31.255.255", "192.0.0.8",     "192.0.2.1",       "192.168.1.1", "198.19.0.1",
          "198.51.100.7",    "203.0.113.9",    "224.0.0.1",     "255.255.255.255", "::",          "::1",
          "::ffff:10.0.0.1", "fe80::1",        "fc00::1",       "fd12::1",         "ff02::1",     "64:ff9b::a00:1",
          "2001:db8::1",     "2001::1",        "2002:a00:1::1", "3fff:1::1"})
        EXPECT_FALSE(is_public_address(*parse_ip(text))) << text;
    for (const char* text : {"1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1",
                             "192.0.1.1", "198.17.0.1", "223.255.255.255", "2001:200::1", "2606:4700::1111", "3ffe::1"})
        EXPECT_TRUE(is_public_address(*parse_ip(text))) << text;
}

TEST(InsideAddress, IsPrivateSharedLinkLocalOrLoopback)
{
    for (const char* text : {"10.0.0.1", "172.31.0.1", "192.168.1.1", "100.64.0.1", "169.254.1.1", "127.0.0.1", "::1", "fc00::1",
                             "fd12::1", "fe80::1", "febf::1", "::ffff:10.0.0.1"})
        EXPECT_TRUE(is_inside_address(*parse_ip(text))) << text;
    for (const char* text : {"0.1.2.3", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "172.32.0.1", "::", "fec0::1",
                             "2001:db8::1", "ff02::1", "1.1.1.1"})
        EXPECT_FALSE(is_inside_address(*parse_ip(text))) << text;
}

}  // namespace
}  // namespace sealpost
