// Loses everything unsynced after step n, for every n of what the queue does, and looks whether its
// promises (doc/spec/queue.md) hold for a program that starts afterwards.
#include "every_step.hpp"
#include "queue_life.hpp"

#include <gtest/gtest-spi.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <thread>

namespace sealpost::crash {
namespace {

class QueueCrash : public testing::Test {
protected:
    QueueCrash()
    {
        std::string name = testing::TempDir() + "crashXXXXXX";
        directory_ = ::mkdtemp(name.data());
    }
    ~QueueCrash() override { std::filesystem::remove_all(directory_); }

    using Act = std::function<void(Life&, Ledger&)>;

    // `before` runs in an earlier life, in peace; `act` runs until it dies at step n, for every n.
    void crash_at_every_step(const Act& before, const Act& act, const std::vector<Unsynced>& disks = every_disk,
                             const db::Options& options = {})
    {
        const Ledger calm = live_in_peace(before, options);
        die_at_every_step([&](int step, Unsynced unsynced) { return crash_once(calm, act, step, unsynced, options); }, disks);
    }

    // What the next life finds wrong, for tests of the tests.
    int failures_after(const Act& act, Unsynced unsynced, const db::Options& options = {})
    {
        const Ledger calm = live_in_peace([](Life&, Ledger&) {}, options);
        testing::TestPartResultArray failures;
        testing::ScopedFakeTestPartResultReporter reporter(
            testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
        try {
            crash_once(calm, act, std::numeric_limits<int>::max(), unsynced, options);
        } catch (const std::exception& broken_promise) {
            ADD_FAILURE() << broken_promise.what();
        }
        return failures.size();
    }

    // Mail comes, and waits for its second attempt or goes.
    void work_until(const std::function<bool()>& is_enough, Life& life, Ledger& ledger)
    {
        for (int round = 0; round < 100 && !is_enough() && !vfs_.has_crashed(); ++round) {
            life.accept(ledger, {make_message({"bob@partner.test"})},
                        std::string(head) + std::string(3000, static_cast<char>('a' + round % 26)));
            const auto due = wait_for(life.queue().claim(1));
            if (due.has_error() || due->empty()) continue;
            const bool goes = round % 2 == 1;
            life.settle(ledger, due->front().id, report_of({outcome(0, goes ? Kind::delivered : Kind::retry)}),
                        {{goes ? State::delivered : State::waiting}, 0});
        }
    }

    void work_until_logs_begun(int count, Life& life, Ledger& ledger)
    {
        work_until([&] { return vfs_.logs_begun() >= count; }, life, ledger);
    }

    // While a reader keeps its snapshot the log is copied up to there only, and does not begin anew.
    void work_beside_reader_until_log_has(std::int64_t octets, Life& life, Ledger& ledger)
    {
        Gate gate;
        std::thread holder([&] { gate.hold_snapshot(life.database()); });
        gate.wait_until_held();
        work_until([&] { return vfs_.log_bytes() >= octets; }, life, ledger);
        gate.open();
        holder.join();
    }

    [[nodiscard]] std::string store_path() const { return directory_ + "/store.db"; }
    [[nodiscard]] db::Options on_crash_vfs(db::Options options = {}) const
    {
        options.vfs = vfs_.name();
        return options;
    }

    ManualClock clock_{WallTime(std::chrono::milliseconds(1'800'000'000'000))};
    CrashVfs vfs_;

private:
    Ledger live_in_peace(const Act& act, const db::Options& options)
    {
        Ledger ledger;
        Life life(directory_ + "/calm.db", clock_, options);
        EXPECT_TRUE(life.is_alive());
        if (life.is_alive()) act(life, ledger);
        return ledger;
    }

    bool crash_once(Ledger ledger, const Act& act, int step, Unsynced unsynced, const db::Options& options)
    {
        const std::string path = store_path();
        const auto asked_before = ledger.asked();
        copy_store(directory_ + "/calm.db", path);
        vfs_.begin(step, options.page_bytes);
        {
            Life life(path, clock_, on_crash_vfs(options));
            if (life.is_alive()) act(life, ledger);
        }
        const bool has_crashed = vfs_.has_crashed();
        EXPECT_TRUE(has_crashed || (ledger.is_all_answered() && ledger.asked() > asked_before))
            << "in the life that ended in peace";
        vfs_.lose_power(unsynced);
        check_next_life(path, ledger);
        return has_crashed;
    }

    void check_next_life(const std::string& path, const Ledger& ledger)
    {
        Life life(path, clock_);
        ASSERT_TRUE(life.is_alive());
        ledger.check(life.queue());
        EXPECT_EQ(ask(life, "select count(*) from pragma_integrity_check where integrity_check <> 'ok'"), 0);
        EXPECT_EQ(ask(life,
                      "select count(*) from queue_content c where uses <> "
                      "(select count(*) from queue_message m where m.content = c.id)"),
                  0);
        EXPECT_EQ(ask(life, "select count(*) from queue_piece where id / 65536 not in (select id from queue_content)"), 0);
        EXPECT_LT(ask(life, "select value from queue_nudge"), 1000) << "of a write that failed";
        EXPECT_EQ(
            ask(life,
                "select count(*) from queue_recipient r join queue_history h on r.message = h.message and r.number = h.number"),
            0);
    }

    static std::int64_t ask(Life& life, const std::string& sql)
    {
        auto work = [&](db::Connection& connection) -> Result<std::int64_t> {
            auto row = connection.prepare(sql);
            SEALPOST_CHECK(row.step());
            return row.column_int(0);
        };
        return life.database().read_now(work).value();
    }

    std::string directory_;
};

std::string small_text(int number) { return std::string(head) + "small " + std::to_string(number) + "\r\n"; }
std::string large_text() { return std::string(head) + std::string(1'300'000, 'L'); }

std::string large_lines()
{
    std::string text(head);
    while (text.size() < 700'000) text += std::string(76, 'L') + "\r\n";
    return text;
}

const db::Options large_pages{.page_bytes = 65536, .vfs = {}};  // fewer steps than with small pages

const auto nothing = [](Life&, Ledger&) {};
const auto accept_one = [](Life& life, Ledger& ledger) {
    life.accept(ledger, {make_message({"bob@partner.test", "carol@other.test"})}, small_text(0));
};

TEST_F(QueueCrash, NeverLosesMailItSaid250To)
{
    crash_at_every_step(nothing, [](Life& life, Ledger& ledger) {
        life.accept(ledger, {make_message({"bob@partner.test"})}, small_text(1));
        life.accept(ledger, {make_message({"dan@other.test"}), make_message({"eve@partner.test"})}, small_text(2));
        life.accept(ledger, {make_message({"bob@partner.test", "carol@partner.test"})}, small_text(3));
    });
}

TEST_F(QueueCrash, NeverLosesLargeMailNorKeepsHalfOfIt)
{
    const Act act = [](Life& life, Ledger& ledger) { life.accept(ledger, {make_message({"bob@partner.test"})}, large_text()); };
    crash_at_every_step(accept_one, act, usual_disks, large_pages);
}

TEST_F(QueueCrash, NeverLosesMailWhoseHeadCameLastNorKeepsItWithoutItsHead)
{
    const Act act = [](Life& life, Ledger& ledger) {
        life.accept_head_last(ledger, make_message({"bob@partner.test"}), large_text());
        life.accept_head_last(ledger, make_message({"bob@partner.test"}), small_text(1));
    };
    crash_at_every_step(accept_one, act, usual_disks, large_pages);
}

TEST_F(QueueCrash, NeverDeliversAgainWhatItSettled)
{
    crash_at_every_step(accept_one, [](Life& life, Ledger& ledger) {
        auto due = wait_for(life.queue().claim(10));
        if (due.has_error() || due->empty()) return;
        const auto id = due->front().id;
        life.settle(ledger, id, report_of({outcome(0, Kind::delivered), outcome(1, Kind::retry)}),
                    {{State::delivered, State::waiting}, 0});
        life.settle(ledger, id, report_of({outcome(1, Kind::delivered)}), {{State::delivered, State::delivered}, 0});
    });
}

TEST_F(QueueCrash, CommitsWhatManyAskForTogetherAlsoWhenOneOfThemFails)
{
    int syncs = 0;
    crash_at_every_step(accept_one, [&](Life& life, Ledger& ledger) {
        auto due = wait_for(life.queue().claim(10));
        if (due.has_error() || due->empty()) return;
        life.accept(ledger, {make_message({"dan@other.test"})}, small_text(1));  // a log that begins is synced once more
        const int before = vfs_.log_syncs();
        life.commit_together(ledger, due->front().id, report_of({outcome(0, Kind::delivered), outcome(1, Kind::failed)}),
                             {{State::delivered, State::failed}, 1});
        syncs = vfs_.log_syncs() - before;
    });
    EXPECT_EQ(syncs, 1) << "in the life that ended in peace";
}

TEST_F(QueueCrash, ReplacesAMessageAllAtOnceOrNotAtAll)
{
    crash_at_every_step(accept_one, [](Life& life, Ledger& ledger) {
        auto due = wait_for(life.queue().claim(10));
        if (due.has_error() || due->empty()) return;
        Report report = report_of({outcome(0, Kind::relayed_elsewhere), outcome(1, Kind::relayed_elsewhere)});
        report.replacements.resize(2);
        report.replacements[0].messages = {make_message({"bob@partner.test"}), make_message({"carol@other.test"})};
        report.replacements[0].content = life.write(small_text(4));
        report.replacements[1].messages = {make_message({"copy@acme.test"})};
        life.settle(ledger, due->front().id, std::move(report), {{State::relayed_elsewhere, State::relayed_elsewhere}, 3});
    });
}

TEST_F(QueueCrash, BouncesOnceAndOnlyWithTheFailure)
{
    crash_at_every_step(accept_one, [](Life& life, Ledger& ledger) {
        auto due = wait_for(life.queue().claim(10));
        if (due.has_error() || due->empty()) return;
        life.settle(ledger, due->front().id, report_of({outcome(0, Kind::failed), outcome(1, Kind::retry)}),
                    {{State::failed, State::waiting}, 1});
    });
}

TEST_F(QueueCrash, TellsOfADelayOnceAndOnlyWithTheAttempt)
{
    const Act accept_patient = [](Life& life, Ledger& ledger) {
        NewMessage message = make_message({"bob@partner.test", "carol@other.test"});
        message.plan.emplace();
        message.plan->retry.first_retry = std::chrono::seconds(1);
        message.plan->delay_warning_after = std::chrono::hours(1);
        life.accept(ledger, {message}, small_text(0));
    };
    clock_.advance(-std::chrono::hours(2));
    const auto accept_two_hours_ago = [&](Life& life, Ledger& ledger) {
        accept_patient(life, ledger);
        clock_.advance(std::chrono::hours(2));
    };
    crash_at_every_step(accept_two_hours_ago, [](Life& life, Ledger& ledger) {
        auto due = wait_for(life.queue().claim(10));
        if (due.has_error() || due->empty()) return;
        const auto id = due->front().id;
        life.settle(ledger, id, report_of({outcome(0, Kind::retry), outcome(1, Kind::delivered)}),
                    {{State::waiting, State::delivered}, 1});
        life.settle(ledger, id, report_of({outcome(0, Kind::retry)}), {{State::waiting, State::delivered}, 1});
    });
}

TEST_F(QueueCrash, BouncesWithTheWholeMessageOrNotAtAll)
{
    const Act accept_large = [](Life& life, Ledger& ledger) {
        NewMessage message = make_message({"bob@partner.test", "carol@other.test"});
        message.plan.emplace();
        message.plan->original = queue::Original::full;
        life.accept(ledger, {message}, large_lines());
    };
    const Act act = [](Life& life, Ledger& ledger) {
        auto due = wait_for(life.queue().claim(10));
        if (due.has_error() || due->empty()) return;
        life.settle(ledger, due->front().id, report_of({outcome(0, Kind::failed), outcome(1, Kind::retry)}),
                    {{State::failed, State::waiting}, 1});
    };
    crash_at_every_step(accept_large, act, usual_disks, large_pages);
}

TEST_F(QueueCrash, HoldsWhatItSaidItHolds)
{
    crash_at_every_step(accept_one, [](Life& life, Ledger& ledger) {
        auto due = wait_for(life.queue().claim(10));
        if (due.has_error() || due->empty()) return;
        const auto id = due->front().id;
        life.settle(ledger, id, report_of({outcome(0, Kind::held), outcome(1, Kind::retry)}), {{State::held, State::waiting}, 0});
        ledger.expect(id, {{State::held, State::held}, 0});
        if (wait_for(life.queue().hold(id)).has_value()) ledger.note_answered(id);
        ledger.expect(id, {{State::waiting, State::waiting}, 0});
        const auto released = wait_for(life.queue().release(id));
        if (released.has_value() && *released) ledger.note_answered(id);
        ledger.expect(id, {{State::removed, State::removed}, 0});
        if (wait_for(life.queue().remove(id)).has_value()) ledger.note_answered(id);
    });
}

// The log is copied while mail comes and goes, and begun anew: old octets lie behind it then, and the store has pages
// that were copied in part only.
const db::Options busy_log{.vfs = {}, .log_copy_frames = 8, .log_restart_frames = 24};

TEST_F(QueueCrash, KeepsItsPromisesWhileTheLogIsCopiedAndBegunAnew)
{
    const Act act = [this](Life& life, Ledger& ledger) {
        work_beside_reader_until_log_has(40 * 4120, life, ledger);
        work_until_logs_begun(3, life, ledger);
    };
    auto disks = usual_disks;
    disks.insert(disks.end(), {Unsynced::log_kept, Unsynced::store_kept});  // names are the same all the time
    crash_at_every_step(nothing, act, disks, busy_log);
    EXPECT_GE(vfs_.logs_begun(), 3) << "in the life that ended in peace";
}

// The test tests itself: where the store is not synced before, what was answered is neither here nor there.
TEST_F(QueueCrash, WouldNoticeALogBegunAnewBeforeTheStoreIsSynced)
{
    const Act act = [this](Life& life, Ledger& ledger) {
        work_beside_reader_until_log_has(40 * 4120, life, ledger);
        work_until_logs_begun(2, life, ledger);
        vfs_.crash_now();
    };
    for (const auto unsynced : {Unsynced::lost, Unsynced::log_kept}) {
        vfs_.skip_syncs_of(std::nullopt);
        EXPECT_EQ(failures_after(act, unsynced, busy_log), 0);
        vfs_.skip_syncs_of(Part::store);
        EXPECT_GT(failures_after(act, unsynced, busy_log), 0);
    }
}

TEST_F(QueueCrash, WouldNoticeALogThatIsNotSynced)
{
    const Act act = [this](Life& life, Ledger& ledger) {
        life.accept(ledger, {make_message({"bob@partner.test"})}, small_text(1));
        vfs_.crash_now();
    };
    vfs_.skip_syncs_of(Part::log);
    EXPECT_EQ(failures_after(act, Unsynced::log_kept), 0);
    EXPECT_GT(failures_after(act, Unsynced::store_kept), 0);
}

// The log of each life is a file of its own, whose name comes and goes.
TEST_F(QueueCrash, KeepsItsPromisesWhenItDiesSoonAfterAnotherLife)
{
    const Act act = [this](Life& life, Ledger& ledger) {
        life.accept(ledger, {make_message({"bob@partner.test"})}, small_text(1));
        life.end();
        Life next(store_path(), clock_, on_crash_vfs());
        if (!next.is_alive()) return;
        const auto due = wait_for(next.queue().claim(1));
        if (due.has_error() || due->empty()) return;
        next.settle(ledger, due->front().id, report_of({outcome(0, Kind::delivered), outcome(1, Kind::retry)}),
                    {{State::delivered, State::waiting}, 0});
    };
    crash_at_every_step(accept_one, act,
                        {Unsynced::lost, Unsynced::kept, Unsynced::lost_with_names, Unsynced::kept_without_names});
}

// The test tests itself: a log whose name is not synced is lost with all that it has.
TEST_F(QueueCrash, WouldNoticeALogWhoseNameIsLost)
{
    const Act act = [this](Life& life, Ledger& ledger) {
        life.accept(ledger, {make_message({"bob@partner.test"})}, small_text(1));
        vfs_.crash_now();
    };
    EXPECT_EQ(failures_after(act, Unsynced::lost_with_names), 0);
    vfs_.skip_syncs_of(Part::names);
    EXPECT_GT(failures_after(act, Unsynced::lost_with_names), 0);
}

// The test tests itself: a message that was answered and is not there must be caught.
TEST_F(QueueCrash, WouldNoticeALossIfThereWereOne)
{
    Ledger ledger;
    const std::string path = testing::TempDir() + "forgetful.db";
    std::filesystem::remove(path);
    ManualClock clock{WallTime(std::chrono::milliseconds(1'800'000'000'000))};
    {
        Life life(path, clock);
        ledger.note_accepted(MessageId(77), "never stored", 1);
        testing::TestPartResultArray failures;
        {
            testing::ScopedFakeTestPartResultReporter reporter(
                testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
            ledger.check(life.queue());
        }
        EXPECT_EQ(failures.size(), 1);
    }
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace sealpost::crash
