#include "sys/db/database.hpp"

#include "sys/async/workers.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <future>
#include <latch>
#include <thread>

namespace sealpost::db {
namespace {

constexpr std::string_view first_step = "create table thing (id integer primary key, name text unique not null, data bytea)";
constexpr std::string_view second_step = "alter table thing add column weight bigint not null default 0";

class DatabaseTest : public testing::Test {
protected:
    DatabaseTest()
    {
        database_ = open();
        EXPECT_TRUE(database_->migrate("thing", {first_step}).has_value());
    }
    ~DatabaseTest() override { database_.reset(); }

    [[nodiscard]] std::shared_ptr<Database> open() const { return test::open_store(directory_ + "/store.db").value(); }

    static Result<> insert(Connection& connection, std::string_view name)
    {
        return connection.prepare("insert into thing (name) values (?)").bind(1, name).run();
    }

    [[nodiscard]] std::int64_t count() const
    {
        return database_
            ->read_now([](Connection& connection) -> Result<std::int64_t> {
                auto rows = connection.prepare("select count(*) from thing");
                SEALPOST_CHECK(rows.step());
                return rows.column_int(0);
            })
            .value();
    }

    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path().string();
    std::shared_ptr<Database> database_;
};

TEST_F(DatabaseTest, KeepsWhatWasWrittenOverAReopening)
{
    ASSERT_TRUE(database_->write_now([](Connection& c) { return insert(c, "one"); }).has_value());
    database_.reset();
    database_ = open();
    EXPECT_EQ(count(), 1);
}

TEST_F(DatabaseTest, GivesBackEveryKindOfValue)
{
    const std::string octets("\0\xff\r\n", 4);
    auto work = [&](Connection& c) -> Result<std::string> {
        auto insert_it = c.prepare("insert into thing (name, data) values (?, ?)");
        insert_it.bind(1, "naïve").bind_in_place(2, octets);
        SEALPOST_CHECK(insert_it.run());
        auto rows =
            c.prepare("select id, name, data, weight is null, null, ? from (select *, null as weight from thing) as known");
        rows.bind(1, WallTime(std::chrono::milliseconds(1234567890123)));
        SEALPOST_TRY(const bool found, rows.step());
        EXPECT_TRUE(found);
        EXPECT_EQ(rows.column_int(0), c.last_insert_id());
        EXPECT_EQ(rows.column_text(1), "naïve");
        EXPECT_TRUE(rows.column_is_null(4));
        EXPECT_EQ(rows.column_optional_time(4), std::nullopt);
        EXPECT_EQ(rows.column_time(5), WallTime(std::chrono::milliseconds(1234567890123)));
        return rows.column_text(2);
    };
    EXPECT_EQ(database_->write_now(work).value(), octets);
}

TEST_F(DatabaseTest, UndoesOnlyTheJobThatFails)
{
    std::promise<void> gate;
    auto opened = gate.get_future().share();
    // The first job holds the writer, so that the others come into one commit.
    database_->post([opened](Connection&) -> Result<> {
        opened.wait();
        return {};
    });
    database_->post([](Connection& c) { return insert(c, "kept"); });
    database_->post([](Connection& c) -> Result<> {
        EXPECT_TRUE(insert(c, "undone").has_value());
        return insert(c, "kept");  // breaks the unique constraint
    });
    database_->post([](Connection& c) { return insert(c, "kept too"); });
    gate.set_value();
    EXPECT_TRUE(database_->write_now([](Connection&) -> Result<> { return {}; }).has_value());
    EXPECT_EQ(count(), 2);
}

TEST_F(DatabaseTest, RunsRepeatableJobsAnewWhenOneOfThemFails)
{
    std::promise<void> gate, entered;
    auto opened = gate.get_future().share();
    database_->post([&entered, opened](Connection&) -> Result<> {
        entered.set_value();
        opened.wait();
        return {};
    });
    entered.get_future().wait();  // what follows comes into the next commit
    int runs_once = 0;
    database_->post([&](Connection& c) -> Result<> {
        ++runs_once;
        return insert(c, "once");
    });
    std::latch done(3);
    std::array<bool, 3> has_worked{};
    std::array<int, 3> runs{};
    auto twice = [&](std::size_t number, const char* name) -> Task<void> {
        auto work = [&, number, name](Connection& c) -> Result<> {
            ++runs[number];
            SEALPOST_CHECK(insert(c, "of " + std::string(name)));
            return insert(c, name);
        };
        auto written = co_await database_->write_repeatable(std::move(work));
        has_worked[number] = written.has_value();
        done.count_down();
    };
    auto open = [&]() -> Task<void> {
        gate.set_value();
        co_return;
    };
    async::Workers workers(1);
    workers.spawn(0, twice(0, "first"));
    workers.spawn(0, twice(1, "of first"));  // a name that is taken: breaks the unique constraint
    workers.spawn(0, twice(2, "last"));
    workers.spawn(0, open());
    done.wait();
    EXPECT_EQ(has_worked, (std::array{true, false, true}));
    EXPECT_EQ(runs, (std::array{2, 2, 1}));
    EXPECT_EQ(runs_once, 1);
    EXPECT_EQ(count(), 5);
}

TEST_F(DatabaseTest, TellsTheCallerWhatItsOwnWorkAnswered)
{
    auto refused = database_->write_now([](Connection&) -> Result<int> { return Error{Fault::denied, "no"}; });
    EXPECT_EQ(refused.error().fault, Fault::denied);
    auto broken = database_->write_now([](Connection& c) { return c.prepare("select from where").run(); });
    EXPECT_EQ(broken.error().fault, Fault::give_up);
    EXPECT_THROW(database_->write_now([](Connection&) -> Result<> { throw std::logic_error("ours"); }), std::logic_error);
    EXPECT_EQ(database_->write_now([](Connection&) -> Result<int> { return 5; }).value(), 5);
}

TEST_F(DatabaseTest, DoesNotLetAReaderWrite)
{
    EXPECT_TRUE(database_->read_now([](Connection& c) { return insert(c, "sneaky"); }).has_error());
    EXPECT_EQ(count(), 0);
}

TEST_F(DatabaseTest, ShowsAReaderOneSnapshotWhileOthersWrite)
{
    std::promise<void> gate;
    auto written = gate.get_future();
    std::promise<void> has_looked;
    std::thread reader([&] {
        auto work = [&](Connection& c) -> Result<bool> {
            auto first = c.prepare("select count(*) from thing");
            SEALPOST_CHECK(first.step());
            const auto before = first.column_int(0);
            first.rewind();
            has_looked.set_value();
            written.wait();
            SEALPOST_CHECK(first.step());
            return before == first.column_int(0);
        };
        EXPECT_TRUE(database_->read_now(work).value());
    });
    has_looked.get_future().wait();
    EXPECT_TRUE(database_->write_now([](Connection& c) { return insert(c, "later"); }).has_value());
    gate.set_value();
    reader.join();
    EXPECT_EQ(count(), 1);
}

Task<void> insert_in_turn(Database& database, std::string prefix, int times)
{
    for (int number = 0; number < times; ++number) {
        const std::string name = prefix + std::to_string(number);
        auto work = [name](Connection& c) -> Result<std::int64_t> {
            SEALPOST_CHECK(c.prepare("insert into thing (name) values (?)").bind(1, name).run());
            return c.last_insert_id();
        };
        auto id = co_await database.write(std::move(work));
        EXPECT_TRUE(id.has_value());
    }
}

TEST_F(DatabaseTest, ServesTasksOfSeveralWorkersAtOnce)
{
    constexpr int tasks = 20;
    constexpr int times = 10;
    async::Workers workers(2);
    std::latch done(tasks);
    auto one = [](Database& database, int number, std::latch& counted) -> Task<void> {
        co_await insert_in_turn(database, std::to_string(number) + ".", times);
        counted.count_down();
    };
    for (int number = 0; number < tasks; ++number) workers.spawn(number % 2, one(*database_, number, done));
    done.wait();
    EXPECT_EQ(count(), tasks * times);
}

TEST_F(DatabaseTest, FinishesWhatWaitsWhenItCloses)
{
    for (int number = 0; number < 100; ++number) {
        database_->post([number](Connection& c) { return insert(c, std::to_string(number)); });
    }
    database_->close();
    auto late = database_->write_now([](Connection& c) { return insert(c, "late"); });
    EXPECT_EQ(late.error().fault, Fault::cancelled);
    database_ = open();
    EXPECT_EQ(count(), 100);
}

TEST_F(DatabaseTest, LetsAnotherProcessWriteBetweenItsCommits)
{
    auto other = open();
    for (int number = 0; number < 20; ++number) {
        auto& database = number % 2 == 0 ? *database_ : *other;
        ASSERT_TRUE(database.write_now([&](Connection& c) { return insert(c, std::to_string(number)); }).has_value());
    }
    EXPECT_EQ(count(), 20);
}

TEST_F(DatabaseTest, BringsOldTablesUpToDateAndRunsEachStepOnce)
{
    EXPECT_TRUE(database_->migrate("thing", {first_step, second_step}).has_value());
    EXPECT_TRUE(database_->migrate("thing", {first_step, second_step}).has_value());
    EXPECT_TRUE(database_->write_now([](Connection& c) { return c.execute("update thing set weight = 1"); }).has_value());
}

TEST_F(DatabaseTest, LooksWhetherTablesAreUpToDateWhileAnotherProcessWrites)
{
    auto beside = open();
    std::promise<void> begun, end;
    std::thread writing([&] {
        const auto hold = [&](Connection& connection) -> Result<> {
            auto inserted = insert(connection, "held");
            begun.set_value();
            end.get_future().wait();
            return inserted;
        };
        EXPECT_TRUE(database_->write_now(hold).has_value());
    });
    begun.get_future().wait();
    EXPECT_TRUE(beside->migrate("thing", {first_step}).has_value());
    end.set_value();
    writing.join();
}

TEST_F(DatabaseTest, AsksBeforeTablesThatAreThereChange)
{
    std::vector<std::string> asked;
    bool may = false;
    Options options;
    options.before_update = [&](const std::string& room, std::size_t holds, std::size_t knows) -> Result<> {
        asked.push_back(room + ' ' + std::to_string(holds) + ' ' + std::to_string(knows));
        if (may) return {};
        return Error{Fault::retry_later, "an older node runs"};
    };
    const auto other = test::open_store(directory_ + "/store.db", options).value();
    EXPECT_TRUE(other->migrate("thing", {first_step}).has_value()) << "they are up to date";
    EXPECT_TRUE(other->migrate("new", {"create table new_thing (id integer)"}).has_value()) << "nobody uses them yet";
    EXPECT_TRUE(asked.empty());
    EXPECT_EQ(other->migrate("thing", {first_step, second_step}).error().fault, Fault::retry_later);
    EXPECT_TRUE(database_->migrate("thing", {first_step}).has_value()) << "they changed all the same";
    may = true;
    EXPECT_TRUE(other->migrate("thing", {first_step, second_step}).has_value());
    EXPECT_EQ(asked, (std::vector<std::string>{"thing 1 2", "thing 1 2"}));
    EXPECT_EQ(database_->migrate("thing", {first_step}).error().fault, Fault::config);
}

TEST_F(DatabaseTest, RefusesDataOfANewerProgram)
{
    ASSERT_TRUE(database_->migrate("thing", {first_step, second_step}).has_value());
    EXPECT_EQ(database_->migrate("thing", {first_step}).error().fault, Fault::config);
}

TEST_F(DatabaseTest, LeavesTheTablesAsTheyWereWhenAStepFails)
{
    EXPECT_TRUE(database_->migrate("thing", {first_step, second_step, "create tabel mistake"}).has_error());
    EXPECT_TRUE(database_->migrate("thing", {first_step, second_step}).has_value());  // step 2 was undone
}

}  // namespace
}  // namespace sealpost::db
