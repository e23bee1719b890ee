// Loses everything unsynced after step n, for every n of what the queue does, and looks whether its
// promises (doc/spec/queue.md) hold for a program that starts afterwards.
#include "queue_crash.hpp"

namespace sealpost::crash {
namespace {

std::string large_text() { return std::string(head) + std::string(1'300'000, 'L'); }

std::string large_lines()
{
    std::string text(head);
    while (text.size() < 700'000) text += std::string(76, 'L') + "\r\n";
    return text;
}

const db::Options large_pages{.page_bytes = 65536, .vfs = {}};  // fewer steps than with small pages

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

TEST_F(QueueCrash, NotesAKeyWithItsMessageOrNotAtAll)
{
    const std::string count = "select count(*) from queue_message";
    also_check_ = [&](Life& life) {
        const auto noted = wait_for(life.queue().find_accepted("key")).value();
        EXPECT_EQ(ask_number(life.database(), count), noted.has_value() ? 2 : 1);
        const auto again = wait_for(life.queue().accept_all_once({"key", "<2@acme.test>"}, {make_message({"bob@partner.test"})},
                                                                 life.write(small_text(1))));
        EXPECT_EQ(again.value(), noted.has_value() ? "<1@acme.test>" : "<2@acme.test>");
        EXPECT_EQ(ask_number(life.database(), count), 2);
    };
    crash_at_every_step(accept_one, [](Life& life, Ledger& ledger) {
        life.accept_once(ledger, {"key", "<1@acme.test>"}, small_text(1));
    });
}

TEST_F(QueueCrash, GivesUpForAnOperatorOnlyWithTheReport)
{
    crash_at_every_step(accept_one, [](Life& life, Ledger& ledger) {
        const auto views = wait_for(life.queue().list({}));
        if (views.has_error() || views->empty()) return;
        const auto id = views->front().id;
        ledger.expect(id, {{State::failed, State::failed}, 1});
        const auto has_bounced = wait_for(life.queue().bounce(id));
        if (has_bounced.has_value() && *has_bounced) ledger.note_answered(id);
    });
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
