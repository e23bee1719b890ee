#include "core/keys/fixture.hpp"

#include "deaf_database.hpp"
#include "sys/async/task_group.hpp"

namespace sealpost::keys {
namespace {

using namespace std::chrono_literals;
using test::answer_of;
using test::must;
using test::secret;
using test::value_of;

class ReleaseTest : public test::KeyStoreTest {};

TEST_F(ReleaseTest, GivesTheKeyToAProvenRecipientWithWhatBelongsToIt)
{
    ASSERT_EQ(store(make_envelope()), StoreVerdict::created);
    const auto verdict = release({"bob@example.org", "BOB@partner.test"});
    ASSERT_TRUE(std::holds_alternative<Released>(verdict));
    const auto& released = std::get<Released>(verdict);
    EXPECT_EQ(released.identity.reveal_text(), test::an_identity);
    EXPECT_EQ(released.recipient, "bob@partner.test");
    EXPECT_EQ(released.subject, test::a_subject);
    EXPECT_EQ(released.rights, (Rights{true, true, false}));
    EXPECT_TRUE(released.receipt);
    EXPECT_EQ(released.recipients, (std::vector<std::string>{"bob@partner.test", "carol@partner.test"}));
}

// A key in a token that takes its time.
class SlowKey final : public test::GuardedKey {
public:
    SlowKey(std::shared_ptr<KekFile> file, ManualClock& clock) : GuardedKey(std::move(file)), clock_(clock) {}

