#include "core/people/hash_line.hpp"

#include <gtest/gtest.h>

namespace sealpost::people {
namespace {

class HashLineTest : public testing::Test {
protected:
    void join(const std::string& who, const std::string& network, bool is_known = false)
    {
        line_.join({network, is_known}, [this, who](bool has_turn) { (has_turn ? turns_ : given_up_) += who + ' '; });
    }
    HashLine line_{{1, 4}};
    std::string turns_, given_up_;
};

TEST_F(HashLineTest, GivesEachNetworkItsTurnAndWhoIsKnownTheNext)
{
    join("a1", "a");
    EXPECT_EQ(turns_, "a1 ") << "nobody is in front";
    join("a2", "a");
    join("a3", "a");
    join("b1", "b");
    join("k1", "k", true);
    join("k2", "k", true);
    for (int i = 0; i < 6; ++i) line_.leave();
    EXPECT_EQ(turns_, "a1 k1 k2 a2 b1 a3 ");
    EXPECT_EQ(given_up_, "");
    join("a4", "a");
    EXPECT_TRUE(turns_.ends_with("a4 ")) << "all are through";
}

TEST_F(HashLineTest, TakesRoomFromTheNetworkWithTheMostWaiting)
{
    join("a1", "a");  // is hashed
    for (const char* who : {"a2", "a3", "a4"}) join(who, "a");
    join("a5", "a");
    EXPECT_EQ(given_up_, "a5 ") << "its own line is the longest";
    join("b1", "b");
    EXPECT_EQ(given_up_, "a5 a4 ");
    join("c1", "c");
    EXPECT_EQ(given_up_, "a5 a4 a3 ");
    join("d1", "d");
    EXPECT_EQ(given_up_, "a5 a4 a3 d1 ") << "each has one, and who came first keeps it";
    join("k1", "k", true);
    for (int i = 0; i < 4; ++i) line_.leave();
    EXPECT_EQ(turns_, "a1 k1 a2 b1 c1 ");
}

TEST(HashLine, LeavesAFourthOfTheTurnsToStrangers)
{
    HashLine line({1, 64});
    std::string turns;
    const auto join = [&](const char* who, bool is_known) { line.join({who, is_known}, [&turns, who](bool) { turns += who; }); };
    for (int i = 0; i < 8; ++i) join("k", true);
    for (int i = 0; i < 3; ++i) join("s", false);
    for (int i = 0; i < 11; ++i) line.leave();
    EXPECT_EQ(turns, "kkkkskkksks") << "the first found nobody in front";
}

TEST_F(HashLineTest, TakesAnIpv6CustomerForOne)
{
    join("x", "192.0.2.0/24");
    join("a1", "2001:db8:1:1::/64");
    join("a2", "2001:db8:1:2::/64");
    join("b1", "2001:db8:2:1::/64");
    for (int i = 0; i < 3; ++i) line_.leave();
    EXPECT_EQ(turns_, "x a1 b1 a2 ");
}

TEST(HashLine, HasAPlaceForNobodyWhereThereIsNone)
{
    HashLine none({1, 0});
    bool was_asked = false;
    none.join({"a", true}, [&](bool has_turn) { was_asked = !has_turn; });
    EXPECT_TRUE(was_asked);
}

}  // namespace
}  // namespace sealpost::people
