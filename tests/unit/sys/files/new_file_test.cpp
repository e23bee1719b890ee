#include "sys/files/new_file.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace sealpost::files {
namespace {

class NewFile : public testing::Test {
protected:
    [[nodiscard]] Path write(const std::string& name) const
    {
        EXPECT_TRUE(write_file(directory_ / name, name, Access::everybody).has_value());
        return directory_ / name;
    }

    test::TemporaryFolder temporary_;
    const Path directory_ = temporary_.path();
};

TEST_F(NewFile, IsMadeEmptyForItsOwnerOnly)
{
    const Path path = directory_ / "new";
    ASSERT_TRUE(make_private_file(path).has_value());
    struct stat facts {};
    ASSERT_EQ(::stat(path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    EXPECT_EQ(facts.st_size, 0);
    EXPECT_TRUE(sync_file(path).has_value());
}

TEST_F(NewFile, NeverReplacesOneThatIsThere)
{
    const Path old = write("old");
    const Path other = write("other");
    EXPECT_EQ(make_private_file(old).error().fault, Fault::denied);
    EXPECT_EQ(move_file(other, old).error().fault, Fault::denied);
    EXPECT_EQ(link_file(other, old).error().fault, Fault::denied);
    EXPECT_EQ(read_file(old, 100).value(), "old");
    EXPECT_EQ(read_file(other, 100).value(), "other");
}

TEST_F(NewFile, IsNotMadeThroughALink)
{
    std::filesystem::create_symlink(directory_ / "elsewhere", directory_ / "new");
    EXPECT_TRUE(make_private_file(directory_ / "new").has_error());
    EXPECT_FALSE(is_there(directory_ / "elsewhere"));
}

TEST_F(NewFile, MovesAndGetsASecondName)
{
    const Path old = write("old");
    ASSERT_TRUE(link_file(old, directory_ / "second").has_value());
    ASSERT_TRUE(move_file(old, directory_ / "moved").has_value());
    EXPECT_FALSE(is_there(old));
    EXPECT_EQ(read_file(directory_ / "second", 100).value(), "old");
    EXPECT_EQ(read_file(directory_ / "moved", 100).value(), "old");
    EXPECT_EQ(move_file(old, directory_ / "again").error().fault, Fault::config) << "not there";
}

}  // namespace
}  // namespace sealpost::files
