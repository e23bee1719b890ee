#include "sys/db/spare_file.hpp"

#include "sys/db/database.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace sealpost::db {
namespace {

namespace fs = std::filesystem;

class SpareFileTest : public testing::Test {
protected:
    SpareFileTest() { spare_ = directory_ / "store.db.spare"; }
    SpareFile make(std::uint64_t bytes)
    {
        return {(directory_ / "store.db").string(), bytes, [this] { return free_; }};
    }
    test::TemporaryFolder temporary_;
    const fs::path directory_ = temporary_.path();
    fs::path spare_;
    std::uint64_t free_ = 1 << 20;
};

TEST_F(SpareFileTest, IsMadeWhereThereIsRoomAndGoesWhenTheDiskIsFull)
{
    auto spare = make(10'000);
    EXPECT_FALSE(spare.give_up_when_full()) << "there is none yet";
    spare.make_when_there_is_room();
    ASSERT_TRUE(fs::exists(spare_));
    EXPECT_EQ(fs::file_size(spare_), 10'000U);
    EXPECT_EQ(fs::status(spare_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_FALSE(spare.give_up_when_full()) << "a commit that failed for another reason";
    free_ = 0;
    EXPECT_TRUE(spare.give_up_when_full());
    EXPECT_FALSE(fs::exists(spare_));
    EXPECT_FALSE(spare.give_up_when_full()) << "once";
}

TEST_F(SpareFileTest, TakesNoRoomThatOthersNeed)
{
    free_ = 39'999;
    make(10'000).make_when_there_is_room();
    EXPECT_FALSE(fs::exists(spare_));
    free_ = ~std::uint64_t{0};  // the disk does not say
    make(10'000).make_when_there_is_room();
    EXPECT_FALSE(fs::exists(spare_));
    free_ = 40'000;
    make(0).make_when_there_is_room();
    EXPECT_FALSE(fs::exists(spare_));
    make(10'000).make_when_there_is_room();
    EXPECT_TRUE(fs::exists(spare_));
}

TEST_F(SpareFileTest, StandsBesideAStoreOnlyWhileOneWrites)
{
    const auto store = (directory_ / "store.db").string();
    Options options;
    options.spare_bytes = 4096;
    auto database = Database::open(store, options).value();
    ASSERT_TRUE(database->write_now([](Connection& connection) { return connection.execute("create table t (a integer)"); }));
    ASSERT_TRUE(database->write_now([](Connection& connection) { return connection.execute("insert into t values (1)"); }));
    EXPECT_TRUE(fs::exists(spare_));
    database->close();
    EXPECT_FALSE(fs::exists(spare_));
    Database::open(store).value()->close();
    EXPECT_FALSE(fs::exists(spare_)) << "commands make none";
}

}  // namespace
}  // namespace sealpost::db
