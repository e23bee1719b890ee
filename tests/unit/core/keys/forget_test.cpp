#include "core/keys/forget.hpp"
#include "core/keys/fixture.hpp"

namespace sealpost::keys {
namespace {

using namespace std::chrono_literals;
using test::answer_of;
using test::value_of;

constexpr std::chrono::days period{30};
constexpr std::chrono::hours day{24};

class ForgetTest : public test::KeyStoreTest {
protected:
    std::int64_t forget() { return forget_as_of(clock_.now()); }
    std::int64_t forget_as_of(WallTime now) { return value_of(forget_ended({database_, &clock_}, period, now)); }
    // Of the one that was stored, with all that is said of it in its own row.
    void multiply(int by)
    {
        const std::string columns =
            "account_id, sha256, size, sender_address, sender_name, message_id, profile, assurance, expires_at, may_reply,"
            " may_reply_all, may_forward, receipt, hosted, state, lock_reason, sent_at, request_digest, ended_at";
        execute("insert into key_envelope (id, " + columns + ") with recursive n(i) as (select 2 union all select i + 1 from n" +
                " where i < " + std::to_string(by) + ") select cast(i as text), " + columns + " from key_envelope, n");
    }
    void recall() { ASSERT_EQ(value_of(store_->recall(id_, account_, "administrator:1")), ChangeVerdict::done); }
    bool is_known() { return value_of(store_->find(id_)).has_value(); }
    std::string last_record()
    {
        const auto told = value_of(people_->audit().list({.what = "envelope.forgotten"}));
        return told.empty() ? "" : told.front().entry.details;
    }
};

TEST_F(ForgetTest, AllThatIsKeptOfAnEnvelopeGoesWhenItEndedLongEnoughAgo)
{
    store(make_envelope());
    release_to_bob();  // and a receipt is owed
    const auto ended_at = clock_.now();
    recall();
    clock_.advance(period);
    EXPECT_EQ(forget(), 0) << "not to the day";
    EXPECT_TRUE(is_known());
    EXPECT_EQ(last_record(), "");
    clock_.advance(day);
    EXPECT_EQ(forget(), 1);
    for (const auto* table : {"key_envelope", "key_recipient", "key_wrapped", "key_receipt"})
        EXPECT_EQ(count(std::string("select count(*) from ") + table), 0) << table;
    EXPECT_EQ(last_record(), R"({"count":1,"older_than":")" + format_rfc3339(ended_at + day) + "\"}");
    EXPECT_EQ(forget(), 0);
    EXPECT_EQ(audits("envelope.forgotten"), 1);
    EXPECT_EQ(audits("key.released"), 1) << "the trail is kept for a time of its own";
}

TEST_F(ForgetTest, AForgottenEnvelopeIsAsOneThatNeverWas)
{
    store(make_envelope());
    recall();
    clock_.advance(period + day);
    ASSERT_EQ(forget(), 1);
    EXPECT_TRUE(std::holds_alternative<Unknown>(release_to_bob()));
    EXPECT_EQ(value_of(store_->lock(id_, account_, "", "operator")), ChangeVerdict::unknown);
    EXPECT_EQ(value_of(store_->change_expiry(id_, account_, clock_.now(), "operator")), ChangeVerdict::unknown);
    EXPECT_EQ(value_of(store_->recall(id_, account_, "operator")), ChangeVerdict::unknown);
    EXPECT_FALSE(value_of(store_->resolve_ref(std::string(id_.value()))).has_value());
    EXPECT_FALSE(value_of(store_->note_displayed(id_, {"bob@partner.test"}, "person:1", "local")));
    EXPECT_TRUE(value_of(store_->list({})).empty());
    EXPECT_FALSE(value_of(store_->has_sent("alice@acme.test")));
    EXPECT_TRUE(value_of(store_->list_correspondents({"bob@partner.test"}, 10)).empty());
    EXPECT_TRUE(value_of(store_->due_receipts(10)).empty());
}

TEST_F(ForgetTest, TheIdOfAForgottenEnvelopeIsNobodysAnyMore)
{
    auto envelope = make_envelope();
    auto of_another = make_envelope();
    of_another.policy.account = people::AccountId(2);
    auto late = make_envelope();
    store(std::move(envelope));
    recall();
    clock_.advance(period + day);
    ASSERT_EQ(forget(), 1);
    EXPECT_EQ(store(std::move(of_another)), StoreVerdict::conflict);
    EXPECT_EQ(store(std::move(late)), StoreVerdict::conflict) << "a recall is for ever";
    EXPECT_FALSE(is_known());
    EXPECT_EQ(count("select count(*) from key_forgotten"), 1);
    EXPECT_EQ(audits("key.stored"), 1);
}

TEST_F(ForgetTest, WhatGoesIsJudgedByTheTimeThatTheCallerBelieves)
{
    store(make_envelope());
    const auto believed = clock_.now();
    recall();
    clock_.advance(3650 * day);
    EXPECT_EQ(forget_as_of(believed), 0);
    EXPECT_EQ(forget(), 1);
}

TEST_F(ForgetTest, NoEnvelopeEndsBeforeItWasStored)
{
    auto envelope = make_envelope();
    envelope.policy.expires_at = clock_.now() - 3650 * day;
    store(std::move(envelope));
    EXPECT_EQ(value_of(store_->sweep()).expired, 1);
    EXPECT_EQ(forget(), 0);
    clock_.advance(period + day);
    EXPECT_EQ(forget(), 1);
}

TEST_F(ForgetTest, ARecallByAClockThatIsBehindCountsFromWhenItWasStored)
{
    store(make_envelope());
    clock_.advance(-3650 * day);
    recall();
    clock_.advance(3650 * day);
    EXPECT_EQ(forget(), 0);
    clock_.advance(period + day);
    EXPECT_EQ(forget(), 1);
}

TEST_F(ForgetTest, WhatLivesIsNeverTouchedHoweverOldItIs)
{
    auto envelope = make_envelope();
    envelope.policy.expires_at = clock_.now() + 3650 * day;
    store(std::move(envelope));
    auto locked = make_envelope("another file");
    locked.policy.id = make_envelope_id();
    locked.policy.expires_at = clock_.now() + 3650 * day;
    const auto locked_id = locked.policy.id;
    store(std::move(locked));
    EXPECT_EQ(value_of(store_->lock(locked_id, account_, "legal hold", "operator")), ChangeVerdict::done);
    clock_.advance(3000 * day);
    EXPECT_EQ(forget(), 0);
    EXPECT_TRUE(std::holds_alternative<Released>(release_to_bob()));
    EXPECT_TRUE(value_of(store_->find(locked_id)).has_value());
}

TEST_F(ForgetTest, WhatExpiredCountsFromItsExpiryAndGoesOnlyAfterItsKey)
{
    store(make_envelope());
    clock_.advance(day + period + day);  // it expired a day after it was stored
    EXPECT_EQ(forget(), 0) << "its key has not been destroyed";
    EXPECT_EQ(value_of(store_->sweep()).expired, 1);
    EXPECT_TRUE(is_known()) << "a store that is told nothing keeps it";
    EXPECT_EQ(forget(), 1);
}

TEST_F(ForgetTest, AnExpiryThatIsSetInThePastEndsAnEnvelopeNow)
{
    store(make_envelope());
    clock_.advance(1h);
    EXPECT_EQ(value_of(store_->change_expiry(id_, account_, clock_.now() - 3650 * day, "operator")), ChangeVerdict::done);
    EXPECT_EQ(forget(), 0);
    clock_.advance(period);
    EXPECT_EQ(forget(), 0);
    clock_.advance(day);
    EXPECT_EQ(forget(), 1);
}

// Before step 8 it was not kept when one ended.
TEST_F(ForgetTest, TheTrailSaysWhenOneWasRecalledByAFormerProgram)
{
    store(make_envelope());
    recall();
    execute("update key_envelope set ended_at = null");
    clock_.advance(period + day);
    EXPECT_EQ(forget(), 1);
}

TEST_F(ForgetTest, TheTrailSaysWhenAFormerProgramSetAnExpiryInThePast)
{
    store(make_envelope());
    clock_.advance(1h);
    ASSERT_EQ(value_of(store_->change_expiry(id_, account_, clock_.now() - 3650 * day, "operator")), ChangeVerdict::done);
    execute("update key_envelope set ended_at = null");
    EXPECT_EQ(forget(), 0);
    clock_.advance(period);
    EXPECT_EQ(forget(), 0);
    clock_.advance(day);
    EXPECT_EQ(forget(), 1);
}

TEST_F(ForgetTest, WhatExpiredUnderAFormerProgramCountsFromItsExpiryThatWasPutOff)
{
    store(make_envelope());
    ASSERT_EQ(value_of(store_->change_expiry(id_, account_, clock_.now() + 100 * day, "operator")), ChangeVerdict::done);
    clock_.advance(101 * day);
    EXPECT_EQ(value_of(store_->sweep()).expired, 1);
    execute("update key_envelope set ended_at = null");
    EXPECT_EQ(forget(), 0);
    clock_.advance(period);
    EXPECT_EQ(forget(), 1);
}

TEST_F(ForgetTest, WhereTheTrailNoLongerTellsAnEndCountsFromNow)
{
    store(make_envelope());
    clock_.advance(3650 * day);
    execute("update key_envelope set state = 3");
    EXPECT_EQ(forget(), 0);
    clock_.advance(period + day);
    EXPECT_EQ(forget(), 1);
}

TEST_F(ForgetTest, ManyGoInSeveralJobsAndTheTrailTellsOfThemOnce)
{
    store(make_envelope());
    recall();
    multiply(251);
    clock_.advance(period + day);
    EXPECT_EQ(forget(), 251);
    EXPECT_EQ(count("select count(*) from key_envelope"), 0);
    EXPECT_EQ(audits("envelope.forgotten"), 1);
    EXPECT_EQ(last_record().find(R"({"count":251,)"), 0U) << last_record();
}

TEST_F(ForgetTest, VeryManyGoWithSeveralCallsAndTheTrailTellsOfThemOnce)
{
    constexpr int in_one_call = 100 * people::most_forgetting_jobs;
    store(make_envelope());
    recall();
    execute("update key_envelope set ended_at = null");
    execute("update key_envelope set id = 'of which the trail does not tell'");
    multiply(in_one_call + 1);
    EXPECT_EQ(forget(), 0);
    EXPECT_EQ(count("select count(*) from key_envelope where ended_at is null"), 1) << "nor are all ends found at once";
    EXPECT_EQ(forget(), 0);
    EXPECT_EQ(count("select count(*) from key_envelope where ended_at is null"), 0);
    clock_.advance(period + day);
    EXPECT_EQ(forget(), in_one_call);
    EXPECT_EQ(last_record(), "");
    EXPECT_EQ(forget(), 1);
    EXPECT_EQ(last_record().find(R"({"count":)" + std::to_string(in_one_call + 1) + ","), 0U) << last_record();
}

TEST_F(ForgetTest, AFailureToForgetHoldsUpNothingElse)
{
    KeyStore::Parts parts{database_, &clock_, kek_, log::Log::silent(), limits_};
    parts.keep_ended = period;
    store_ = KeyStore::open(std::move(parts)).value();
    store(make_envelope());
    recall();
    clock_.advance(period + day);
    execute("insert into key_slot (envelope_id, network, size, expires_at) values ('', '', 0, 1)");
    execute(
        "create trigger nothing_is_forgotten before delete on key_envelope"
        " begin select raise(abort, 'the store is in need of repair'); end");
    EXPECT_TRUE(answer_of(store_->sweep()).has_error());
    EXPECT_TRUE(is_known());
    EXPECT_EQ(count("select count(*) from key_slot"), 0);
}

TEST_F(ForgetTest, TheSweepForgetsUnlessItDoubtsTheClock)
{
    KeyStore::Parts parts{database_, &clock_, kek_, log::Log::silent(), limits_};
    parts.keep_ended = period;
    store_ = KeyStore::open(std::move(parts)).value();
    store(make_envelope());
    recall();
    EXPECT_EQ(value_of(store_->sweep()).forgotten, 0);
    clock_.advance(365 * day);
    EXPECT_EQ(value_of(store_->sweep()).forgotten, 0) << "the clock was set, or the service did not run";
    EXPECT_TRUE(is_known());
    for (int i = 0; i < 24 * 6; ++i, clock_.advance(10min)) EXPECT_EQ(value_of(store_->sweep()).forgotten, 0);
    EXPECT_EQ(value_of(store_->sweep()).forgotten, 1);
    EXPECT_FALSE(is_known());
}

}  // namespace
}  // namespace sealpost::keys
