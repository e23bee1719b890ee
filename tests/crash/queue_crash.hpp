#pragma once

#include "every_step.hpp"
#include "queue_life.hpp"

#include <gtest/gtest-spi.h>

#include <filesystem>
#include <functional>
#include <limits>
#include <thread>

// Lives of a queue that die, or have one fault, at step n, and what the next life finds.
namespace sealpost::crash {

class QueueCrash : public testing::Test {
protected:
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
        return count_failures([&] { crash_once(calm, act, std::numeric_limits<int>::max(), unsynced, options); });
    }
    static int count_failures(const std::function<void()>& test)
    {
        testing::TestPartResultArray failures;
        testing::ScopedFakeTestPartResultReporter reporter(
            testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
        try {
            test();
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

    [[nodiscard]] std::string calm_path() const { return directory_ + "/calm.db"; }
    [[nodiscard]] std::string store_path() const { return directory_ + "/store.db"; }
    [[nodiscard]] db::Options on_crash_vfs(db::Options options = {}) const
    {
        options.vfs = vfs_.name();
        return options;
    }

    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path();
    ManualClock clock_{WallTime(std::chrono::milliseconds(1'800'000'000'000))};
    CrashVfs vfs_;
    std::function<void(Life&)> also_check_;  // in the next life, when all that it found is checked

    Ledger live_in_peace(const Act& act, const db::Options& options)
    {
        Ledger ledger;
        Life life(calm_path(), clock_, options);
        EXPECT_TRUE(life.is_alive());
        if (life.is_alive()) act(life, ledger);
        return ledger;
    }

    bool crash_once(Ledger ledger, const Act& act, int step, Unsynced unsynced, const db::Options& options)
    {
        const std::string path = store_path();
        const auto asked_before = ledger.asked();
        copy_store(calm_path(), path);
        vfs_.begin(step, options.page_bytes);
        {
            Life life(path, clock_, on_crash_vfs(options));
            if (life.is_alive()) act(life, ledger);
        }
        const bool has_crashed = vfs_.has_crashed();
        EXPECT_TRUE(has_crashed || (ledger.is_all_answered() && ledger.asked() > asked_before))
            << "in the life that ended in peace";
        vfs_.lose_power(unsynced);
        if (has_crashed && (leaves_nothing_out() || step % 5 == 0)) crash_while_recovering(step / 5, unsynced, options);
        check_next_life(path, ledger);
        return has_crashed;
    }

    // Power fails again while the next life finds out what there is, and again in the one behind it, each of which comes
    // further than the one before, until one ends in peace.
    void crash_while_recovering(int number, Unsynced unsynced, const db::Options& options)
    {
        const int stride = leaves_nothing_out() ? 1 : 5;
        for (int step = 1 + number % stride;; step += stride) {
            vfs_.begin(step, options.page_bytes);
            {
                const Life life(store_path(), clock_, on_crash_vfs(options));
            }
            if (!vfs_.has_crashed()) return;
            vfs_.lose_power(unsynced);
        }
    }

    void check_next_life(const std::string& path, const Ledger& ledger)
    {
        Life life(path, clock_);
        ASSERT_TRUE(life.is_alive());
        ledger.check(life.queue());
        expect_whole(life.database());
        EXPECT_EQ(ask_number(life.database(),
                             "select count(*) from queue_content c where uses <> "
                             "(select count(*) from queue_message m where m.content = c.id)"),
                  0);
        EXPECT_EQ(ask_number(life.database(),
                             "select count(*) from queue_piece where id / 65536 not in (select id from queue_content)"),
                  0);
        EXPECT_LT(ask_number(life.database(), "select value from queue_nudge"), 1000) << "of a write that failed";
        EXPECT_EQ(
            ask_number(
                life.database(),
                "select count(*) from queue_recipient r join queue_history h on r.message = h.message and r.number = h.number"),
            0);
        if (also_check_) also_check_(life);
    }
};

inline std::string small_text(int number) { return std::string(head) + "small " + std::to_string(number) + "\r\n"; }

inline const auto nothing = [](Life&, Ledger&) {};
inline const auto accept_one = [](Life& life, Ledger& ledger) {
    life.accept(ledger, {make_message({"bob@partner.test", "carol@other.test"})}, small_text(0));
};

// The log is copied while mail comes and goes, and begun anew: old octets lie behind it then, and the store has pages
// that were copied in part only.
inline const db::Options busy_log{.vfs = {}, .log_copy_frames = 8, .log_restart_frames = 24};

}  // namespace sealpost::crash
