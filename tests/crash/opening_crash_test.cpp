// Loses everything unsynced after step n, for every n of the first opening of a store, and of bringing the tables of an
// older program up to date. Whoever opens it afterwards finds a store whose tables are those of before or of after, and a
// store that was answered for stays.
#include "every_step.hpp"

#include "core/queue/queue_fixture.hpp"
#include "core/queue/schema.hpp"

#include <algorithm>

namespace sealpost::crash {
namespace {

namespace fs = std::filesystem;
using queue::Queue;
using queue::wait_for;

// The tables of all rooms with their versions; empty: there are none.
std::string look(db::Database& database)
{
    const auto read = [](db::Connection& connection) -> Result<std::string> {
        std::string found;
        for (const auto* sql : {"select name || ': ' || coalesce(sql, '') from sqlite_master order by name",
                                "select room || ' ' || version from room_version order by room"}) {
            auto rows = connection.prepare(sql);
            for (;;) {
                SEALPOST_TRY(const bool is_row, rows.step());
                if (!is_row) break;
                found += rows.column_text(0) + "\n";
            }
            if (found.empty()) break;
        }
        return found;
    };
    return database.read_now(read).value();
}

class OpeningCrash : public testing::Test {
protected:
    // Answers whether it was told that all is done.
    using Act = std::function<bool(const std::shared_ptr<db::Database>&)>;

    // `act` runs until it dies at step n, for every n, on what calm() is; where there is nothing, it makes the store.
    // Afterwards the tables are found as they were before or after one of the stages of `act`.
    void die_opening(const Act& act, std::vector<std::string> stages)
    {
        die_at_every_step(
            [&](int step, Unsynced unsynced) {
                bool is_done = false;
                const bool has_crashed = die_once(act, step, unsynced, is_done);
                EXPECT_TRUE(is_done || has_crashed);
                const auto next = db::Database::open(store());
                EXPECT_TRUE(next.has_value());
                if (next.has_error()) return false;
                expect_whole(**next);
                const auto found = look(**next);
                EXPECT_NE(std::ranges::find(stages, found), stages.end()) << found;
                EXPECT_TRUE(found == stages.back() || !is_done) << found;
                EXPECT_TRUE(act(*next));
                EXPECT_EQ(look(**next), stages.back());
                return has_crashed;
            },
            every_disk);
    }

    bool die_once(const Act& act, int step, Unsynced unsynced, bool& is_done)
    {
        for (const auto* tail : {"", "-wal", "-shm", "-journal"}) fs::remove(store() + tail);
        if (fs::exists(calm())) fs::copy_file(calm(), store());
        vfs_.begin(step);
        if (auto database = db::Database::open(store(), {1, 4096, vfs_.name()})) {
            is_done = act(*database);
            (*database)->close();
        }
        const bool has_crashed = vfs_.has_crashed();
        vfs_.lose_power(unsynced);
        return has_crashed;
    }

    // The tables after `act` in peace.
    std::string look_after(const std::string& path, const Act& act)
    {
        const auto database = db::Database::open(path).value();
        EXPECT_TRUE(act(database));
        return look(*database);
    }

    [[nodiscard]] std::string calm() const { return directory_ + "/calm.db"; }
    [[nodiscard]] std::string store() const { return directory_ + "/store.db"; }
    [[nodiscard]] std::string other() const { return directory_ + "/other.db"; }

    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path();
    ManualClock clock_{WallTime(std::chrono::milliseconds(1'800'000'000'000))};
    CrashVfs vfs_;

    const Act open_queue = [this](const std::shared_ptr<db::Database>& database) {
        return Queue::open(database, clock_, log::Log::silent()).has_value();
    };
    const Act open_other = [](const std::shared_ptr<db::Database>& database) {
        return database->migrate("other", {"create table other (id integer primary key)"}).has_value();
    };
    const Act open_all = [this](const std::shared_ptr<db::Database>& database) {
        return open_queue(database) && open_other(database);
    };
};

TEST_F(OpeningCrash, ANewStoreHasNothingOrAllTablesOfARoom)
{
    const auto queue = look_after(other(), open_queue);
    die_opening(open_all, {"", queue, look_after(other(), open_other)});
}

TEST_F(OpeningCrash, TheTablesOfAFormerVersionAreThoseOrTheNewOnesWithAllThatIsInThem)
{
    const Act open_former = [](const std::shared_ptr<db::Database>& database) {
        const auto insert = [](db::Connection& connection) {
            return connection.execute(
                "insert into queue_content (id, bytes, uses) values (1, 3, 1);"
                "insert into queue_piece (id, octets) values (65536, 'abc');"
                "insert into queue_message (id, parent, content, bytes, lane, sender, envid, ret, facts, smtputf8, accepted_at, "
                "attempts, domain, due_at) values (1, 0, 1, 3, 'relay', '', '', '', '', 0, 0, 0, 'partner.test', 0);"
                "insert into queue_recipient (message, number, address, notify, orcpt) values (1, 0, 'bob@partner.test', '', "
                "'')");
        };
        return database->migrate("queue", {queue::schema_steps().front()}).has_value() && database->write_now(insert).has_value();
    };
    const auto former = look_after(calm(), open_former);
    fs::copy_file(calm(), other());
    const Act open_and_find = [this](const std::shared_ptr<db::Database>& database) {
        const auto opened = Queue::open(database, clock_, log::Log::silent());
        if (opened.has_error()) return false;
        const auto due = wait_for((*opened)->claim(10));
        if (due.has_error() || due->size() != 1) return false;
        const auto text = wait_for(queue::read_all((*opened)->read(due->front().content)));
        return text.has_value() && *text == "abc";
    };
    die_opening(open_and_find, {former, look_after(other(), open_and_find)});
}

// The test tests itself: tables that are made in two commits must be caught.
TEST_F(OpeningCrash, WouldNoticeTablesThatAreMadeInTwoCommits)
{
    const auto all = look_after(other(), open_queue);
    const Act open_in_two = [this](const std::shared_ptr<db::Database>& database) {
        return database->migrate("queue", {queue::schema_steps().front()}).has_value() && open_queue(database);
    };
    int found_between = 0;
    bool is_done = false;
    for (int step = 1; die_once(open_in_two, step, Unsynced::kept, is_done); ++step) {
        const auto found = look(*db::Database::open(store()).value());
        if (!found.empty() && found != all) ++found_between;
    }
    EXPECT_GT(found_between, 0);
}

}  // namespace
}  // namespace sealpost::crash
