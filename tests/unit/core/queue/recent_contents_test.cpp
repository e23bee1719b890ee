#include "core/queue/recent_contents.hpp"

#include <gtest/gtest.h>

namespace sealpost::queue {
namespace {

std::vector<std::string> one_piece(std::size_t bytes) { return {std::string(bytes, 'x')}; }

TEST(RecentContents, GiveBackWhatTheyKeep)
{
    RecentContents recent;
    recent.keep(ContentId(1), {"head", "body"});
    ASSERT_NE(recent.find(ContentId(1)), nullptr);
    EXPECT_EQ(*recent.find(ContentId(1)), (std::vector<std::string>{"head", "body"}));
    EXPECT_EQ(recent.find(ContentId(2)), nullptr);
    recent.forget(ContentId(1));
    EXPECT_EQ(recent.find(ContentId(1)), nullptr);
}

TEST(RecentContents, StayUntilTheLastMessageThatSharesThemWasTried)
{
    RecentContents recent;
    recent.keep(ContentId(1), {"body"}, 2);
    recent.forget(ContentId(1));
    EXPECT_NE(recent.find(ContentId(1)), nullptr);
    recent.forget(ContentId(1));
    EXPECT_EQ(recent.find(ContentId(1)), nullptr);
}

TEST(RecentContents, AreUsableWhenForgottenMeanwhile)
{
    RecentContents recent;
    recent.keep(ContentId(1), {"body"});
    const auto pieces = recent.find(ContentId(1));
    recent.forget(ContentId(1));
    EXPECT_EQ(pieces->front(), "body");
}

TEST(RecentContents, KeepNothingLarge)
{
    RecentContents recent;
    recent.keep(ContentId(1), one_piece(RecentContents::max_content_bytes + 1));
    EXPECT_EQ(recent.find(ContentId(1)), nullptr);
}

TEST(RecentContents, AddNothingWhileTheyAreFullOfWhatJustCame)
{
    RecentContents recent;
    const RecentContents::Moment now{};
    constexpr std::size_t bytes = RecentContents::max_content_bytes - 1024;
    constexpr auto room = RecentContents::max_bytes / (bytes + 64);
    for (std::size_t i = 1; i <= room + 1; ++i) recent.keep(ContentId(static_cast<std::int64_t>(i)), one_piece(bytes), 1, now);
    EXPECT_NE(recent.find(ContentId(1)), nullptr) << "the next to be delivered";
    EXPECT_EQ(recent.find(ContentId(static_cast<std::int64_t>(room + 1))), nullptr);
    recent.forget(ContentId(1));
    recent.keep(ContentId(1000), one_piece(bytes), 1, now);
    EXPECT_NE(recent.find(ContentId(1000)), nullptr) << "in the room of the one that was forgotten";
}

TEST(RecentContents, MakeRoomByWhatNobodyCameFor)
{
    RecentContents recent;
    const RecentContents::Moment now{};
    recent.keep(ContentId(1), {"old"}, 1, now);
    recent.keep(ContentId(2), {"younger"}, 1, now + std::chrono::seconds(1));
    recent.keep(ContentId(3), {"young"}, 1, now + RecentContents::patience);
    EXPECT_EQ(recent.find(ContentId(1)), nullptr);
    EXPECT_NE(recent.find(ContentId(2)), nullptr);
    EXPECT_NE(recent.find(ContentId(3)), nullptr);
}

TEST(RecentContents, StayBoundedOverManyMessages)
{
    RecentContents recent;
    for (int i = 1; i <= 100'000; ++i) {
        recent.keep(ContentId(i), {"small"});
        recent.forget(ContentId(i));
    }
    EXPECT_EQ(recent.find(ContentId(100'000)), nullptr);
}

}  // namespace
}  // namespace sealpost::queue
