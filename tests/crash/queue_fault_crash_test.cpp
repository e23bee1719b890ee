// One step alone fails, for every step of what the queue does, and the disk works on: what is refused then was refused with
// an error, and what was answered, before or behind the fault, is there when the power fails afterwards.
#include "queue_crash.hpp"

#include <memory>

namespace sealpost::crash {
namespace {

class QueueFault : public QueueCrash {
protected:
    // Of a life with a fault, and of those behind it.
    struct OneFault {
        int step = 0;
        Refusal refusal = Refusal::error;
    };

    // `act` lives through the fault, and ends with its last answer when the power fails.
    void fail_at_every_step(const Act& act, Refusal refusal, const std::vector<Unsynced>& disks, int stride = 1,
                            const db::Options& options = {})
    {
        const Ledger calm = live_in_peace(nothing, options);
        const auto once = [&](int step, Unsynced unsynced) {
            Ledger ledger = calm;
            begin({step, refusal}, options);
            live_until_power_fails(act, ledger, options);
            EXPECT_LE(ledger.refused(), 1U) << "of one fault";
            EXPECT_TRUE(vfs_.has_failed() || (ledger.is_all_answered() && ledger.asked() > 0)) << "in the life without a fault";
            vfs_.lose_power(unsynced);
            check_next_life(store_path(), ledger);
            return vfs_.has_failed();
        };
        die_at_every_step(once, disks, stride);
    }

    // Mail comes until a fault is met, of which the program dies at once; the machine lives, and the program is started again
    // with what the system has in memory. Answers whether a fault was met.
    bool die_of_fault(int step, Unsynced unsynced, const db::Options& next_options)
    {
        Ledger ledger;
        begin({step, Refusal::error}, {});
        {
            Life life(store_path(), clock_, on_crash_vfs());
            for (int number = 1; number <= 4 && life.is_alive() && !vfs_.has_failed(); ++number)
                life.accept(ledger, {make_message({"bob@partner.test"})}, small_text(number));
            vfs_.crash_now();
        }
        vfs_.go_on();
        const Act accept_on = [](Life& life, Ledger& told) {
            const auto answered = told.asked() - told.refused();
            for (int number = 5; number <= 6; ++number)
                life.accept(told, {make_message({"carol@other.test"})}, small_text(number));
            EXPECT_EQ(told.asked() - told.refused(), answered + 2) << "behind the fault";
        };
        live_until_power_fails(accept_on, ledger, next_options);
        vfs_.lose_power(unsynced);
        check_next_life(store_path(), ledger);
        return vfs_.has_failed();
    }

private:
    void begin(OneFault fault, const db::Options& options)
    {
        copy_store(calm_path(), store_path());
        vfs_.begin(0, options.page_bytes);
        vfs_.fail_once(fault.step, fault.refusal);
    }

    // A program that a fault keeps from starting is started again.
    void live_until_power_fails(const Act& act, Ledger& ledger, const db::Options& options)
    {
        auto life = std::make_unique<Life>(store_path(), clock_, on_crash_vfs(options));
        if (!life->is_alive() && vfs_.has_failed()) {
            life.reset();
            life = std::make_unique<Life>(store_path(), clock_, on_crash_vfs(options));
        }
        EXPECT_TRUE(life->is_alive());
        if (life->is_alive()) act(*life, ledger);
        vfs_.crash_now();
    }
};

const auto accept_settle_and_accept_on = [](Life& life, Ledger& ledger) {
    for (int number = 1; number <= 2; ++number) life.accept(ledger, {make_message({"bob@partner.test"})}, small_text(number));
    const auto due = wait_for(life.queue().claim(1));
    if (due.has_value() && !due->empty())
        life.settle(ledger, due->front().id, report_of({outcome(0, Kind::delivered)}), {{State::delivered}, 0});
    for (int number = 3; number <= 4; ++number) life.accept(ledger, {make_message({"carol@other.test"})}, small_text(number));
};

TEST_F(QueueFault, ForgivesOneFaultAtAnyStep) { fail_at_every_step(accept_settle_and_accept_on, Refusal::error, every_disk); }

TEST_F(QueueFault, ForgivesOneWriteThatFindsNoRoomAtAnyStep)
{
    fail_at_every_step(accept_settle_and_accept_on, Refusal::full, usual_disks);
}

TEST_F(QueueFault, ForgivesOneFaultWhileTheLogIsCopiedAndBegunAnew)
{
    const Act act = [this](Life& life, Ledger& ledger) {
        work_beside_reader_until_log_has(40 * 4120, life, ledger);
        work_until_logs_begun(3, life, ledger);
    };
    fail_at_every_step(act, Refusal::error, {Unsynced::lost, Unsynced::log_kept, Unsynced::store_kept}, 3, busy_log);
    EXPECT_GE(vfs_.logs_begun(), 3) << "in the life without a fault";
}

TEST_F(QueueFault, KeepsItsPromisesWhenTheProgramDiesOfAFaultAndLaterThePowerFails)
{
    (void)live_in_peace(nothing, {});
    die_at_every_step([&](int step, Unsynced unsynced) { return die_of_fault(step, unsynced, {}); }, every_disk);
}

// The test tests itself: the log of a dead program shows a commit whose sync failed, and what is written behind it is lost.
TEST_F(QueueFault, WouldNoticeALogThatIsWrittenOnBehindAFailedSync)
{
    (void)live_in_peace(nothing, {});
    db::Options careless;
    careless.is_owner = false;
    int failures = 0;
    bool has_failed = true;
    for (int step = 1; has_failed; ++step)
        failures += count_failures([&] { has_failed = die_of_fault(step, Unsynced::lost, careless); });
    EXPECT_GT(failures, 0);
}

}  // namespace
}  // namespace sealpost::crash
