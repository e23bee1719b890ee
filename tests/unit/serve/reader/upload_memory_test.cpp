#include "serve/reader/upload_memory.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sealpost::reader {
namespace {

constexpr std::size_t anyway = UploadMemory::uncounted_bytes;
constexpr auto while_we_work = UploadMemory::Span::while_we_work;

class UploadMemoryTest : public testing::Test {
protected:
    std::shared_ptr<UploadMemory> memory_ = std::make_shared<UploadMemory>(1000);
    UploadMemory::Share one_{memory_, "192.0.2.0/24"};
    UploadMemory::Share same_{memory_, "192.0.2.0/24"};
    UploadMemory::Share other_{memory_, "198.51.100.0/24"};
};

TEST_F(UploadMemoryTest, ANetworkHoldsAsMuchAsItLeavesToOthers)
{
    EXPECT_FALSE(one_.hold(anyway + 501));
    EXPECT_TRUE(one_.hold(anyway + 300));
    EXPECT_FALSE(same_.hold(anyway + 201)) << "its uploads together";
    EXPECT_TRUE(same_.hold(anyway + 200));
    EXPECT_FALSE(other_.hold(anyway + 251));
    EXPECT_TRUE(other_.hold(anyway + 250));
}

TEST_F(UploadMemoryTest, EachUploadHasSomeInAnyCase)
{
    ASSERT_TRUE(one_.hold(anyway + 1000, while_we_work));
    EXPECT_TRUE(other_.hold(anyway));
    EXPECT_FALSE(other_.hold(anyway + 1));
    EXPECT_FALSE(other_.hold(anyway + 1, while_we_work));
}

TEST_F(UploadMemoryTest, WhatOurOwnWorkTakesMayBeAllThatIsFree)
{
    ASSERT_TRUE(other_.hold(anyway + 100));
    ASSERT_TRUE(one_.hold(anyway + 400));
    EXPECT_FALSE(one_.hold(anyway + 901, while_we_work));
    EXPECT_TRUE(one_.hold(anyway + 900, while_we_work));
}

TEST_F(UploadMemoryTest, WhatIsNoLongerHeldIsFreeAgain)
{
    ASSERT_TRUE(one_.hold(anyway + 500));
    ASSERT_TRUE(one_.hold(anyway + 100));
    EXPECT_TRUE(same_.hold(anyway + 400));
    same_.let_go();
    one_.let_go();
    {
        UploadMemory::Share brief(memory_, "203.0.113.0/24");
        ASSERT_TRUE(brief.hold(anyway + 1000, while_we_work));
    }
    EXPECT_TRUE(one_.hold(anyway + 500));
}

TEST_F(UploadMemoryTest, NetworksOfOneSiteShareWhatOneMayHold)
{
    UploadMemory::Share first(memory_, "2001:db8:1:1::/64");
    UploadMemory::Share second(memory_, "2001:db8:1:2::/64");
    UploadMemory::Share elsewhere(memory_, "2001:db8:2:1::/64");
    ASSERT_TRUE(first.hold(anyway + 500));
    EXPECT_FALSE(second.hold(anyway + 1));
    EXPECT_TRUE(elsewhere.hold(anyway + 250));
}

}  // namespace
}  // namespace sealpost::reader
