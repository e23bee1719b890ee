// Loses everything unsynced after step n, for every n of an envelope key's life, and looks whether the
// promises of doc/spec/keys.md hold for a program that starts afterwards: no key has left without its
// audit record and receipt, none that was stored is lost, none that was recalled comes back.
#include "every_step.hpp"

#include "core/keys/fixture.hpp"

namespace sealpost::crash {
namespace {

using namespace keys;
using test::answer_of;
using test::value_of;

// What the dead program had been told.
struct Told {
    int attempts = 0;  // releases begun
    int released = 0;  // releases that answered with the key
    bool stored = false;
    bool hosted = false;
    bool recall_begun = false;
    bool recalled = false;
};

class KeyReleaseCrash : public test::KeyStoreTest {
protected:
    // One life: opens what lies at `path` through the layer `vfs`; null when it died before it was up.
    std::shared_ptr<KeyStore> start(const std::string& path, const std::string& vfs, std::shared_ptr<db::Database>& database)
    {
        auto opened = db::Database::open(path, {1, 4096, vfs});
        if (opened.has_error()) return nullptr;
        database = *opened;
        auto people = people::People::open(database, clock_, {});
        if (people.has_error()) return nullptr;
        auto store = KeyStore::open({database, &clock_, kek_, log::Log::silent(), {}});
        return store.has_error() ? nullptr : *store;
    }

    bool release(KeyStore& store, Told& told)
    {
        ++told.attempts;
        auto verdict = answer_of(store.release({id_, {"bob@partner.test"}, Assurance::mailbox, "person:1", "local"}));
        const bool has_key = verdict.has_value() && std::holds_alternative<Released>(*verdict);
        if (has_key) ++told.released;
        return has_key;
    }

    void host(KeyStore& store, Told& told)
    {
        auto writer = answer_of(store.begin_hosted(id_, account_));
        if (writer.has_error()) return;
        if (answer_of((*writer)->write("ciphertext")).has_error()) return;
        auto verdict = answer_of(store.finish_hosted(std::move(*writer)));
        told.hosted = verdict.has_value() && *verdict == ContentVerdict::stored;
    }

    void act(KeyStore& store, Told& told)
    {
        told.stored = answer_of(store.store(make_envelope())).has_value();
        host(store, told);
        release(store, told);
        (void)answer_of(store.change_expiry(id_, account_, clock_.now() + std::chrono::hours(48), "account:1"));
        release(store, told);
        told.recall_begun = told.stored;
        auto recalled = answer_of(store.recall(id_, account_, "account:1"));
        told.recalled = recalled.has_value() && *recalled == ChangeVerdict::done;
    }

    void check_evidence(db::Database& database, const Told& told)
    {
        const auto audited = ask_number(database, "select count(*) from people_audit where what = 'key.released'");
        EXPECT_GE(audited, told.released);
        EXPECT_LE(audited, told.attempts);
        const auto marked = ask_number(database, "select count(*) from key_recipient where released_at is not null");
        EXPECT_EQ(marked, audited > 0 ? 1 : 0);
        EXPECT_EQ(ask_number(database, "select count(*) from key_receipt"), marked);
        expect_whole(database);
    }

    void check_next_life(const std::string& path, const Told& told)
    {
        std::shared_ptr<db::Database> database;
        const auto store = start(path, "", database);
        ASSERT_NE(store, nullptr);
        check_evidence(*database, told);
        const auto facts = value_of(store->find(id_));
        ASSERT_TRUE(facts.has_value() || !told.stored);
        if (!facts) return;
        Told later;
        const bool has_key = release(*store, later);
        EXPECT_TRUE(!told.recalled || facts->state == State::erased);
        EXPECT_EQ(has_key, facts->state == State::open);
        EXPECT_TRUE(facts->state == State::open || told.recall_begun);
        EXPECT_EQ(facts->has_hosted_copy && facts->state != State::open, false);
        EXPECT_TRUE(facts->has_hosted_copy || !told.hosted || facts->state == State::erased);
        EXPECT_EQ(ask_number(*database, "select count(*) from key_wrapped where sealed is not null"), has_key ? 1 : 0);
    }

    bool crash_once(int step, Unsynced unsynced)
    {
        const std::string path = directory_ + "/crash.db";
        copy_store(directory_ + "/calm.db", path);
        vfs_.begin(step);
        Told told;
        {
            std::shared_ptr<db::Database> database;
            const auto store = start(path, vfs_.name(), database);
            if (store) act(*store, told);
            if (database) database->close();
        }
        const bool has_crashed = vfs_.has_crashed();
        const bool is_all_done = told.stored && told.hosted && told.released == 2 && told.recalled;
        EXPECT_TRUE(has_crashed || is_all_done) << "in the life that ended in peace";
        vfs_.lose_power(unsynced);
        check_next_life(path, told);
        return has_crashed;
    }

    CrashVfs vfs_;
};

TEST_F(KeyReleaseCrash, NoKeyLeavesWithoutItsRecordAndNoneIsLostOrComesBack)
{
    {
        std::shared_ptr<db::Database> database;
        ASSERT_NE(start(directory_ + "/calm.db", "", database), nullptr);
    }
    die_at_every_step([&](int step, Unsynced unsynced) { return crash_once(step, unsynced); });
}

}  // namespace
}  // namespace sealpost::crash
