#include "sys/db/store_lock.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace sealpost::db {
namespace {

class StoreLockTest : public testing::Test {
protected:
    test::TemporaryFolder temporary_;
    const std::filesystem::path directory_ = temporary_.path();
};

TEST_F(StoreLockTest, IsForOneHolderByWhateverNameTheStoreIsCalled)
{
    const auto store = directory_ / "sealpost.db";
    std::ofstream(store).flush();
    std::filesystem::create_directory(directory_ / "other");
    std::filesystem::create_symlink(store, directory_ / "other/link.db");
    {
        const auto held = lock_store(store);
        ASSERT_TRUE(held.has_value());
        EXPECT_TRUE(held->has_value());
        EXPECT_EQ(lock_store(directory_ / "other/../sealpost.db").error().fault, Fault::retry_later);
        EXPECT_EQ(lock_store(directory_ / "other/link.db").error().fault, Fault::retry_later);
        EXPECT_EQ(find_store_holder(store).value(), ::getpid());
        EXPECT_TRUE(lock_store(directory_ / "another.db").has_value());
    }
    EXPECT_EQ(find_store_holder(store).value(), 0);
    EXPECT_TRUE(lock_store(store).has_value());
}

TEST_F(StoreLockTest, IsNoneOfADatabaseThatNodesShareNorWhereNoDirectoryIs)
{
    EXPECT_FALSE(lock_store({}).value().has_value());
    EXPECT_FALSE(lock_store(directory_ / "missing/sealpost.db").value().has_value());
    EXPECT_EQ(find_store_holder({}).value(), 0);
}

}  // namespace
}  // namespace sealpost::db
