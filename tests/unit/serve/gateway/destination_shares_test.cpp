#include "serve/gateway/destination_shares.hpp"

#include "serve/gateway/gateway_world.hpp"

namespace sealpost::gateway {
namespace {

class DestinationShares : public GatewayWorld {
protected:
    queue::MostToDomain most_ = make_destination_shares(policy_);
};

TEST_F(DestinationShares, AreWhatTheFirstDomainOfALineIsGranted)
{
    commit("\n[[destination]]\ndomain = \"partner.test\"\nmax_connections = 3\n");
    EXPECT_EQ(most_("partner.test"), 3);
    EXPECT_EQ(most_("+partner.test"), 3) << "mail to several domains";
    EXPECT_EQ(most_("other.test"), most_("+other.test"));
    EXPECT_NE(most_("other.test"), 0);
}

TEST_F(DestinationShares, OfASuspendedDomainAreNoneButForMailToSeveralDomains)
{
    commit("\n[[destination]]\ndomain = \"away.test\"\nsuspended = true\nmax_connections = 3\n");
    const auto is_suspended = make_suspension(policy_);
    EXPECT_EQ(most_("away.test"), 0);
    EXPECT_TRUE(is_suspended("away.test"));
    EXPECT_EQ(most_("+away.test"), 3) << "others of the message are not to wait";
    EXPECT_NE(most_("partner.test"), 0);
    EXPECT_FALSE(is_suspended("partner.test"));
    commit("\n[[destination]]\ndomain = \"away.test\"\nmax_connections = 3\n");
    EXPECT_EQ(most_("away.test"), 3) << "the policy that is current counts";
    EXPECT_FALSE(is_suspended("away.test"));
}

TEST_F(DestinationShares, AreNoneForAnyLineWhileAllIsSuspended)
{
    commit("\n[[destination]]\ndomain = \"ALL\"\nsuspended = true\n");
    EXPECT_EQ(most_("away.test"), 0);
    EXPECT_EQ(most_("+away.test"), 0);
}

}  // namespace
}  // namespace sealpost::gateway
