// The store in PostgreSQL, with the server that SEALPOST_TEST_STORE names.
#include "sys/db/database.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

namespace sealpost::db {
namespace {

class PostgresStore : public testing::Test {
protected:
    void SetUp() override
    {
        const char* const url = std::getenv("SEALPOST_TEST_STORE");
        ASSERT_TRUE(url) << "run by tests/postgres/run.py";
        url_ = url;
        database_ = open();
        write("drop table if exists thing; create table thing (id integer primary key, name text unique not null)");
        write("insert into thing (name) values ('first')");
    }

    [[nodiscard]] std::shared_ptr<Database> open() const { return Database::open(url_).value(); }
    void write(const std::string& sql)
    {
        const auto written = database_->write_now([&](Connection& connection) { return connection.execute(sql); });
        ASSERT_TRUE(written.has_value()) << written.error().text;
    }
    // Of the server. "alter system" wants to be alone in its transaction: a session outside of the store's.
    void set(const std::string& name, const std::string& value) const
    {
        const auto command = "psql -X -q '" + url_ + "' -c 'alter system set " + name + " = " + value +
                             "' -c 'select pg_reload_conf()' -c 'select pg_sleep(0.5)' >/dev/null";
        ASSERT_EQ(std::system(command.c_str()), 0);
    }
    std::int64_t count()
    {
        return database_
            ->read_now([](Connection& connection) -> Result<std::int64_t> {
                auto row = connection.prepare("select count(*) from thing");
                SEALPOST_CHECK(row.step());
                return row.column_int(0);
            })
            .value();
    }
    static Result<> insert(Connection& connection, std::string_view name)
    {
        return connection.prepare("insert into thing (name) values (?)").bind(1, name).run();
    }

