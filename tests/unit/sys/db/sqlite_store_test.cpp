// What is of SQLite's files; what every store does stands in database_test.cpp.
#include "sys/db/database.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sealpost::db {
namespace {

class SqliteStoreTest : public testing::Test {
protected:
    SqliteStoreTest()
    {
        database_ = Database::open("sqlite:" + directory_ + "/store.db").value();
        EXPECT_TRUE(database_->migrate("thing", {"create table thing (name text unique not null, data blob)"}).has_value());
    }
    ~SqliteStoreTest() override { database_.reset(); }

    static Result<> insert(Connection& connection, std::string_view name)
    {
        return connection.prepare("insert into thing (name) values (?)").bind(1, name).run();
    }

    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path().string();
    std::shared_ptr<Database> database_;
};

TEST_F(SqliteStoreTest, SaysWhatIsWrongWithAPlaceItCannotOpen)
{
    EXPECT_EQ(Database::open("sqlite:" + directory_ + "/missing/store.db").error().fault, Fault::config);
    EXPECT_EQ(Database::open("postgresql:///sealpost?host=" + directory_).error().fault, Fault::retry_later) << "it may come";
    EXPECT_EQ(Database::open("postgresql://[db/sealpost").error().fault, Fault::config);
}

TEST_F(SqliteStoreTest, MakesFilesThatOnlyTheOwnerCanRead)
{
    using std::filesystem::perms;
    ASSERT_TRUE(database_->write_now([](Connection& c) { return insert(c, "private"); }).has_value());
    for (const auto* tail : {"", "-wal", "-shm"}) {
        const auto mode = std::filesystem::status(directory_ + "/store.db" + tail).permissions();
        EXPECT_EQ(mode & (perms::group_all | perms::others_all), perms::none) << tail;
    }
}

TEST_F(SqliteStoreTest, KnowsThatItIsDamagedOnceItHasMetThePlace)
{
    auto fill = [](Connection& connection) -> Result<> {
        for (int i = 0; i < 500; ++i) SEALPOST_CHECK(insert(connection, std::to_string(i) + std::string(500, 'x')));
        return {};
    };
    ASSERT_TRUE(database_->write_now(std::move(fill)).has_value());
    database_.reset();
    const std::string path = directory_ + "/store.db";
    constexpr std::streamoff page = 4096;
    const auto bytes = static_cast<std::streamoff>(std::filesystem::file_size(path));
    ASSERT_GT(bytes, 20 * page);
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(bytes / page / 2 * page);
        file << std::string(static_cast<std::size_t>(bytes - bytes / page / 2 * page), '\xff');
    }
    database_ = Database::open(path).value();
    EXPECT_FALSE(database_->is_damaged());
    const auto read = database_->read_now([](Connection& connection) -> Result<std::int64_t> {
        auto row = connection.prepare("select sum(length(name)) + sum(rowid) from thing not indexed");
        SEALPOST_CHECK(row.step());
        return row.column_int(0);
    });
    EXPECT_EQ(read.error().fault, Fault::give_up);
    EXPECT_TRUE(database_->is_damaged());
}

// It may have a commit whose sync failed, and nothing may be written behind that.
TEST_F(SqliteStoreTest, EmptiesTheLogOfADeadProgramBeforeItWritesUnlessItIsBesideItsOwner)
{
    ASSERT_TRUE(database_->write_now([](Connection& c) { return insert(c, "kept"); }).has_value());
    const std::string left = directory_ + "/left.db";
    for (const bool is_owner : {false, true}) {
        for (const auto* tail : {"", "-wal"})
            std::filesystem::copy_file(directory_ + "/store.db" + tail, left + tail,
                                       std::filesystem::copy_options::overwrite_existing);
        ASSERT_GT(std::filesystem::file_size(left + "-wal"), 0U);
        Options options;
        options.is_owner = is_owner;
        const auto next = Database::open(left, options).value();
        EXPECT_EQ(std::filesystem::file_size(left + "-wal") == 0, is_owner);
        EXPECT_EQ(test::ask_number(*next, "select count(*) from thing"), 1);
    }
}

TEST_F(SqliteStoreTest, MakesAnEmptyStoreThatItFindsReadableByTheOwnerOnly)
{
    using std::filesystem::perms;
    const std::string path = directory_ + "/empty.db";
    std::ofstream(path, std::ios::app).close();
    std::filesystem::permissions(path, perms::owner_read | perms::owner_write | perms::group_read | perms::others_read);
    ASSERT_TRUE(Database::open(path).has_value());
    EXPECT_EQ(std::filesystem::status(path).permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(SqliteStoreTest, KeepsItsLogFromGrowingWithoutEnd)
{
    const std::string data(200'000, 'x');
    for (int number = 0; number < 600; ++number) {  // 120 MB
        auto work = [&](Connection& c) -> Result<> {
            SEALPOST_CHECK(c.prepare("delete from thing").run());
            return c.prepare("insert into thing (name, data) values ('x', ?)").bind_in_place(1, data).run();
        };
        ASSERT_TRUE(database_->write_now(work).has_value());
    }
    EXPECT_LT(std::filesystem::file_size(directory_ + "/store.db-wal"), 90'000'000U);
}

}  // namespace
}  // namespace sealpost::db
