#include "sys/db/store_file.hpp"

#include "sys/db/database.hpp"
#include "temporary_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace sealpost::db {
namespace {

namespace fs = std::filesystem;

class StoreFileTest : public testing::Test {
protected:
    StoreFileTest()
    {
        store_ = directory_ / "store.db";
        copy_ = directory_ / "copy.db";
        former_ = directory_ / "former.db";
    }

    [[nodiscard]] std::shared_ptr<Database> open_database() const
    {
        auto database = Database::open(store_.string()).value();
        EXPECT_TRUE(database->migrate("pairs", {"create table pair (id integer primary key, a bigint, b bigint, pad text)"}));
        return database;
    }

    // Rows come in twos, in two statements of one commit.
    static Result<> write_pair(Database& database, std::int64_t number)
    {
        return database.write_now([number](Connection& connection) -> Result<> {
            for (int twin = 0; twin < 2; ++twin) {
                auto insert = connection.prepare("insert into pair (a, b, pad) values (?1, ?2, ?3)");
                insert.bind(1, number).bind(2, twin).bind(3, std::string(500, 'x'));
                SEALPOST_CHECK(insert.run());
            }
            return {};
        });
    }

    static std::int64_t ask(const fs::path& path, std::string_view question)
    {
        auto file = StoreFile::open(path);
        EXPECT_TRUE(file.has_value()) << file.error().text;
        auto rows = file->connection().prepare(question);
        EXPECT_TRUE(rows.step().value());
        return rows.column_int(0);
    }
    static std::int64_t count(const fs::path& path) { return ask(path, "select count(*) from pair"); }

    [[nodiscard]] Result<> copy() const
    {
        SEALPOST_TRY(auto store, StoreFile::open(store_));
        return store.copy_to(copy_);
    }