    std::string url_;
    std::shared_ptr<Database> database_;
};

constexpr std::string_view cut_off = "select pg_terminate_backend(pg_backend_pid())";

TEST_F(PostgresStore, ComesBackAfterASessionWasCut)
{
    const auto lost = database_->write_now([](Connection& connection) -> Result<> {
        SEALPOST_CHECK(insert(connection, "lost"));
        SEALPOST_CHECK(connection.execute(cut_off));
        return insert(connection, "lost, too");
    });
    ASSERT_TRUE(lost.has_error());
    EXPECT_EQ(lost.error().fault, Fault::retry_later) << lost.error().text;
    EXPECT_EQ(count(), 1);
    EXPECT_TRUE(database_->write_now([](Connection& connection) { return insert(connection, "second"); }).has_value());
    EXPECT_TRUE(database_->read_now([](Connection& connection) { return connection.execute(cut_off); }).has_error());
    EXPECT_EQ(count(), 2);
}

// As a server does that was started anew between two commits.
TEST_F(PostgresStore, NoticesAtTheNextCommitThatItsSessionsWereCut)
{
    write("insert into thing (name) values ('second')");
    open()->write_now([](Connection& connection) {
        return connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> "
            "pg_backend_pid()");
    });
    EXPECT_TRUE(database_->write_now([](Connection& connection) { return insert(connection, "third"); }).has_value());
    EXPECT_EQ(count(), 3);
}

TEST_F(PostgresStore, LetsNodesWriteInTurn)
{
    write("create table if not exists counter (value bigint not null); delete from counter; insert into counter values (0)");
    constexpr int times = 100;
    const auto add = [&] {
        const auto database = open();
        for (int time = 0; time < times; ++time) {
            // What is read stays true until the commit: nobody writes between the two.
            const auto added = database->write_now([](Connection& connection) -> Result<> {
                auto row = connection.prepare("select value from counter");
                SEALPOST_CHECK(row.step());
                return connection.prepare("update counter set value = ?").bind(1, row.column_int(0) + 1).run();
            });
            ASSERT_TRUE(added.has_value()) << added.error().text;
        }
    };
    std::thread beside(add), third(add);
    add();
    beside.join();
    third.join();
    const auto value = database_->read_now([](Connection& connection) -> Result<std::int64_t> {
        auto row = connection.prepare("select value from counter");
        SEALPOST_CHECK(row.step());
        return row.column_int(0);
    });
    EXPECT_EQ(value.value(), 3 * times);
}

TEST_F(PostgresStore, UndoesAloneTheWorkThatWentOnAfterARefusal)
{
    const auto gone_on = database_->write_now([](Connection& connection) -> Result<int> {
        EXPECT_TRUE(insert(connection, "first").has_error());  // the name is taken
        return 5;
    });
    ASSERT_TRUE(gone_on.has_error()) << "its commit would have been none";
    EXPECT_TRUE(database_->write_now([](Connection& connection) { return insert(connection, "second"); }).has_value());
    EXPECT_EQ(count(), 2);
}

TEST_F(PostgresStore, KeepsTextThatIsNoText)
{
    const std::string name("caf\xe9\0!", 6);
    ASSERT_TRUE(database_->write_now([&](Connection& connection) { return insert(connection, name); }).has_value());
    const auto kept = database_->read_now([](Connection& connection) -> Result<std::string> {
        auto row = connection.prepare("select name from thing order by id desc limit 1");
        SEALPOST_CHECK(row.step());
        return row.column_text(0);
    });
    EXPECT_EQ(kept.value(), "caf\xef\xbf\xbd\xef\xbf\xbd!");
}

TEST_F(PostgresStore, ReadsSumsAndComparisons)
{
    write("insert into thing (name) values ('second')");
    const auto sums = database_->read_now([](Connection& connection) -> Result<std::int64_t> {
        auto row = connection.prepare("select sum(id), name = 'first', count(*), null, '12' from thing group by name order by 1");
        SEALPOST_CHECK(row.step());
        EXPECT_EQ(row.column_int(0), 1);
        EXPECT_TRUE(row.column_bool(1));
        EXPECT_EQ(row.column_int(2), 1);
        EXPECT_TRUE(row.column_is_null(3));
        return row.column_int(4);
    });
    EXPECT_EQ(sums.value(), 12);
}

TEST_F(PostgresStore, RefusesAServerThatDoesNotSync)
{
    set("fsync", "off");
    const auto refused = Database::open(url_);
    set("fsync", "on");
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().fault, Fault::config);
    EXPECT_NE(refused.error().text.find("fsync"), std::string::npos) << refused.error().text;
    EXPECT_TRUE(Database::open(url_).has_value());
}

TEST_F(PostgresStore, TakesTurnsAlsoAfterSomebodyEmptiedTheirTable)
{
    write("delete from store_turn");
    EXPECT_TRUE(database_->write_now([](Connection& connection) { return insert(connection, "second"); }).has_value());
    const auto turns = database_->read_now([](Connection& connection) -> Result<std::int64_t> {
        auto row = connection.prepare("select count(*) from store_turn");
        SEALPOST_CHECK(row.step());
        return row.column_int(0);
    });
    EXPECT_EQ(turns.value(), 1);
    EXPECT_EQ(count(), 2);
}

TEST_F(PostgresStore, WaitsWhileTheServerTakesNoWrites)
{
    set("default_transaction_read_only", "on");
    const auto refused = database_->write_now([](Connection& connection) { return insert(connection, "second"); });
    set("default_transaction_read_only", "off");
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().fault, Fault::retry_later) << refused.error().text;
    EXPECT_TRUE(database_->write_now([](Connection& connection) { return insert(connection, "third"); }).has_value());
    EXPECT_EQ(count(), 2);
}

TEST_F(PostgresStore, SaysWhichDatabaseIsMissingAndNoPassword)
{
    const auto refused = Database::open("postgresql://sealpost:geheim@/no-such?host=" + url_.substr(url_.find("host=") + 5));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().fault, Fault::retry_later);
    EXPECT_NE(refused.error().text.find("no-such"), std::string::npos) << refused.error().text;
    EXPECT_EQ(refused.error().text.find("geheim"), std::string::npos) << refused.error().text;
}

}  // namespace
}  // namespace sealpost::db
