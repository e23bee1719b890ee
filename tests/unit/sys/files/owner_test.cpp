#include "sys/files/owner.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sealpost::files {
namespace {

constexpr uid_t nobody = 65534;

class Owner : public testing::Test {
protected:
    void SetUp() override
    {
        folder_ = Path(testing::TempDir()) / ("owner-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
        ASSERT_EQ(::mkdir(folder_.c_str(), 0755), 0);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void give_away(const Path& path) { ASSERT_EQ(::chown(path.c_str(), nobody, nobody), 0); }

    // Whether `work` holds for a process of that user.
    template <class Work>
    static bool holds_for(uid_t user, Work work)
    {
        const pid_t child = ::fork();
        if (child == 0) ::_exit(::seteuid(user) == 0 && work() ? 0 : 1);
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }

    Path folder_;
};

TEST_F(Owner, MakesWhatItLikesInItsOwnFolder) { EXPECT_TRUE(check_maker(folder_).has_value()); }

TEST_F(Owner, IsNotServedByRootWhoMakesFilesInItsFolder)
{
    if (::geteuid() != 0) GTEST_SKIP() << "nobody else can give files away";
    give_away(folder_);
    const auto refused = check_maker(folder_);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().fault, Fault::config);
    EXPECT_NE(refused.error().text.find(folder_.string()), std::string::npos) << refused.error().text;
    EXPECT_NE(refused.error().text.find("sudo -u "), std::string::npos) << refused.error().text;
    EXPECT_TRUE(check_maker(folder_ / "data" / "below").has_error()) << "root would make them as its own";
}

TEST_F(Owner, SharesItsFolderWithWhomItLetsWrite)
{
    if (::geteuid() != 0) GTEST_SKIP() << "nobody else can become another user";
    EXPECT_TRUE(holds_for(nobody, [&] { return check_maker(folder_).has_error(); }));
    ASSERT_EQ(::chmod(folder_.c_str(), 0775), 0);
    EXPECT_TRUE(holds_for(nobody, [&] { return check_maker(folder_).has_value(); })) << "by the group, which stays root's";
}

TEST_F(Owner, IsNamedToWhoMayNotUseItsFile)
{
    if (::geteuid() != 0) GTEST_SKIP() << "nobody else can become another user";
    const Path file = folder_ / "store";
    std::ofstream(file) << "x";
    ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
    EXPECT_TRUE(check_use(file).has_value());
    EXPECT_TRUE(check_use(folder_ / "absent").has_value()) << "there is nothing to use";
    const auto says = [&](const std::string& wanted) {
        const auto used = check_use(file);
        return used.has_error() && used.error().text.find(wanted) != std::string::npos;
    };
    EXPECT_TRUE(holds_for(nobody, [&] { return says("sudo -u root sealpost"); }));
    give_away(folder_);
    EXPECT_TRUE(holds_for(nobody, [&] { return says("sudo chown "); })) << "made by root in the folder of the service";
}

TEST_F(Owner, GetsWhatRootMakesInItsFolder)
{
    if (::geteuid() != 0) GTEST_SKIP() << "nobody else can give files away";
    give_away(folder_);
    ASSERT_TRUE(write_file(folder_ / "new", "x", Access::owner_only).has_value());
    ASSERT_TRUE(make_directory(folder_ / "made" / "below").has_value());
    for (const char* name : {"new", "made", "made/below"}) {
        struct stat facts {};
        ASSERT_EQ(::stat((folder_ / name).c_str(), &facts), 0);
        EXPECT_EQ(facts.st_uid, nobody) << name;
    }
}

TEST_F(Owner, IsNamedWhereAFileCannotBeMade)
{
    if (::geteuid() != 0) GTEST_SKIP() << "nobody else can become another user";
    EXPECT_TRUE(holds_for(nobody, [&] {
        const auto written = write_file(folder_ / "new", "x", Access::owner_only);
        return written.has_error() && written.error().fault == Fault::config &&
               written.error().text.find("runs this, and " + folder_.string() + " belongs to ") != std::string::npos;
    }));
}

}  // namespace
}  // namespace sealpost::files
