#include "sys/net/own_networks.hpp"

#include <gtest/gtest.h>

namespace sealpost::net {
namespace {

bool holds(const char* network, int bits, const char* address)
{
    return contains({*parse_ip(network), bits}, *parse_ip(address));
}

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
    EXPECT_FALSE(holds("::", 0, "192.0.2.1"));  // another family
}

TEST(Network, OwnOnesHaveALengthOfTheirFamilyAndAreNotLoopback)
{
    for (const auto& network : find_own_networks()) {
        EXPECT_GE(network.bits, 0);
        EXPECT_LE(network.bits, network.address.bits());
        EXPECT_FALSE(network.address.is_loopback());
    }
}

}  // namespace
}  // namespace sealpost::net