    Result<Unwrapped> unwrap(const Policy& policy, const Wrapped& wrapped) override
    {
        clock_.advance(10s);
        return GuardedKey::unwrap(policy, wrapped);
    }

private:
    ManualClock& clock_;
};

TEST_F(ReleaseTest, GivesNothingOutThatExpiresWhileItIsOpened)
{
    store(make_envelope());
    store_ = KeyStore::open({database_, &clock_, std::make_shared<SlowKey>(kek_, clock_), log::Log::silent(), {}}).value();
    clock_.advance(24h - 15s);
    EXPECT_TRUE(std::holds_alternative<Released>(release_to_bob()));
    EXPECT_TRUE(std::holds_alternative<Expired>(release_to_bob()));
    EXPECT_EQ(audits("key.released"), 1);
}

TEST_F(ReleaseTest, LeavesAnAuditRecordAFactAndAReceipt)
{
    store(make_envelope());
    release_to_bob();
    EXPECT_EQ(audits("key.released"), 1);
    EXPECT_EQ(facts().recipients[0].released_at, clock_.now());
    EXPECT_EQ(facts().recipients[0].assurance, Assurance::mailbox);
    EXPECT_FALSE(facts().recipients[1].released_at.has_value());
    const auto receipts = value_of(store_->due_receipts(10));
    ASSERT_EQ(receipts.size(), 1U);
    EXPECT_EQ(receipts[0].recipient, "bob@partner.test");
    EXPECT_EQ(receipts[0].kind, Receipt::Kind::released);
    must(store_->settle_receipt(receipts[0].number));
    EXPECT_TRUE(value_of(store_->due_receipts(10)).empty());
}

TEST_F(ReleaseTest, ASecondReleaseIsAuditedButOwesNoSecondReceipt)
{
    store(make_envelope());
    release_to_bob();
    clock_.advance(1h);
    release_to_bob();
    EXPECT_EQ(audits("key.released"), 2);
    EXPECT_EQ(value_of(store_->due_receipts(10)).size(), 1U);
    EXPECT_EQ(facts().recipients[0].released_at, clock_.now() - 1h);
}

TEST_F(ReleaseTest, WithoutItsAuditRecordNoKeyLeaves)
{
    store(make_envelope());
    execute("create trigger no_audit before insert on people_audit begin select raise(abort, 'disk full'); end");
    const auto verdict = try_release({"bob@partner.test"});
    EXPECT_TRUE(verdict.has_error());
    EXPECT_FALSE(facts().recipients[0].released_at.has_value());
    EXPECT_TRUE(value_of(store_->due_receipts(10)).empty());
}

TEST_F(ReleaseTest, RefusesStrangersAndNotesIt)
{
    store(make_envelope());
    EXPECT_TRUE(std::holds_alternative<NotRecipient>(release({"eve@partner.test"})));
    EXPECT_TRUE(std::holds_alternative<NotRecipient>(release({})));
    EXPECT_EQ(audits("key.refused"), 2);
    EXPECT_EQ(audits("key.released"), 0);
}

TEST_F(ReleaseTest, AnUnknownEnvelopeHasNoKey) { EXPECT_TRUE(std::holds_alternative<Unknown>(release_to_bob())); }

TEST_F(ReleaseTest, AsksForTheAssuranceThatTheEnvelopeNeeds)
{
    const std::vector<Assurance> levels = {Assurance::low, Assurance::mailbox, Assurance::account, Assurance::strong};
    auto envelope = make_envelope();
    envelope.policy.assurance = Assurance::account;
    store(std::move(envelope));
    for (const auto level : levels) {
        const auto verdict = release({"bob@partner.test"}, level);
        EXPECT_EQ(std::holds_alternative<Released>(verdict), level >= Assurance::account);
        if (level < Assurance::account) {
            ASSERT_TRUE(std::holds_alternative<NeedsAssurance>(verdict));
            EXPECT_EQ(std::get<NeedsAssurance>(verdict).assurance, Assurance::account);
        }
    }
}

TEST_F(ReleaseTest, WhoHoldsTheLinkOpensAnEnvelopeOfLowAssurance)
{
    auto envelope = make_envelope();
    envelope.policy.assurance = Assurance::low;
    store(std::move(envelope));
    const auto verdict = release({}, Assurance::low);
    ASSERT_TRUE(std::holds_alternative<Released>(verdict));
    EXPECT_EQ(std::get<Released>(verdict).recipient, "");
    EXPECT_EQ(facts().link_released_at, clock_.now());
    EXPECT_EQ(value_of(store_->due_receipts(10)).size(), 1U);
}

TEST_F(ReleaseTest, TheLinkToASingleRecipientCountsAsTheirs)
{
    auto envelope = make_envelope();
    envelope.policy.assurance = Assurance::low;
    envelope.policy.recipients = {"bob@partner.test"};
    store(std::move(envelope));
    EXPECT_EQ(std::get<Released>(release({}, Assurance::low)).recipient, "bob@partner.test");
}

TEST_F(ReleaseTest, TheLinkProvesNothingHoweverItsHolderSignedIn)
{
    auto envelope = make_envelope();
    envelope.policy.assurance = Assurance::low;
    envelope.policy.recipients = {"bob@partner.test"};
    store(std::move(envelope));
    EXPECT_EQ(std::get<Released>(release({"carol@else.test"}, Assurance::strong)).recipient, "bob@partner.test");
    EXPECT_EQ(facts().recipients.at(0).assurance, Assurance::low);
    EXPECT_EQ(value_of(store_->due_receipts(10)).at(0).assurance, Assurance::low);
}

TEST_F(ReleaseTest, ALockTellsItsReasonToRecipientsOnly)
{
    auto envelope = make_envelope();
    envelope.policy.assurance = Assurance::low;
    store(std::move(envelope));
    EXPECT_EQ(value_of(store_->lock(id_, account_, "sent by mistake", "administrator:1")), ChangeVerdict::done);
    EXPECT_EQ(std::get<Locked>(release({}, Assurance::low)).reason, "");
    EXPECT_EQ(std::get<Locked>(release_to_bob()).reason, "sent by mistake");
}

TEST_F(ReleaseTest, ALockRefusesWithItsReasonUntilItIsLifted)
{
    store(make_envelope());
    EXPECT_EQ(value_of(store_->lock(id_, account_, "sent by mistake", "administrator:1")), ChangeVerdict::done);
    const auto verdict = release_to_bob();
    ASSERT_TRUE(std::holds_alternative<Locked>(verdict));
    EXPECT_EQ(std::get<Locked>(verdict).reason, "sent by mistake");
    EXPECT_TRUE(std::holds_alternative<NotRecipient>(release({"eve@partner.test"})));
    EXPECT_EQ(facts().state, State::locked);
    EXPECT_EQ(value_of(store_->unlock(id_, account_, "administrator:1")), ChangeVerdict::done);
    EXPECT_TRUE(std::holds_alternative<Released>(release_to_bob()));
}

TEST_F(ReleaseTest, ExpiresToTheMillisecondWithoutWaitingForTheSweep)
{
    store(make_envelope());
    clock_.advance(24h - 1ms);
    EXPECT_TRUE(std::holds_alternative<Released>(release_to_bob()));
    clock_.advance(1ms);
    EXPECT_TRUE(std::holds_alternative<Expired>(release_to_bob()));
    EXPECT_EQ(facts().state, State::expired);
}

TEST_F(ReleaseTest, ATamperedRecordReleasesNothing)
{
    const std::vector<std::string> changes = {
        "update key_recipient set address = 'eve@partner.test' where address = 'bob@partner.test'",
        "update key_envelope set expires_at = expires_at + 1000000",
        "update key_envelope set assurance = 0",
        "update key_envelope set may_forward = 1",
        "update key_envelope set sender_address = 'boss@acme.test'",
        "update key_envelope set account_id = 2",
        "update key_wrapped set sealed = nonce",
    };
    store(make_envelope());
    for (const auto& change : changes) {
        execute(
            "create table undo as select * from key_envelope; create table undo_r as select * from key_recipient;"
            "create table undo_w as select * from key_wrapped");
        execute(change);
        const auto verdict = try_release({"bob@partner.test", "eve@partner.test"});
        ASSERT_TRUE(verdict.has_error()) << change;
        EXPECT_EQ(verdict.error().fault, Fault::config) << change;
        execute(
            "delete from key_envelope; insert into key_envelope select * from undo; drop table undo;"
            "delete from key_recipient; insert into key_recipient select * from undo_r; drop table undo_r;"
            "delete from key_wrapped; insert into key_wrapped select * from undo_w; drop table undo_w");
    }
    EXPECT_EQ(audits("key.released"), 0);
    EXPECT_TRUE(std::holds_alternative<Released>(release_to_bob()));
}

TEST_F(ReleaseTest, AnotherEnvelopesWrappedKeyDoesNotFit)
{
    store(make_envelope());
    auto other = make_envelope();
    other.policy.id = make_envelope_id();
    const auto other_id = other.policy.id.value();
    store(std::move(other));
    execute("update key_wrapped set nonce = (select nonce from key_wrapped where envelope_id = '" + other_id +
            "'), sealed = (select sealed from key_wrapped where envelope_id = '" + other_id + "')");
    EXPECT_TRUE(try_release({"bob@partner.test"}).has_error());
}

TEST_F(ReleaseTest, NotesWhatTheReaderDisplayedOnceAndOnlyAfterTheRelease)
{
    store(make_envelope());
    const auto note = [this] { return value_of(store_->note_displayed(id_, {"bob@partner.test"}, "person:1", "local")); };
    EXPECT_FALSE(note());
    release_to_bob();
    clock_.advance(1s);
    EXPECT_TRUE(note());
    clock_.advance(1s);
    EXPECT_TRUE(note());
    EXPECT_EQ(facts().recipients[0].displayed_at, clock_.now() - 1s);
    EXPECT_FALSE(value_of(store_->note_displayed(id_, {"carol@partner.test"}, "person:2", "local")));
    EXPECT_EQ(value_of(store_->due_receipts(10)).size(), 2U);
}

// Anybody who is signed in may say so without end, and the store has one writer.
TEST_F(ReleaseTest, AsksTheWriterOnlyWhereADisplayIsToBeNoted)
{
    store(make_envelope());
    release_to_bob();
    const auto busy = std::make_shared<test::DeafDatabase>(database_);
    store_ = KeyStore::open({busy, &clock_, kek_, log::Log::silent(), limits_}).value();
    const auto note = [this](const std::string& address) {
        return answer_of(store_->note_displayed(id_, {address}, "person:1", "local"));
    };
    busy->refuses = 1;
    EXPECT_FALSE(note("carol@partner.test").value());
    EXPECT_FALSE(note("mallory@elsewhere.test").value());
    EXPECT_TRUE(note("bob@partner.test").has_error());
    EXPECT_TRUE(note("bob@partner.test").value());
    busy->refuses = 1;
    EXPECT_TRUE(note("bob@partner.test").value());
    EXPECT_EQ(busy->refuses, 1);
    EXPECT_EQ(audits("message.displayed"), 1);
}

Task<void> release_and_count(std::shared_ptr<KeyStore> store, ReleaseRequest request, int& released)
{
    auto verdict = co_await store->release(std::move(request));
    if (verdict && std::holds_alternative<Released>(*verdict)) ++released;
}

Task<void> release_many(std::shared_ptr<KeyStore> store, ReleaseRequest request, int times, int& released)
{
    auto executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (int i = 0; i < times; ++i) group.spawn(release_and_count(store, request, released));
    co_await group.join();
}

TEST_F(ReleaseTest, ManyAtOnceAreEachAuditedAndTheReceiptIsOwedOnce)
{
    store(make_envelope());
    int released = 0;
    const ReleaseRequest request{id_, {"bob@partner.test"}, Assurance::mailbox, "person:1", "local"};
    async::run_here([&] { return release_many(store_, request, 100, released); });
    EXPECT_EQ(released, 100);
    EXPECT_EQ(audits("key.released"), 100);
    EXPECT_EQ(value_of(store_->due_receipts(1000)).size(), 1U);
}

TEST_F(ReleaseTest, ARecallThatHasAnsweredIsNeverFollowedByARelease)
{
    store(make_envelope());
    int released = 0;
    const ReleaseRequest request{id_, {"bob@partner.test"}, Assurance::mailbox, "person:1", "local"};
    ASSERT_EQ(value_of(store_->recall(id_, account_, "administrator:1")), ChangeVerdict::done);
    async::run_here([&] { return release_many(store_, request, 10, released); });
    EXPECT_EQ(released, 0);
}

}  // namespace
}  // namespace sealpost::keys
