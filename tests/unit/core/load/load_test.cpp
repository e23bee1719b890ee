#include "core/load/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sealpost::load {
namespace {

using testing::ElementsAre;

TEST(LoadVerdict, IsShortFromOneMarkOnAndWellFromAnotherOn)
{
    const Marks queue = marks_of({.queue_messages = 100}, Resource::queue_messages);
    EXPECT_FALSE(check_short(queue, 99, false));
    EXPECT_TRUE(check_short(queue, 100, false));
    EXPECT_TRUE(check_short(queue, 91, true));
    EXPECT_FALSE(check_short(queue, 91, false)) << "between the marks all stays as it is";
    EXPECT_FALSE(check_short(queue, 90, true));
}

TEST(LoadVerdict, TakesTheDiskForAFloor)
{
    const Marks disk = marks_of({.free_bytes = 1000}, Resource::disk);
    EXPECT_FALSE(check_short(disk, 1000, false));
    EXPECT_TRUE(check_short(disk, 999, false));
    EXPECT_TRUE(check_short(disk, 1099, true));
    EXPECT_FALSE(check_short(disk, 1100, true));
}

TEST(LoadVerdict, KeepsAFifthOfTheMemoryForMessagesUnderWay)
{
    const Marks memory = marks_of({.memory_bytes = 1000}, Resource::memory);
    EXPECT_EQ(memory.short_at, 800U);
    EXPECT_EQ(memory.well_at, 700U);
}

TEST(LoadVerdict, IsNeverShortOfWhatHasNoLimit)
{
    for (const Resource resource : all_resources) {
        EXPECT_FALSE(check_short(marks_of({}, resource), 0, true)) << format_resource(resource);
        EXPECT_FALSE(check_short(marks_of({}, resource), ~std::uint64_t{0}, false)) << format_resource(resource);
    }
}

TEST(LoadVerdict, RecoversAlsoFromTheSmallestLimit)
{
    const Marks one = marks_of({.queue_messages = 1}, Resource::queue_messages);
    EXPECT_TRUE(check_short(one, 1, false));
    EXPECT_FALSE(check_short(one, 0, true));
}

TEST(LoadVerdict, CountsFreePagesOfTheStoreWhileItsLogHasFreshRoom)
{
    EXPECT_EQ(find_room(1000, 0), 1000U);
    EXPECT_EQ(find_room(1000, 500), 1500U);
    EXPECT_EQ(find_room(1000, 1'000'000), 4000U);
    EXPECT_EQ(find_room(0, 1'000'000), 0U);
}

class LoadTest : public testing::Test {
protected:
    std::shared_ptr<Load> make(const Limits& limits)
    {
        return std::make_shared<Load>(limits, [this](const Change& change) {
            told_.push_back(std::string(format_resource(change.resource)) + (change.is_short ? " short at " : " well at ") +
                            std::to_string(change.value));
        });
    }
    std::vector<std::string> told_;
};

TEST_F(LoadTest, TellsOfEachChangeOnce)
{
    const auto load = make({.sessions = 10});
    for (const std::uint64_t open : {9, 10, 10, 9, 10, 9, 8, 10}) load->note_sessions(open);
    EXPECT_THAT(told_, ElementsAre("sessions short at 10", "sessions well at 9", "sessions short at 10", "sessions well at 9",
                                   "sessions short at 10"));
}

TEST_F(LoadTest, AddsWhatIsAcceptedUntilTheQueueIsCountedAgain)
{
    const auto load = make({.queue_messages = 10, .queue_bytes = 10'000});
    load->end_count(load->begin_count(), {8, 800});
    load->note_accepted(100);
    EXPECT_FALSE(load->is_short(Resource::queue_messages));
    load->note_accepted(100);
    EXPECT_TRUE(load->is_short(Resource::queue_messages));
    EXPECT_FALSE(load->is_short(Resource::queue_bytes));
    const auto begun = load->begin_count();
    load->note_accepted(100);  // while the queue is read, and not in what was read
    load->end_count(begun, {5, 500});
    EXPECT_EQ(load->value(Resource::queue_messages), 6U);
    EXPECT_EQ(load->value(Resource::queue_bytes), 600U);
    EXPECT_FALSE(load->is_short(Resource::queue_messages));
    EXPECT_THAT(told_, ElementsAre("queue_messages short at 10", "queue_messages well at 6"));
}

TEST_F(LoadTest, CountsAMessageInMemoryUntilItGoes)
{
    const auto load = make({.memory_bytes = 1000});
    {
        Held held(load);
        held.set(500);
        Held other(load);
        other.set(400);
        EXPECT_TRUE(load->is_short(Resource::memory));
        EXPECT_FALSE(load->is_out_of_memory());
        other.set(600);
        EXPECT_TRUE(load->is_out_of_memory());
        Held moved = std::move(other);
        moved.set(100);
        EXPECT_EQ(load->value(Resource::memory), 600U);
        EXPECT_FALSE(load->is_short(Resource::memory));
    }
    EXPECT_EQ(load->value(Resource::memory), 0U);
}

TEST_F(LoadTest, CountsRightFromManyThreads)
{
    const auto load = make({.memory_bytes = 100'000});
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 1000; ++round) {
                Held held(load);
                held.set(30'000);
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(load->value(Resource::memory), 0U);
    EXPECT_FALSE(load->is_short(Resource::memory));
}

TEST_F(LoadTest, HasRoomForAMessageThatLeavesTheReserveUntouched)
{
    const auto load = make({.queue_bytes = 10'000, .free_bytes = 1000});
    EXPECT_TRUE(load->has_room_for(5000)) << "before the disk was looked at";
    load->note_disk(4000);
    EXPECT_TRUE(load->has_room_for(3000));
    EXPECT_FALSE(load->has_room_for(3001));
    load->note_disk(1'000'000);
    EXPECT_TRUE(load->has_room_for(10'000));
    EXPECT_FALSE(load->has_room_for(10'001));
}

TEST_F(LoadTest, NamesTheFirstThingThatIsShort)
{
    const auto load = make({.queue_messages = 1, .free_bytes = 1000});
    EXPECT_FALSE(load->find_short({Resource::disk, Resource::queue_messages}).has_value());
    load->note_accepted(1);
    EXPECT_EQ(load->find_short({Resource::disk, Resource::queue_messages}), Resource::queue_messages);
    load->note_disk(10);
    EXPECT_EQ(load->find_short({Resource::disk, Resource::queue_messages}), Resource::disk);
    EXPECT_FALSE(load->find_short({Resource::memory}).has_value());
}

TEST_F(LoadTest, StopsUploadsAboveTheReserveOfMailAndHostedCopiesAtHalfOfIt)
{
    const auto load = make({.free_bytes = 1000});
    EXPECT_TRUE(load->has_room(Claim::upload, 10)) << "the disk was not looked at yet";
    load->note_disk(2000);
    EXPECT_TRUE(load->has_room(Claim::upload, 0));
    EXPECT_FALSE(load->has_room(Claim::upload, 1));
    EXPECT_FALSE(load->is_short(Resource::disk)) << "mail is taken all the while";
    load->note_disk(600);
    EXPECT_TRUE(load->is_short(Resource::disk));
    EXPECT_FALSE(load->has_room(Claim::upload, 0));
    EXPECT_TRUE(load->has_room(Claim::hosted_copy, 50));
    EXPECT_FALSE(load->has_room(Claim::hosted_copy, 51));
    load->note_disk(0);
    EXPECT_FALSE(load->has_room(Claim::hosted_copy, 0));
    EXPECT_TRUE(make({})->take_room(Claim::upload, ~std::uint64_t{0} / 4)) << "no limit";
}

TEST_F(LoadTest, TakesOffWhatItGrantedUntilTheDiskIsLookedAtAgain)
{
    const auto load = make({.free_bytes = 1000});
    load->note_disk(3000);
    int granted = 0;
    while (load->take_room(Claim::upload, 100)) ++granted;
    EXPECT_EQ(granted, 5) << "each twice: in the log and in the store";
    const auto begun = load->begin_look();
    EXPECT_FALSE(load->take_room(Claim::upload, 100));
    load->note_disk(2200, begun);
    EXPECT_TRUE(load->take_room(Claim::upload, 100));
    EXPECT_FALSE(load->take_room(Claim::upload, 100));
}

}  // namespace
}  // namespace sealpost::load