    static void write_text(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

    test::TemporaryFolder temporary_;
    const fs::path directory_ = temporary_.path();
    fs::path store_, copy_, former_;
};

TEST_F(StoreFileTest, CopiesOneMomentWhileOthersWrite)
{
    auto database = open_database();
    for (int number = 0; number < 200; ++number) ASSERT_TRUE(write_pair(*database, number));
    std::atomic<bool> is_over = false;
    std::atomic<std::int64_t> answered = 200;
    std::thread writer([&] {
        while (!is_over && write_pair(*database, answered)) ++answered;
    });
    for (int round = 0; round < 10; ++round) {
        copy_ = directory_ / ("copy" + std::to_string(round));
        const auto before = answered.load();
        const auto copied = copy();
        EXPECT_TRUE(copied.has_value()) << copied.error().text;
        EXPECT_GE(count(copy_), 2 * before) << "what was answered before is missing";
        EXPECT_EQ(ask(copy_, "select count(*) from (select a from pair group by a having count(*) <> 2)"), 0);
        EXPECT_EQ(ask(copy_, "select max(a) + 1 - count(distinct a) from pair"), 0) << "a gap";
    }
    is_over = true;
    writer.join();
    EXPECT_GT(answered.load(), 200) << "nobody wrote meanwhile";
}

TEST_F(StoreFileTest, ACopyIsWrittenAnewWithoutWhatIsLeftOut)
{
    auto database = open_database();
    for (int number = 0; number < 1000; ++number) ASSERT_TRUE(write_pair(*database, number));
    const StoreFile::LeaveOut most = [](Connection& connection) -> Result<bool> {
        SEALPOST_CHECK(connection.execute("delete from pair where a > 9"));
        return true;
    };
    {
        auto store = StoreFile::open(store_);
        ASSERT_TRUE(store.has_value());
        const auto copied = store->copy_to(copy_, most);
        ASSERT_TRUE(copied.has_value()) << copied.error().text;
        ASSERT_TRUE(store->copy_to(former_, [](Connection&) -> Result<bool> { return false; }));
        const auto failed = store->copy_to(directory_ / "none.db", [](Connection&) -> Result<bool> {
            return Error{Fault::give_up, "no"};
        });
        EXPECT_TRUE(failed.has_error());
    }
    EXPECT_EQ(count(copy_), 20);
    EXPECT_EQ(count(store_), 2000) << "the store itself has lost nothing";
    EXPECT_EQ(count(former_), 2000);
    EXPECT_LT(fs::file_size(copy_), fs::file_size(former_) / 10);
    EXPECT_EQ(fs::status(copy_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    for (const auto* name : {"copy.db.part", "copy.db.part.part", "copy.db-journal", "copy.db-wal", "none.db", "none.db.part"})
        EXPECT_FALSE(fs::exists(directory_ / name)) << name;
}

TEST_F(StoreFileTest, ACopyIsForItsOwnerOnlyAndLeavesNothingBeside)
{
    auto database = open_database();
    ASSERT_TRUE(copy());
    EXPECT_EQ(fs::status(copy_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    for (const auto* suffix : {".part", "-wal", "-shm", "-journal"}) EXPECT_FALSE(fs::exists(copy_.string() + suffix)) << suffix;
}

TEST_F(StoreFileTest, NeverReplacesAFileByACopy)
{
    auto database = open_database();
    write_text(copy_, "precious");
    EXPECT_EQ(copy().error().fault, Fault::config);
    EXPECT_EQ(fs::file_size(copy_), 8U);
    fs::remove(copy_);
    write_text(copy_.string() + ".part", "of another");
    EXPECT_EQ(copy().error().fault, Fault::config);
    EXPECT_FALSE(fs::exists(copy_));
    EXPECT_EQ(fs::file_size(copy_.string() + ".part"), 10U);
}

TEST_F(StoreFileTest, KnowsWhatIsNoStore)
{
    EXPECT_EQ(StoreFile::open(copy_).error().fault, Fault::config) << "not there";
    EXPECT_FALSE(fs::exists(copy_));
    write_text(copy_, "");
    EXPECT_EQ(StoreFile::open(copy_).error().fault, Fault::denied) << "empty";
    write_text(copy_, std::string(10'000, 'x'));
    EXPECT_EQ(StoreFile::open(copy_).error().fault, Fault::denied) << "text";
}

TEST_F(StoreFileTest, FindsDamage)
{
    {
        auto database = open_database();
        for (int number = 0; number < 200; ++number) ASSERT_TRUE(write_pair(*database, number));
    }
    ASSERT_TRUE(copy());
    ASSERT_TRUE(StoreFile::open(copy_).value().check());
    {
        std::fstream file(copy_, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(4096 * 10);
        file << std::string(4096, '\x7f');
    }
    EXPECT_EQ(StoreFile::open(copy_).value().check().error().fault, Fault::denied);
    EXPECT_TRUE(StoreFile::open(copy_).value().restore_to(former_, directory_ / "never").has_error());
    EXPECT_FALSE(fs::exists(former_)) << "damage was put in place";
    EXPECT_FALSE(fs::exists(former_.string() + ".part"));
}

TEST_F(StoreFileTest, TellsTheVersionsOfTheRooms)
{
    auto database = open_database();
    const std::map<std::string, std::size_t> expected{{"pairs", 1}};
    EXPECT_EQ(StoreFile::open(store_).value().room_versions().value(), expected);
}

TEST_F(StoreFileTest, RestoresWhereNothingIs)
{
    {
        auto database = open_database();
        ASSERT_TRUE(write_pair(*database, 1));
    }
    ASSERT_TRUE(copy());
    fs::remove(store_);
    EXPECT_FALSE(StoreFile::open(copy_).value().restore_to(store_, former_).value());
    EXPECT_FALSE(fs::exists(former_));
    auto database = open_database();
    ASSERT_TRUE(write_pair(*database, 2));
    EXPECT_EQ(count(store_), 4);
}

TEST_F(StoreFileTest, KeepsTheFormerStoreWithItsLog)
{
    auto database = open_database();
    ASSERT_TRUE(write_pair(*database, 1));
    ASSERT_TRUE(copy());
    ASSERT_TRUE(write_pair(*database, 2));
    // As a program leaves it that was killed: the last commits stand in the log only.
    for (const auto* suffix : {"", "-wal"}) fs::copy_file(store_.string() + suffix, (directory_ / "dead.db").string() + suffix);
    database.reset();
    const fs::path dead = directory_ / "dead.db";
    ASSERT_GT(fs::file_size(dead.string() + "-wal"), 0U);
    write_text(dead.string() + ".part", "of a restore that was broken off");
    EXPECT_TRUE(StoreFile::open(copy_).value().restore_to(dead, former_).value());
    EXPECT_FALSE(fs::exists(dead.string() + "-wal"));
    EXPECT_FALSE(fs::exists(dead.string() + ".part"));
    EXPECT_EQ(fs::status(dead).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(count(dead), 2);
    EXPECT_EQ(count(former_), 4);
}

TEST_F(StoreFileTest, ReplacesNothingByTheFormerStore)
{
    auto database = open_database();
    ASSERT_TRUE(copy());
    database.reset();
    write_text(former_, "precious");
    EXPECT_EQ(StoreFile::open(copy_).value().restore_to(store_, former_).error().fault, Fault::denied);
    EXPECT_TRUE(fs::exists(store_));
    EXPECT_EQ(fs::file_size(former_), 8U);
}

TEST_F(StoreFileTest, ACopyHoldsNoOctetsOfWhatWasDeleted)
{
    auto database = open_database();
    const std::string secret = "wrapped-key-that-was-destroyed";
    ASSERT_TRUE(database->write_now(
        [&](Connection& c) { return c.prepare("insert into pair (pad) values (?1)").bind(1, secret).run(); }));
    ASSERT_TRUE(database->write_now([](Connection& c) { return c.execute("delete from pair"); }));
    ASSERT_TRUE(copy());
    std::ifstream file(copy_, std::ios::binary);
    const std::string octets((std::istreambuf_iterator<char>(file)), {});
    ASSERT_GT(octets.size(), 4096U);
    EXPECT_EQ(octets.find(secret), std::string::npos);
}

}  // namespace
}  // namespace sealpost::db
