// Loses everything unsynced after step n, for every n of signing in: a token that was shown works and one that was
// revoked never does again, a code signs in once, a session that was begun is there and one that was ended is not.
#include "every_step.hpp"

#include "core/people/fixture.hpp"

namespace sealpost::crash {
namespace {

using namespace people;
using test::answer_of;
using test::value_of;

// Secrets that the dead program had handed out, and what it had answered.
struct Told {
    std::optional<Secret> token, session;
    std::optional<Challenge> challenge;
    bool is_code_used = false, is_code_asked = false;
    bool is_revoked = false, is_revoking = false;
    bool is_session_ended = false, is_session_ending = false;
    std::optional<AccountId> account;
};

class PeopleCrash : public test::StoreTest {
protected:
    std::shared_ptr<People> start(const std::string& name, const std::string& vfs, std::shared_ptr<db::Database>& database)
    {
        auto opened = db::Database::open(directory_ + "/" + name, {1, 4096, vfs});
        if (opened.has_error()) return nullptr;
        database = *opened;
        auto people = People::open(database, clock_, {test::secret("a pepper for tests only"), {}});
        return people.has_error() ? nullptr : *people;
    }

    void issue_token(People& people, Told& told)
    {
        auto account = answer_of(people.accounts().add({AccountId(), "acme", "Acme Ltd", "", "en", {"acme.test"}}));
        if (account.has_error()) return;
        told.account = account->id;
        auto token = answer_of(people.accounts().make_token(account->id, "mx1", {std::string(Accounts::envelopes_scope)}));
        if (token.has_value()) told.token = std::move(token->token);
        if (!told.token) return;
        auto second = answer_of(people.accounts().make_token(account->id, "mx2", {std::string(Accounts::envelopes_scope)}));
        if (second.has_error()) return;
        revoked_ = std::move(second->token);
        told.is_revoking = true;
        auto gone = answer_of(people.accounts().revoke_token(second->id));
        told.is_revoked = gone.has_value() && *gone;
    }

    void sign_in(People& people, Told& told)
    {
        auto challenge = answer_of(people.codes().begin({"bob@partner.test", true, {}}));
        if (challenge.has_error()) return;
        told.challenge.emplace(std::move(*challenge));
        told.is_code_asked = true;
        auto verdict = answer_of(people.codes().check(told.challenge->challenge, told.challenge->code.clone()));
        told.is_code_used = verdict.has_value() && std::holds_alternative<CodeRight>(*verdict);
        if (!told.is_code_used) return;
        auto person = answer_of(people.persons().ensure("bob@partner.test", "en", "local"));
        if (person.has_error()) return;
        auto session = answer_of(people.sessions().begin(person->id, Assurance::mailbox, Secret()));
        if (session.has_error()) return;
        told.session = std::move(session->token);
        told.is_session_ending = true;
        told.is_session_ended = answer_of(people.sessions().end(told.session->clone())).has_value();
    }

    void check_next_life(const Told& told)
    {
        std::shared_ptr<db::Database> database;
        const auto people = start("crash.db", "", database);
        ASSERT_NE(people, nullptr);
        expect_whole(*database);
        const std::string scope(Accounts::envelopes_scope);
        if (told.account) {
            EXPECT_TRUE(value_of(people->accounts().find(*told.account)).has_value());
        }
        if (told.token) {
            EXPECT_TRUE(value_of(people->accounts().check_token(told.token->clone(), scope)).has_value());
        }
        if (told.is_revoking) {
            const bool works = value_of(people->accounts().check_token(revoked_.clone(), scope)).has_value();
            EXPECT_TRUE(!works || !told.is_revoked);
        }
        if (told.is_code_asked) {
            auto verdict = value_of(people->codes().check(told.challenge->challenge, told.challenge->code.clone()));
            const bool is_right = std::holds_alternative<CodeRight>(verdict);
            EXPECT_FALSE(is_right && told.is_code_used) << "a code signed in twice";
            verdict = value_of(people->codes().check(told.challenge->challenge, told.challenge->code.clone()));
            EXPECT_FALSE(std::holds_alternative<CodeRight>(verdict)) << "a code signed in twice";
        }
        if (told.session) {
            const bool is_there = value_of(people->sessions().find(told.session->clone())).has_value();
            EXPECT_TRUE(is_there || told.is_session_ending);
            EXPECT_FALSE(is_there && told.is_session_ended) << "a session came back";
        }
        database->close();
    }

    bool die_once(int step, Unsynced unsynced)
    {
        copy_store(directory_ + "/calm.db", directory_ + "/crash.db");
        vfs_.begin(step);
        Told told;
        {
            std::shared_ptr<db::Database> database;
            const auto people = start("crash.db", vfs_.name(), database);
            if (people) {
                issue_token(*people, told);
                sign_in(*people, told);
            }
            if (database) database->close();
        }
        const bool has_crashed = vfs_.has_crashed();
        const bool is_all_done = told.token && told.is_revoked && told.is_code_used && told.is_session_ended;
        EXPECT_TRUE(has_crashed || is_all_done) << "in the life that ended in peace";
        vfs_.lose_power(unsynced);
        check_next_life(told);
        return has_crashed;
    }

    CrashVfs vfs_;
    Secret revoked_;
};

TEST_F(PeopleCrash, WhatWasRevokedUsedOrEndedNeverComesBackAndWhatWasGivenIsThere)
{
    std::shared_ptr<db::Database> database;
    ASSERT_NE(start("calm.db", "", database), nullptr);
    database->close();
    die_at_every_step([&](int step, Unsynced unsynced) { return die_once(step, unsynced); });
}

}  // namespace
}  // namespace sealpost::crash
