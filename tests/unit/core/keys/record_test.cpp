#include "core/keys/fixture.hpp"

#include <sys/stat.h>

namespace sealpost::keys {
namespace {

using namespace std::chrono_literals;
using test::answer_of;
using test::secret;
using test::value_of;

class RecordTest : public test::KeyStoreTest {
protected:
    ChangeVerdict change_expiry(WallTime at) { return value_of(store_->change_expiry(id_, account_, at, "administrator:1")); }
    std::string wrapped_octets()
    {
        auto work = [](db::Connection& connection) -> Result<std::string> {
            auto row = connection.prepare("select sealed from key_wrapped");
            SEALPOST_CHECK(row.step());
            return row.column_text(0);
        };
        return database_->read_now(work).value();
    }
};

TEST_F(RecordTest, StoringTheSameAgainIsTheSameAndAnythingElseAConflict)
{
    EXPECT_EQ(store(make_envelope()), StoreVerdict::created);
    EXPECT_EQ(store(make_envelope()), StoreVerdict::same);
    auto other_key = make_envelope();
    other_key.identity = secret("AGE-SECRET-KEY-1OTHER");
    EXPECT_EQ(store(std::move(other_key)), StoreVerdict::conflict);
    auto other_subject = make_envelope();
    other_subject.subject = "another subject";
    EXPECT_EQ(store(std::move(other_subject)), StoreVerdict::conflict);
    auto other_account = make_envelope();
    other_account.policy.account = AccountId(2);
    EXPECT_EQ(store(std::move(other_account)), StoreVerdict::conflict);
    auto fewer = make_envelope();
    fewer.policy.recipients.pop_back();
    EXPECT_EQ(store(std::move(fewer)), StoreVerdict::conflict);
    EXPECT_EQ(std::get<Released>(release_to_bob()).subject, test::a_subject);
}

TEST_F(RecordTest, ARepeatedRequestIsStillTheSameAfterALaterChangeOfExpiry)
{
    const auto expires_at = make_envelope().policy.expires_at;
    store(make_envelope());
    EXPECT_EQ(change_expiry(expires_at + 24h), ChangeVerdict::done);
    EXPECT_EQ(store(make_envelope()), StoreVerdict::same);
    EXPECT_EQ(facts().policy.expires_at, expires_at + 24h);
}

TEST_F(RecordTest, RefusesAnEnvelopeToNobodyOrToNoAddress)
{
    auto nobody = make_envelope();
    nobody.policy.recipients.clear();
    EXPECT_TRUE(answer_of(store_->store(std::move(nobody))).has_error());
    auto bad = make_envelope();
    bad.policy.recipients.push_back("not an address");
    EXPECT_TRUE(answer_of(store_->store(std::move(bad))).has_error());
    EXPECT_FALSE(value_of(store_->find(id_)).has_value());
}

TEST_F(RecordTest, KeepsNeitherIdentityNorSubjectInTheStore)
{
    store(make_envelope());
    release_to_bob();
    const auto octets = all_octets();
    EXPECT_EQ(octets.find(test::an_identity), std::string::npos);
    EXPECT_EQ(octets.find(test::a_subject), std::string::npos);
    EXPECT_NE(octets.find("alice@acme.test"), std::string::npos);  // so the search does find what is there
}

TEST_F(RecordTest, OnlyTheAccountThatStoredItMayChangeIt)
{
    store(make_envelope());
    const AccountId other{2};
    EXPECT_EQ(value_of(store_->lock(id_, other, "x", "w")), ChangeVerdict::unknown);
    EXPECT_EQ(value_of(store_->recall(id_, other, "w")), ChangeVerdict::unknown);
    EXPECT_EQ(value_of(store_->change_expiry(id_, other, clock_.now(), "w")), ChangeVerdict::unknown);
    EXPECT_EQ(facts().state, State::open);
}

TEST_F(RecordTest, ALaterExpiryKeepsTheKeyAlive)
{
    store(make_envelope());
    EXPECT_EQ(change_expiry(clock_.now() + 48h), ChangeVerdict::done);
    clock_.advance(47h);
    EXPECT_TRUE(std::holds_alternative<Released>(release_to_bob()));
    clock_.advance(1h);
    EXPECT_EQ(change_expiry(clock_.now() + 48h), ChangeVerdict::expired);
}

TEST_F(RecordTest, AnExpiryInThePastDestroysTheKeyAtOnce)
{
    store(make_envelope());
    EXPECT_EQ(change_expiry(clock_.now()), ChangeVerdict::done);
    EXPECT_EQ(wrapped_octets(), "");
    EXPECT_TRUE(std::holds_alternative<Expired>(release_to_bob()));
}

TEST_F(RecordTest, TheSweepDestroysWhatHasExpiredForReal)
{
    store(make_envelope());
    const auto sealed = wrapped_octets();
    ASSERT_GT(sealed.size(), 60U);
    clock_.advance(24h);
    EXPECT_EQ(value_of(store_->sweep()).expired, 1);
    EXPECT_EQ(value_of(store_->sweep()).expired, 0);
    EXPECT_EQ(audits("key.expired"), 1);
    EXPECT_EQ(facts().state, State::expired);
    EXPECT_EQ(wrapped_octets(), "");
    store_.reset();
    people_.reset();
    database_.reset();  // the log is folded into the store
    EXPECT_EQ(all_octets().find(sealed), std::string::npos);
}

// One that is set ahead by mistake; whoever sees it puts it right.
TEST_F(RecordTest, AClockThatJumpsDestroysNoKeyThatHasTimeLeft)
{
    store(make_envelope());
    EXPECT_EQ(value_of(store_->sweep()).expired, 0);
    clock_.advance(8760h);
    EXPECT_EQ(value_of(store_->sweep()).expired, 0);
    EXPECT_TRUE(std::holds_alternative<Expired>(release_to_bob())) << "but gives it to nobody";
    clock_.advance(10min);
    EXPECT_EQ(value_of(store_->sweep()).expired, 0) << "nor a little later";
    clock_.advance(-8760h);
    EXPECT_EQ(value_of(store_->sweep()).expired, 0);
    EXPECT_TRUE(std::holds_alternative<Released>(release_to_bob()));
    for (int i = 0; i < 24 * 6; ++i, clock_.advance(10min)) EXPECT_EQ(value_of(store_->sweep()).expired, 0);
    EXPECT_EQ(value_of(store_->sweep()).expired, 1) << "a day later the clock is believed again";
}

TEST_F(RecordTest, BehindATimeOffTheSweepWaitsAsLongAsThatWas)
{
    store(make_envelope());
    clock_.advance(23h);
    EXPECT_EQ(value_of(store_->sweep()).expired, 0);
    clock_.advance(2h);
    for (int i = 0; i < 12; ++i, clock_.advance(10min)) EXPECT_EQ(value_of(store_->sweep()).expired, 0);
    EXPECT_EQ(value_of(store_->sweep()).expired, 1);
}

TEST_F(RecordTest, ARecallErasesTheKeyForEver)
{
    store(make_envelope());
    EXPECT_EQ(value_of(store_->recall(id_, account_, "administrator:1")), ChangeVerdict::done);
    EXPECT_EQ(wrapped_octets(), "");
    EXPECT_TRUE(std::holds_alternative<Erased>(release_to_bob()));
    EXPECT_EQ(value_of(store_->unlock(id_, account_, "w")), ChangeVerdict::erased);
    EXPECT_EQ(store(make_envelope()), StoreVerdict::conflict);
    EXPECT_EQ(audits("envelope.recalled"), 1);
}

TEST_F(RecordTest, ListsByAccountSenderAndText)
{
    store(make_envelope());
    auto other = make_envelope();
    other.policy.id = make_envelope_id();
    other.policy.account = AccountId(2);
    other.policy.sender.address = "al_ce@other.test";
    store(std::move(other));
    const std::vector<std::string> alice{"alice@acme.test"}, both{"alice@acme.test", "al_ce@other.test"}, nobody;
    EXPECT_EQ(value_of(store_->list({})).size(), 2U);
    EXPECT_TRUE(value_of(store_->list({{}, nobody, "", 0, 50})).empty()) << "who has no address has sent nothing";
    EXPECT_EQ(value_of(store_->list({account_, {}, "", 0, 50})).size(), 1U);
    EXPECT_EQ(value_of(store_->list({{}, alice, "", 0, 50})).size(), 1U);
    EXPECT_EQ(value_of(store_->list({{}, both, "", 0, 50})).size(), 2U);
    EXPECT_EQ(value_of(store_->list({{}, both, "al_ce", 0, 50})).size(), 1U);
    EXPECT_EQ(value_of(store_->list({{}, {}, "carol", 0, 50})).size(), 2U);
    EXPECT_EQ(value_of(store_->list({{}, {}, "CAROL", 0, 50})).size(), 2U);
    EXPECT_EQ(value_of(store_->list({{}, {}, "al_ce", 0, 50})).size(), 1U);
    EXPECT_EQ(value_of(store_->list({{}, {}, "", 1, 1})).size(), 1U);
    EXPECT_TRUE(value_of(store_->list({{}, {}, "nowhere", 0, 50})).empty());
}

TEST_F(RecordTest, ASenderIsKnownAsRecipientsAre)
{
    auto envelope = make_envelope();
    envelope.policy.sender.address = "Alice@ACME.test";
    store(std::move(envelope));
    EXPECT_EQ(facts().policy.sender.address, "alice@acme.test");
    EXPECT_TRUE(value_of(store_->has_sent("alice@acme.test")));
    EXPECT_FALSE(value_of(store_->has_sent("bob@partner.test")));
}

TEST_F(RecordTest, WhoOwnsTheSendersAddressDecidesAboutTheEnvelopeAndNobodyElseDoes)
{
    store(make_envelope());
    const Holder own({"alice@home.test", "alice@acme.test"}), others({"bob@partner.test"}), nobody(std::vector<std::string>{});
    for (const auto& stranger : {others, nobody}) {
        EXPECT_EQ(value_of(store_->lock(id_, stranger, "mine", "person:2")), ChangeVerdict::unknown);
        EXPECT_EQ(value_of(store_->change_expiry(id_, stranger, clock_.now() + 48h, "person:2")), ChangeVerdict::unknown);
        EXPECT_EQ(value_of(store_->recall(id_, stranger, "person:2")), ChangeVerdict::unknown);
    }
    EXPECT_EQ(value_of(store_->lock(id_, own, "wrong file", "person:1")), ChangeVerdict::done);
    EXPECT_EQ(facts().lock_reason, "wrong file");
    EXPECT_EQ(value_of(store_->unlock(id_, own, "person:1")), ChangeVerdict::done);
    EXPECT_EQ(value_of(store_->change_expiry(id_, own, clock_.now() + 12h, "person:1")), ChangeVerdict::done);
    EXPECT_EQ(facts().policy.expires_at, clock_.now() + 12h);
    EXPECT_EQ(value_of(store_->recall(id_, own, "person:1")), ChangeVerdict::done);
    EXPECT_TRUE(std::holds_alternative<Erased>(release_to_bob()));
}

TEST_F(RecordTest, ASenderBringsTheExpiryForwardAndNeverPutsItOff)
{
    store(make_envelope());
    const auto expires_at = facts().policy.expires_at;
    const Holder own(std::vector<std::string>{"alice@acme.test"});
    EXPECT_EQ(value_of(store_->change_expiry(id_, own, expires_at + 1ms, "person:1")), ChangeVerdict::may_not_prolong);
    EXPECT_EQ(value_of(store_->change_expiry(id_, own, expires_at, "person:1")), ChangeVerdict::done);
    EXPECT_EQ(value_of(store_->change_expiry(id_, own, expires_at - 1h, "person:1")), ChangeVerdict::done);
    EXPECT_EQ(value_of(store_->change_expiry(id_, own, expires_at, "person:1")), ChangeVerdict::may_not_prolong);
    EXPECT_EQ(facts().policy.expires_at, expires_at - 1h);
    EXPECT_EQ(audits("envelope.expiry_changed"), 2);
    EXPECT_EQ(change_expiry(expires_at), ChangeVerdict::done) << "the account may";
    EXPECT_TRUE(std::holds_alternative<Released>(release_to_bob()));
}

TEST_F(RecordTest, WhatTheAccountLocksIsTheAccountsToUnlock)
{
    store(make_envelope());
    const Holder own(std::vector<std::string>{"alice@acme.test"});
    EXPECT_EQ(value_of(store_->lock(id_, own, "wrong file", "person:1")), ChangeVerdict::done);
    EXPECT_EQ(facts().locked_by, LockedBy::sender);
    EXPECT_EQ(value_of(store_->lock(id_, account_, "legal hold", "administrator:1")), ChangeVerdict::done);
    EXPECT_EQ(facts().locked_by, LockedBy::account);
    EXPECT_EQ(value_of(store_->unlock(id_, own, "person:1")), ChangeVerdict::locked_by_account);
    EXPECT_EQ(value_of(store_->lock(id_, own, "mine", "person:1")), ChangeVerdict::locked_by_account);
    EXPECT_EQ(value_of(store_->change_expiry(id_, own, clock_.now() + 1h, "person:1")), ChangeVerdict::locked_by_account);
    EXPECT_EQ(value_of(store_->recall(id_, own, "person:1")), ChangeVerdict::locked_by_account);
    EXPECT_EQ(facts().lock_reason, "legal hold");
    EXPECT_TRUE(std::holds_alternative<Locked>(release_to_bob()));
    EXPECT_EQ(value_of(store_->unlock(id_, account_, "administrator:1")), ChangeVerdict::done);
    EXPECT_EQ(value_of(store_->lock(id_, own, "wrong file", "person:1")), ChangeVerdict::done);
    EXPECT_EQ(value_of(store_->unlock(id_, account_, "administrator:1")), ChangeVerdict::done) << "the account lifts any";
    EXPECT_EQ(facts().state, State::open);
}

// Before step 7 nothing was kept of who did it.
TEST_F(RecordTest, WhatWasLockedBeforeItWasKeptByWhomIsTheAccounts)
{
    store(make_envelope());
    auto lock = [](db::Connection& connection) { return connection.prepare("update key_envelope set state = 1").run(); };
    ASSERT_TRUE(database_->write_now(lock).has_value());
    const Holder own(std::vector<std::string>{"alice@acme.test"});
    EXPECT_EQ(value_of(store_->unlock(id_, own, "person:1")), ChangeVerdict::locked_by_account);
}

TEST_F(RecordTest, TheTrailTellsWhoMadeAChangeAndFromWhere)
{
    store(make_envelope());
    const Actor actor("person:1", "192.0.2.0/24");
    EXPECT_EQ(value_of(store_->lock(id_, account_, "", actor)), ChangeVerdict::done);
    EXPECT_EQ(value_of(store_->unlock(id_, account_, actor)), ChangeVerdict::done);
    EXPECT_EQ(value_of(store_->change_expiry(id_, account_, clock_.now() + 1h, actor)), ChangeVerdict::done);
    EXPECT_EQ(value_of(store_->recall(id_, account_, actor)), ChangeVerdict::done);
    EXPECT_EQ(count("select count(*) from people_audit where network = '192.0.2.0/24' and who = 'person:1'"), 4);
}

TEST_F(RecordTest, RotationWrapsEveryKeyAnewAndTheOldVersionCanGo)
{
    store(make_envelope());
    const auto sealed = wrapped_octets();
    ASSERT_TRUE(kek_->add_version(clock_.now()).has_value());
    EXPECT_EQ(value_of(store_->rewrap_all()), 1);
    EXPECT_EQ(value_of(store_->rewrap_all()), 0);
    EXPECT_NE(wrapped_octets(), sealed);
    ASSERT_TRUE(kek_->retire_old_versions().has_value());
    store_ = open().value();
    EXPECT_EQ(std::get<Released>(release_to_bob()).identity.reveal_text(), test::an_identity);
}

TEST_F(RecordTest, ARunningServiceFollowsARotationByAnotherProcess)
{
    store(make_envelope());
    auto their_file = KekFile::open(kek_path()).value();
    auto theirs = KeyStore::open({database_, &clock_, their_file, log::Log::silent(), {}}).value();
    ASSERT_TRUE(their_file->add_version(clock_.now()).has_value());
    ASSERT_EQ(value_of(theirs->rewrap_all()), 1);
    EXPECT_TRUE(std::holds_alternative<Released>(release_to_bob()));
}

TEST_F(RecordTest, RefusesToStartWithAnotherKeyFile)
{
    store(make_envelope());
    store_.reset();
    std::filesystem::remove(kek_path());
    ASSERT_TRUE(KekFile::make(kek_path(), clock_.now()).has_value());
    const auto opened = open();
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(opened.error().fault, Fault::config);
}

TEST_F(RecordTest, RefusesToStartWhenANeededVersionIsMissing)
{
    store(make_envelope());
    ASSERT_TRUE(kek_->add_version(clock_.now()).has_value());
    ASSERT_TRUE(kek_->retire_old_versions().has_value());  // before the rewrap: a mistake
    const auto opened = open();
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(opened.error().fault, Fault::config);
}

TEST_F(RecordTest, TheKeyFileIsPrivateAndNeverReplacedByAccident)
{
    struct stat facts {};
    ASSERT_EQ(::stat(kek_path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600U);
    const auto again = KekFile::make(kek_path(), clock_.now());
    ASSERT_TRUE(again.has_error());
    EXPECT_EQ(again.error().fault, Fault::denied);
    ::chmod(kek_path().c_str(), 0644);
    const auto opened = KekFile::open(kek_path());
    ASSERT_TRUE(opened.has_error());
    EXPECT_EQ(opened.error().fault, Fault::config);
}

TEST(KekRing, ReadsWhatItWritesAndNothingElse)
{
    const auto ring = KekRing::make(WallTime(1h)).with_new_version(WallTime(2h));
    const auto text = ring.format();
    const auto again = KekRing::parse(text.reveal_text()).value();
    EXPECT_EQ(again.versions().size(), 2U);
    EXPECT_TRUE(again.newest().key.equals(ring.newest().key.reveal()));
    const std::string head = "# sealpost key-encryption keys 1\n";
    const std::string key(43, 'A');
    const std::string good = "1 2026-11-22T00:00:00.000Z " + key + "=\n";
    EXPECT_TRUE(KekRing::parse(head + good).has_value());
    const std::vector<std::string> bad = {"",
                                          head,
                                          good,
                                          head + good + good,
                                          head + "0" + good.substr(1),
                                          head + "x" + good.substr(1),
                                          head + "1 today " + key + "=\n",
                                          head + "1 2026-11-22T00:00:00.000Z AAAA\n",
                                          head + "1 2026-11-22T00:00:00.000Z\n"};
    for (const auto& file : bad) {
        const auto parsed = KekRing::parse(file);
        ASSERT_TRUE(parsed.has_error()) << file;
        EXPECT_EQ(parsed.error().fault, Fault::config);
    }
}

TEST(KekRing, DerivesAKeyPerPurposeThatSurvivesRotation)
{
    const auto ring = KekRing::make(WallTime(1h));
    const auto rotated = ring.with_new_version(WallTime(2h));
    EXPECT_TRUE(ring.derive("a").equals(rotated.derive("a").reveal()));
    EXPECT_FALSE(ring.derive("a").equals(ring.derive("b").reveal()));
}

TEST(EnvelopeId, IsTwentySixCharactersOfLowerCaseBase32)
{
    for (int i = 0; i < 50; ++i) {
        const auto id = make_envelope_id();
        EXPECT_TRUE(parse_envelope_id(id.value()).has_value()) << id.value();
    }
    EXPECT_TRUE(parse_envelope_id("aaaaaaaaaaaaaaaaaaaaaaaaaa").has_value());
    EXPECT_FALSE(parse_envelope_id("aaaaaaaaaaaaaaaaaaaaaaaaab").has_value());
    EXPECT_FALSE(parse_envelope_id("aaaaaaaaaaaaaaaaaaaaaaaaa").has_value());
    EXPECT_FALSE(parse_envelope_id("Aaaaaaaaaaaaaaaaaaaaaaaaaa").has_value());
    EXPECT_FALSE(parse_envelope_id("aaaaaaaaaaaaa1aaaaaaaaaaaa").has_value());
}

TEST(PolicyRecord, DiffersWhereverThePolicyDiffers)
{
    Policy policy;
    policy.recipients = {"a@b.test", "c@d.test"};
    const auto text = format_policy(policy);
    auto joined = policy;
    joined.recipients = {"a@b.test\nrecipient 8:c@d.test"};
    EXPECT_NE(format_policy(joined), text);
    auto later = policy;
    later.expires_at += 1ms;
    EXPECT_NE(format_policy(later), text);
    auto hosted = policy;
    hosted.hosted = true;
    EXPECT_NE(format_policy(hosted), text);
    auto by_service = policy;
    by_service.by_service = true;
    EXPECT_NE(format_policy(by_service), text);
}

}  // namespace
}  // namespace sealpost::keys
