#include "sys/net/source_addresses.hpp"

#include <gtest/gtest.h>

namespace sealpost::net {
namespace {

const IpAddress foreign = *parse_ip("192.0.2.10");
const IpAddress own = *parse_ip("127.0.0.5");
const IpAddress v4_target = *parse_ip("127.0.0.1");
const IpAddress v6_target = *parse_ip("2001:db8::25");

std::vector<IpAddress> narrow(const SourceAddresses& sources, std::vector<IpAddress> targets)
{
    sources.narrow(targets);
    return targets;
}

TEST(SourceAddresses, PreferOneOfTheTargetsFamilyThatIsThisMachines)
{
    const auto sources = SourceAddresses::preferring({foreign, own});
    EXPECT_EQ(sources.find_for(v4_target), own);
    EXPECT_EQ(sources.find_for(v6_target), std::nullopt);
    EXPECT_EQ(SourceAddresses::preferring({foreign}).find_for(v4_target), std::nullopt);
}

TEST(SourceAddresses, TheOnlyOneIsTakenEvenWhereItCannotBe)
{
    EXPECT_EQ(SourceAddresses(foreign).find_for(v4_target), foreign);
    EXPECT_EQ(SourceAddresses(foreign).find_for(v6_target), foreign);
    EXPECT_EQ(SourceAddresses(std::nullopt).find_for(v4_target), std::nullopt);
}

TEST(SourceAddresses, LeaveOutTargetsOfAFamilyThatNoneHasWhereThereAreOthers)
{
    const std::vector<IpAddress> both{v4_target, v6_target};
    const std::vector<IpAddress> sixes{v6_target, *parse_ip("2001:db8::26")};
    EXPECT_EQ(narrow({}, both), both);
    EXPECT_EQ(narrow(SourceAddresses(foreign), both), std::vector{v4_target});
    EXPECT_TRUE(narrow(SourceAddresses(foreign), sixes).empty());
    EXPECT_EQ(narrow(SourceAddresses(foreign), {v6_target}), std::vector{v6_target});
    EXPECT_EQ(narrow(SourceAddresses::preferring({foreign}), both), std::vector{v4_target});
    EXPECT_EQ(narrow(SourceAddresses::preferring({foreign}), sixes), sixes);
    EXPECT_EQ(narrow(SourceAddresses::preferring({foreign, *parse_ip("2001:db8::1")}), both), both);
}

}  // namespace
}  // namespace sealpost::net
