// Loses everything unsynced after step n, for every n of what a gateway hands to the service and of a rotation of the
// key that wraps: an envelope's record, its key and its hosted copy are there wholly once they were answered for, wholly
// or not at all otherwise, and whoever asks again gets them stored.
#include "every_step.hpp"

#include "core/keys/fixture.hpp"

namespace sealpost::crash {
namespace {

using namespace keys;
using test::answer_of;
using test::value_of;

// What the dead program had answered.
struct Told {
    bool first_stored = false, second_stored = false, hosted = false;
};

class KeyStoreCrash : public test::KeyStoreTest {
protected:
    KeyStoreCrash()
    {
        while (text_.size() < 70'000) text_ += "ciphertext " + std::to_string(text_.size());  // two pieces
    }

    std::shared_ptr<KeyStore> start(const std::string& name, const std::string& vfs, std::shared_ptr<db::Database>& database)
    {
        auto opened = db::Database::open(directory_ + "/" + name, {1, page_bytes_, vfs});
        if (opened.has_error()) return nullptr;
        database = *opened;
        if (people::People::open(database, clock_, {}).has_error()) return nullptr;
        auto store = KeyStore::open({database, &clock_, KekFile::open(kek_path()).value(), log::Log::silent(), {}});
        return store.has_error() ? nullptr : *store;
    }

    NewEnvelope envelope(const EnvelopeId& id) const
    {
        auto made = make_envelope(text_);
        made.policy.id = id;
        return made;
    }
    static bool is_stored(Result<StoreVerdict> verdict) { return verdict.has_value() && *verdict != StoreVerdict::conflict; }

    bool host(KeyStore& store)
    {
        auto writer = answer_of(store.begin_hosted(first_, account_));
        if (writer.has_error()) return false;
        for (std::size_t at = 0; at < text_.size(); at += 30'000)
            if (answer_of((*writer)->write(text_.substr(at, 30'000))).has_error()) return false;
        auto verdict = answer_of(store.finish_hosted(std::move(*writer)));
        return verdict.has_value() && *verdict == ContentVerdict::stored;
    }

    // The gateway hands over one envelope with its copy, another one, and the first again since it had no answer.
    void act(KeyStore& store, Told& told)
    {
        told.first_stored = is_stored(answer_of(store.store(envelope(first_))));
        told.hosted = told.first_stored && host(store);
        told.second_stored = is_stored(answer_of(store.store(envelope(second_))));
        if (told.second_stored) told.second_stored = is_stored(answer_of(store.store(envelope(second_))));
    }

    // To every recipient, since each was promised it.
    void expect_released(KeyStore& store, const EnvelopeId& id)
    {
        for (const auto* address : {"bob@partner.test", "Carol@Partner.test"}) {
            auto verdict = answer_of(store.release({id, {address}, Assurance::mailbox, "person:1", "local"}));
            ASSERT_TRUE(verdict.has_value());
            const auto* released = std::get_if<Released>(&*verdict);
            ASSERT_NE(released, nullptr) << address;
            EXPECT_EQ(released->identity.reveal_text(), test::an_identity);
            EXPECT_EQ(released->subject, test::a_subject);
        }
    }

    void check_copy(KeyStore& store, bool is_promised)
    {
        const auto view = value_of(store.resolve_ref(first_.value()));
        ASSERT_TRUE(view.has_value());
        EXPECT_TRUE(view->source == OpenView::Source::hosted || !is_promised);
        EXPECT_FALSE(view->damaged);
        if (view->source != OpenView::Source::hosted) return;
        std::string all;
        auto source = store.read(*view);
        for (auto piece = answer_of(source->next()).value(); !piece.empty(); piece = answer_of(source->next()).value())
            all += piece;
        EXPECT_TRUE(all == text_) << "the hosted copy is not what was handed in";
    }

    // A record, its recipients and its key come and go together; a copy without its record is nobody's.
    static void check_rows(db::Database& database)
    {
        const auto envelopes = ask_number(database, "select count(*) from key_envelope");
        EXPECT_EQ(ask_number(database, "select count(*) from key_wrapped where sealed is not null"), envelopes);
        EXPECT_EQ(ask_number(database, "select count(*) from key_recipient"), 2 * envelopes);
        EXPECT_EQ(
            ask_number(database, "select count(*) from key_recipient where envelope_id not in (select id from key_envelope)"), 0);
        EXPECT_EQ(ask_number(database, "select count(*) from key_piece where slot_id not in (select id from key_slot)"), 0);
        expect_whole(database);
    }

    void check_next_life(const Told& told)
    {
        std::shared_ptr<db::Database> database;
        const auto store = start("crash.db", "", database);
        ASSERT_NE(store, nullptr);
        check_rows(*database);
        for (const auto& [id, is_promised] : {std::pair(first_, told.first_stored), std::pair(second_, told.second_stored)}) {
            const bool is_there = value_of(store->find(id)).has_value();
            EXPECT_TRUE(is_there || !is_promised) << "a key that was answered for is lost";
            if (is_there) expect_released(*store, id);
            EXPECT_TRUE(is_stored(answer_of(store->store(envelope(id))))) << "what was begun before is in the way";
            expect_released(*store, id);
        }
        check_copy(*store, told.hosted);
        if (!told.hosted) {
            EXPECT_TRUE(host(*store));
        }
        const auto before = clock_;
        clock_.advance(std::chrono::hours(2));  // uploads that nobody finished are swept
        EXPECT_TRUE(answer_of(store->sweep()).has_value());
        clock_ = before;
        EXPECT_EQ(ask_number(*database, "select count(*) from key_slot"), 1);
        check_copy(*store, true);
        database->close();
    }

    bool die_once(int step, Unsynced unsynced)
    {
        copy_store(directory_ + "/calm.db", directory_ + "/crash.db");
        vfs_.begin(step, page_bytes_);
        Told told;
        {
            std::shared_ptr<db::Database> database;
            const auto store = start("crash.db", vfs_.name(), database);
            if (store) act(*store, told);
            if (database) database->close();
        }
        const bool has_crashed = vfs_.has_crashed();
        EXPECT_TRUE(has_crashed || (told.first_stored && told.hosted && told.second_stored)) << "in the life that ended in peace";
        vfs_.lose_power(unsynced);
        check_next_life(told);
        return has_crashed;
    }

    bool die_rewrapping(int step, Unsynced unsynced)
    {
        copy_store(directory_ + "/calm.db", directory_ + "/crash.db");
        vfs_.begin(step, page_bytes_);
        bool is_rewrapped = false;
        {
            std::shared_ptr<db::Database> database;
            const auto store = start("crash.db", vfs_.name(), database);
            is_rewrapped = store && answer_of(store->rewrap_all()).has_value();
            if (database) database->close();
        }
        const bool has_crashed = vfs_.has_crashed();
        EXPECT_TRUE(has_crashed || is_rewrapped) << "in the life that ended in peace";
        vfs_.lose_power(unsynced);
        std::shared_ptr<db::Database> database;
        const auto store = start("crash.db", "", database);
        EXPECT_NE(store, nullptr);
        if (!store) return has_crashed;
        check_rows(*database);
        expect_released(*store, first_);
        expect_released(*store, second_);
        EXPECT_TRUE(answer_of(store->rewrap_all()).has_value());
        EXPECT_EQ(ask_number(*database, "select count(*) from key_wrapped where kek_version <> 2"), 0);
        expect_released(*store, first_);
        database->close();
        return has_crashed;
    }

    int page_bytes_ = 65536;  // fewer steps than with small pages
    CrashVfs vfs_;
    const EnvelopeId first_ = make_envelope_id(), second_ = make_envelope_id();
    std::string text_;
};

TEST_F(KeyStoreCrash, WhatTheServiceAnsweredForIsThereAndTheRestCanBeHandedInAgain)
{
    std::shared_ptr<db::Database> database;
    ASSERT_NE(start("calm.db", "", database), nullptr);
    database->close();
    die_at_every_step([&](int step, Unsynced unsynced) { return die_once(step, unsynced); },
                      {Unsynced::lost, Unsynced::every_second_kept});
}

TEST_F(KeyStoreCrash, AKeyIsReleasedAtEveryMomentOfARotation)
{
    page_bytes_ = 4096;
    {
        std::shared_ptr<db::Database> database;
        const auto store = start("calm.db", "", database);
        ASSERT_NE(store, nullptr);
        Told told;
        act(*store, told);
        ASSERT_TRUE(told.hosted);
        database->close();
    }
    ASSERT_TRUE(KekFile::open(kek_path()).value()->add_version(clock_.now()).has_value());
    die_at_every_step([&](int step, Unsynced unsynced) { return die_rewrapping(step, unsynced); });
}

}  // namespace
}  // namespace sealpost::crash
