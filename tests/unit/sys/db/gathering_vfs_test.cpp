#include "sys/db/gathering_vfs.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

namespace sealpost::db {
namespace {

namespace fs = std::filesystem;

// A file as SQLite opens it, and what is really on disk.
class GatheringVfs : public ::testing::Test {
protected:
    // SQLite looks at the store for the permissions of its log.
    GatheringVfs()
        : store_(fs::temp_directory_path() / ("gathering-test-" + std::to_string(::getpid()))), path_(store_.string() + "-wal")
    {
        std::ofstream(store_) << "a store";
    }
    ~GatheringVfs() override
    {
        close();
        fs::remove(path_);
        fs::remove(store_);
    }

    void open(int kind)
    {
        layer_ = sqlite3_vfs_find(gathering_vfs("").c_str());
        ASSERT_NE(layer_, nullptr);
        place_.resize(static_cast<std::size_t>(layer_->szOsFile));
        const int flags = kind | SQLITE_OPEN_CREATE | SQLITE_OPEN_READWRITE;
        ASSERT_EQ(layer_->xOpen(layer_, path_.c_str(), file(), flags, nullptr), SQLITE_OK);
    }
    void close()
    {
        if (!place_.empty() && file()->pMethods != nullptr) file()->pMethods->xClose(file());
        place_.clear();
    }
    int write(std::string_view text, sqlite3_int64 at)
    {
        return file()->pMethods->xWrite(file(), text.data(), static_cast<int>(text.size()), at);
    }
    int sync() { return file()->pMethods->xSync(file(), SQLITE_SYNC_NORMAL); }
    [[nodiscard]] sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(place_.data()); }
    [[nodiscard]] std::string on_disk() const
    {
        std::ifstream file(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    fs::path store_;
    fs::path path_;
    sqlite3_vfs* layer_ = nullptr;
    std::vector<char> place_;
};

TEST_F(GatheringVfs, KeepsWhatGoesToALogUntilItIsSynchronised)
{
    open(SQLITE_OPEN_WAL);
    EXPECT_EQ(write("head", 0), SQLITE_OK);
    EXPECT_EQ(write("page", 4), SQLITE_OK);
    EXPECT_EQ(on_disk(), "");
    EXPECT_EQ(sync(), SQLITE_OK);
    EXPECT_EQ(on_disk(), "headpage");
}

TEST_F(GatheringVfs, WritesAtOnceToOtherFiles)
{
    open(SQLITE_OPEN_MAIN_DB);
    EXPECT_EQ(write("page", 0), SQLITE_OK);
    EXPECT_EQ(on_disk(), "page");
}

TEST_F(GatheringVfs, KeepsTheOrderOfWritesThatDoNotFollowEachOther)
{
    open(SQLITE_OPEN_WAL);
    write("aaaa", 0);
    write("bbbb", 4);
    write("A", 0);     // SQLite puts an earlier frame right
    write("cccc", 8);  // and goes on at the end
    EXPECT_EQ(sync(), SQLITE_OK);
    EXPECT_EQ(on_disk(), "Aaaabbbbcccc");
}

TEST_F(GatheringVfs, ReadsMeasuresAndCutsWhatWasNotSynchronised)
{
    open(SQLITE_OPEN_WAL);
    write("abcdef", 0);
    std::string read(3, ' ');
    EXPECT_EQ(file()->pMethods->xRead(file(), read.data(), 3, 2), SQLITE_OK);
    EXPECT_EQ(read, "cde");
    write("ghi", 6);
    sqlite3_int64 size = 0;
    EXPECT_EQ(file()->pMethods->xFileSize(file(), &size), SQLITE_OK);
    EXPECT_EQ(size, 9);
    write("jkl", 9);
    EXPECT_EQ(file()->pMethods->xTruncate(file(), 10), SQLITE_OK);
    EXPECT_EQ(on_disk(), "abcdefghij");
}

TEST_F(GatheringVfs, WritesCommitsOfAnySize)
{
    open(SQLITE_OPEN_WAL);
    std::string all;
    for (int page = 0; page < 300; ++page) {
        const std::string text(4096, static_cast<char>('a' + page % 26));
        EXPECT_EQ(write(text, static_cast<sqlite3_int64>(all.size())), SQLITE_OK);
        all += text;
    }
    EXPECT_EQ(sync(), SQLITE_OK);
    EXPECT_EQ(on_disk(), all);
}

TEST_F(GatheringVfs, LeavesOutWhatIsOfNoCommitWhenTheFileIsClosed)
{
    open(SQLITE_OPEN_WAL);
    write("commit", 0);
    EXPECT_EQ(sync(), SQLITE_OK);
    write("rest", 6);
    close();
    EXPECT_EQ(on_disk(), "commit");
}

// The file below has no more room: as when the disk is full.
TEST_F(GatheringVfs, TellsOfAWriteThatFailedWhenItSynchronises)
{
    open(SQLITE_OPEN_WAL);
    EXPECT_EQ(write("page", sqlite3_int64{1} << 62), SQLITE_OK);
    EXPECT_NE(sync(), SQLITE_OK);
    EXPECT_EQ(write("page", 0), SQLITE_OK);
    EXPECT_EQ(sync(), SQLITE_OK);
    EXPECT_EQ(on_disk(), "page");
}

TEST_F(GatheringVfs, IsRegisteredOnce)
{
    EXPECT_EQ(gathering_vfs(""), gathering_vfs(""));
    EXPECT_EQ(gathering_vfs("no such layer"), "no such layer");  // so that opening tells of it
}

}  // namespace
}  // namespace sealpost::db
