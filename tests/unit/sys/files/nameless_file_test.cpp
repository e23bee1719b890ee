#include "sys/files/nameless_file.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

namespace sealpost::files {
namespace {

class NamelessFileTest : public testing::Test {
protected:
    test::TemporaryFolder temporary_;
    const Path directory_ = temporary_.path();
};

TEST_F(NamelessFileTest, GivesBackWhatWasWrittenFromWhereverItIsAsked)
{
    const auto file = NamelessFile::make(directory_).value();
    EXPECT_EQ(file->read_at(0, 10).value(), "");
    ASSERT_TRUE(file->write("one ").has_value());
    ASSERT_TRUE(file->write("two").has_value());
    EXPECT_EQ(file->read_at(0, 10).value(), "one two");
    EXPECT_EQ(file->read_at(2, 3).value(), "e t");
    EXPECT_EQ(file->read_at(7, 10).value(), "");
}

TEST_F(NamelessFileTest, HasNoName)
{
    const auto file = NamelessFile::make(directory_).value();
    ASSERT_TRUE(file->write("nobody finds this").has_value());
    EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(NamelessFileTest, NeedsItsDirectory)
{
    EXPECT_EQ(NamelessFile::make(directory_ / "missing").error().fault, Fault::config);
}

}  // namespace
}  // namespace sealpost::files
