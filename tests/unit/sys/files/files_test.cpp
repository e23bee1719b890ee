#include "sys/files/files.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sealpost::files {
namespace {

class Files : public testing::Test {
protected:
    static unsigned mode_of(const Path& path)
    {
        struct stat facts {};
        EXPECT_EQ(::stat(path.c_str(), &facts), 0);
        return facts.st_mode & 0777U;
    }

    test::TemporaryFolder temporary_;
    const Path directory_ = temporary_.path();
};

TEST_F(Files, ReplaceTheWholeTextAndLeaveNothingBeside)
{
    const Path path = directory_ / "token";
    ASSERT_TRUE(write_file(path, "a longer first text", Access::everybody).has_value());
    ASSERT_TRUE(write_file(path, "second", Access::owner_only).has_value());
    EXPECT_EQ(read_file(path, 100).value(), "second");
    EXPECT_EQ(mode_of(path), 0600U);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
}

// In a container or as root it is another's file; elsewhere our own.
TEST_F(Files, StayTheirOwnersWhenRootReplacesThem)
{
    const Path path = directory_ / "kek.key";
    ASSERT_TRUE(write_secret(path, Secret::copy_of("old")).has_value());
    const uid_t owner = ::geteuid() == 0 ? 65534 : ::geteuid();
    ASSERT_EQ(::chown(path.c_str(), owner, static_cast<gid_t>(-1)), 0);
    ASSERT_TRUE(write_secret(path, Secret::copy_of("new")).has_value());
    struct stat facts {};
    ASSERT_EQ(::stat(path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_uid, owner);
    EXPECT_EQ(mode_of(path), 0600U);
}

TEST_F(Files, ThatRootMakesForALockAreTheDirectorysOwners)
{
    if (::geteuid() != 0) GTEST_SKIP() << "nobody else can give files away";
    ASSERT_EQ(::chown(directory_.c_str(), 65534, static_cast<gid_t>(-1)), 0);
    struct stat facts {};
    ASSERT_TRUE(DirectoryLock::take(directory_, "kek.lock").has_value());
    ASSERT_EQ(::stat((directory_ / "kek.lock").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_uid, 65534U);
    const Path precious = directory_ / "precious";
    ASSERT_TRUE(write_file(precious, "", Access::owner_only).has_value());
    ASSERT_EQ(::chown(precious.c_str(), 0, 0), 0);
    std::filesystem::create_hard_link(precious, directory_ / "lock");
    ASSERT_TRUE(DirectoryLock::take(directory_, "lock").has_value());
    ASSERT_EQ(::stat(precious.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_uid, 0U) << "what was there before is given to nobody";
}

TEST_F(Files, LeaveTheOldTextWhenTheNewOneCannotBeWritten)
{
    const Path path = directory_ / "token";
    ASSERT_TRUE(write_file(path, "old", Access::owner_only).has_value());
    std::filesystem::create_directory(directory_ / "token.new");  // the temporary name is taken
    EXPECT_TRUE(write_file(path, "new", Access::owner_only).has_error());
    EXPECT_EQ(read_file(path, 100).value(), "old");
}

TEST_F(Files, ReadUpToTheLimitAndRefuseOneOctetMore)
{
    const Path path = directory_ / "page";
    ASSERT_TRUE(write_file(path, std::string(1000, 'x'), Access::everybody).has_value());
    EXPECT_EQ(read_file(path, 1000).value().size(), 1000U);
    EXPECT_EQ(read_file(path, 999).error().fault, Fault::config);
}

TEST_F(Files, SayThatAMissingFileIsTheOperatorsToMend)
{
    EXPECT_EQ(read_file(directory_ / "nothing", 10).error().fault, Fault::config);
    EXPECT_EQ(read_file(directory_, 10).error().fault, Fault::config);
}

TEST_F(Files, RefuseASecretThatOthersMayRead)
{
    const Path path = directory_ / "kek.key";
    ASSERT_TRUE(write_secret(path, Secret::copy_of("key")).has_value());
    EXPECT_EQ(read_secret(path, 10).value().reveal_text(), "key");
    ::chmod(path.c_str(), 0640);
    EXPECT_EQ(read_secret(path, 10).error().fault, Fault::config);
}

TEST_F(Files, MakeDirectoriesForTheOwnerOnly)
{
    const Path path = directory_ / "a" / "b";
    ASSERT_TRUE(make_directory(path).has_value());
    ASSERT_TRUE(make_directory(path).has_value());
    EXPECT_EQ(mode_of(path), 0700U);
    ASSERT_TRUE(write_file(directory_ / "file", "", Access::owner_only).has_value());
    EXPECT_TRUE(make_directory(directory_ / "file").has_error());
}

TEST_F(Files, RemoveAFileOnceAndForAll)
{
    const Path path = directory_ / "request.pem";
    ASSERT_TRUE(write_file(path, "text", Access::owner_only).has_value());
    EXPECT_TRUE(is_there(path));
    EXPECT_TRUE(remove_file(path).has_value());
    EXPECT_FALSE(is_there(path));
    EXPECT_TRUE(remove_file(path).has_value());
    EXPECT_TRUE(remove_file(directory_).has_error());
    EXPECT_FALSE(is_there(path / "below"));
}

TEST_F(Files, LockADirectoryForOneHolderOnly)
{
    {
        auto first = DirectoryLock::take(directory_);
        ASSERT_TRUE(first.has_value());
        auto moved = std::move(*first);
        EXPECT_EQ(DirectoryLock::take(directory_).error().fault, Fault::retry_later);
        EXPECT_EQ(DirectoryLock::find_holder(directory_).value(), ::getpid());
        EXPECT_EQ(DirectoryLock::find_holder(directory_, "kek.lock").value(), 0);
    }
    EXPECT_EQ(DirectoryLock::find_holder(directory_).value(), 0);
    EXPECT_TRUE(DirectoryLock::take(directory_).has_value());
}

TEST_F(Files, LoseTheLockWithTheProcessThatHeldIt)
{
    const pid_t child = ::fork();
    if (child == 0) {
        auto held = DirectoryLock::take(directory_);
        ::_exit(held.has_value() ? 0 : 1);  // dies without destructors
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(WEXITSTATUS(status), 0);
    EXPECT_TRUE(DirectoryLock::take(directory_).has_value());
}

}  // namespace
}  // namespace sealpost::files
