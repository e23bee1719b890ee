#include "sys/net/own_networks.hpp"

#include <gtest/gtest.h>

namespace sealpost::net {
namespace {

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
