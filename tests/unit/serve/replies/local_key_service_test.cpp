#include "serve/replies/local_key_service.hpp"

#include "serve/replies/replies_world.hpp"
#include "sys/crypto/digest.hpp"

namespace sealpost::replies {
namespace {

class LocalKeyServiceTest : public RepliesWorld {
protected:
    sealer::KeyRecord make_record()
    {
        sealer::KeyRecord record;
        record.id = keys::make_envelope_id().value();
        record.identity = identity_.text();
        record.sha256 = crypto::sha256(age_file_);
        record.size = age_file_.size();
        record.sender_address = "bob@partner.test";
        record.recipients = {"alice@acme.test"};
        record.profile = "reply";
        record.assurance = "mailbox";
        record.expires_at = clock_.now() + std::chrono::hours(5);
        record.related_envelope = answered_.value();
        return record;
    }
    Result<sealer::StoredEnvelope> store(sealer::KeyRecord record) { return wait_for(service_->store(std::move(record))); }

    keys::EnvelopeFacts store_and_find(sealer::KeyRecord record)
    {
        const auto id = keys::parse_envelope_id(record.id).value();
        EXPECT_TRUE(store(std::move(record)).has_value());
        return test::value_of(keys_->find(id)).value();
    }

    keys::EnvelopeId keep_related(std::string_view assurance)
    {
        keys::NewEnvelope envelope;
        envelope.policy = test::value_of(keys_->find(answered_)).value().policy;
        envelope.policy.id = keys::make_envelope_id();
        envelope.policy.assurance = people::parse_assurance(assurance).value();
        envelope.identity = identity_.text();
        const auto id = envelope.policy.id;
        EXPECT_EQ(test::value_of(keys_->store(std::move(envelope))), keys::StoreVerdict::created);
        return id;
    }

    std::string age_file_ = seal("The secret answer.");
    std::shared_ptr<LocalKeyService> service_ = make_key_service();
};

TEST_F(LocalKeyServiceTest, GivesAReplyToTheAccountOfTheEnvelopeThatItAnswers)
{
    people::Account other;
    other.name = "other";
    other.domains = {"other.test"};
    test::value_of(people_->accounts().add(other));
    auto record = make_record();
    const auto id = keys::parse_envelope_id(record.id).value();
    const auto stored = store(std::move(record));
    ASSERT_TRUE(stored.has_value()) << stored.error().text;
    EXPECT_EQ(stored->service_url, "https://keys.test");
    EXPECT_EQ(stored->organisation, "keys.test");
    const auto found = test::value_of(keys_->find(id));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->policy.account, account_);
    EXPECT_TRUE(found->policy.by_service);
    EXPECT_EQ(found->policy.sender.address, "bob@partner.test");
    EXPECT_EQ(found->policy.recipients, std::vector<std::string>{"alice@acme.test"});
}

TEST_F(LocalKeyServiceTest, GivesAMessageThatBeginsToTheAccountItGoesToForAsLongAsItAsks)
{
    auto record = make_record();
    record.related_envelope = "";
    record.account = account_.value();
    record.expires_at = clock_.now() + std::chrono::days(3650);
    const auto found = store_and_find(std::move(record));
    EXPECT_EQ(found.policy.account, account_);
    EXPECT_TRUE(found.policy.by_service);
    EXPECT_EQ(found.policy.assurance, people::Assurance::mailbox);
    EXPECT_EQ(found.policy.expires_at, clock_.now() + std::chrono::days(3650));
}

// doc/spec/keys.md, "Replies and forwards"
TEST_F(LocalKeyServiceTest, AsksOfAReplyNoLessThanTheEnvelopeThatItAnswers)
{
    for (const auto [of_related, of_reply, kept] :
         {std::array{"account", "mailbox", "account"}, std::array{"strong", "mailbox", "strong"},
          std::array{"mailbox", "account", "account"}}) {
        auto record = make_record();
        record.assurance = of_reply;
        record.related_envelope = keep_related(of_related).value();
        EXPECT_EQ(people::format_assurance(store_and_find(std::move(record)).policy.assurance), kept) << of_related;
    }
}

TEST_F(LocalKeyServiceTest, LetsAReplyLiveAsLongAsTheEnvelopeThatItAnswersWasGiven)
{
    auto record = make_record();
    record.expires_at = clock_.now() + std::chrono::days(3650);
    clock_.advance(std::chrono::hours(47));
    const auto stored_at = clock_.now();
    EXPECT_EQ(store_and_find(std::move(record)).policy.expires_at, stored_at + std::chrono::hours(48));
    record = make_record();
    record.expires_at = clock_.now() + std::chrono::hours(5);
    EXPECT_EQ(store_and_find(std::move(record)).policy.expires_at, clock_.now() + std::chrono::hours(5)) << "it asks for less";
    clock_.advance(std::chrono::hours(2));
    record = make_record();
    record.expires_at = clock_.now() + std::chrono::days(3650);
    EXPECT_EQ(store_and_find(std::move(record)).policy.expires_at, clock_.now() + std::chrono::hours(48))
        << "it has run out since";
}

TEST_F(LocalKeyServiceTest, GivesAReplyItsTimeThoughTheEnvelopeThatItAnswersWasEndedMeanwhile)
{
    clock_.advance(std::chrono::hours(3));
    const auto long_ago = clock_.now() - std::chrono::hours(9);
    EXPECT_EQ(test::value_of(keys_->change_expiry(answered_, account_, long_ago, "gateway")), keys::ChangeVerdict::done);
    EXPECT_EQ(store_and_find(make_record()).policy.expires_at, clock_.now() + std::chrono::hours(5));
    auto record = make_record();
    record.expires_at = clock_.now() + std::chrono::days(3650);
    EXPECT_EQ(store_and_find(std::move(record)).policy.expires_at, clock_.now() + std::chrono::hours(24));
}

TEST_F(LocalKeyServiceTest, EndsAForwardWithTheEnvelopeThatItPassesOn)
{
    const auto end = clock_.now() + std::chrono::hours(48);
    clock_.advance(std::chrono::hours(47));
    auto record = make_record();
    record.forwards = true;
    record.expires_at = clock_.now() + std::chrono::days(3650);
    EXPECT_EQ(store_and_find(std::move(record)).policy.expires_at, end);
    clock_.advance(std::chrono::hours(1));
    record = make_record();
    record.forwards = true;
    EXPECT_EQ(store(std::move(record)).error().fault, Fault::give_up) << "it ended before the forward was sealed";
    EXPECT_TRUE(store(make_record()).has_value()) << "a reply is its writer's";
}

TEST_F(LocalKeyServiceTest, SealsNoForwardOfWhatIsLockedUntilItIsUnlocked)
{
    EXPECT_EQ(test::value_of(keys_->lock(answered_, account_, "legal hold", "gateway")), keys::ChangeVerdict::done);
    auto record = make_record();
    record.forwards = true;
    EXPECT_EQ(store(std::move(record)).error().fault, Fault::retry_later);
    EXPECT_EQ(test::value_of(keys_->unlock(answered_, account_, "gateway")), keys::ChangeVerdict::done);
    record = make_record();
    record.forwards = true;
    EXPECT_TRUE(store(std::move(record)).has_value());
}

TEST_F(LocalKeyServiceTest, TellsOfAnEndThatNobodyAskedFor)
{
    auto record = make_record();
    record.expires_at = clock_.now() + std::chrono::days(3650);
    EXPECT_EQ(store(std::move(record)).value().expires_at, clock_.now() + std::chrono::hours(48));
    EXPECT_FALSE(store(make_record()).value().expires_at.has_value());
}

TEST_F(LocalKeyServiceTest, RefusesAReplyToNothing)
{
    auto record = make_record();
    record.related_envelope = keys::make_envelope_id().value();
    EXPECT_EQ(store(std::move(record)).error().fault, Fault::give_up);
    record = make_record();
    record.related_envelope = "";
    EXPECT_EQ(store(std::move(record)).error().fault, Fault::give_up);
}

TEST_F(LocalKeyServiceTest, RefusesAnotherRecordUnderAKnownId)
{
    auto record = make_record();
    const std::string id = record.id;
    ASSERT_TRUE(store(std::move(record)).has_value());
    record = make_record();
    record.id = id;
    record.recipients = {"mallory@acme.test"};
    EXPECT_EQ(store(std::move(record)).error().fault, Fault::give_up);
}

TEST_F(LocalKeyServiceTest, KeepsAHostedCopyThatFitsTheRecord)
{
    auto record = make_record();
    const std::string id = record.id;
    ASSERT_TRUE(store(std::move(record)).has_value());
    const auto put = [&](std::string bytes) {
        const auto size = bytes.size();
        return wait_for(service_->put_content(id, std::make_unique<async::StringSource>(std::move(bytes)), size));
    };
    EXPECT_EQ(put(age_file_.substr(1)).error().fault, Fault::retry_later) << "damaged";
    EXPECT_TRUE(put(age_file_).has_value());
    const auto view = test::value_of(keys_->resolve_ref(id));
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->source, keys::OpenView::Source::hosted);
}

TEST_F(LocalKeyServiceTest, ErasesTheKeyOfAReplyThatNobodyGets)
{
    auto record = make_record();
    const std::string id = record.id;
    ASSERT_TRUE(store(std::move(record)).has_value());
    const auto discard = [&] { return wait_for(service_->discard(id)); };
    EXPECT_TRUE(discard().has_value());
    EXPECT_EQ(test::value_of(keys_->find(*keys::parse_envelope_id(id)))->state, keys::State::erased);
    EXPECT_TRUE(discard().has_value()) << "it is gone already";
}

TEST_F(LocalKeyServiceTest, KnowsHowAnEnvelopeEnded)
{
    const auto ending_of = [this](const std::string& id) { return test::value_of(service_->find_ending(id)); };
    EXPECT_EQ(ending_of(answered_.value()), sealer::Ending::none);
    EXPECT_EQ(ending_of(keys::make_envelope_id().value()), sealer::Ending::none);
    const auto recalled = keep_related("mailbox");
    EXPECT_EQ(test::value_of(keys_->recall(recalled, account_, "gateway")), keys::ChangeVerdict::done);
    EXPECT_EQ(ending_of(recalled.value()), sealer::Ending::recalled);
    clock_.advance(std::chrono::hours(48));
    EXPECT_EQ(ending_of(answered_.value()), sealer::Ending::expired);
}

TEST_F(LocalKeyServiceTest, SpeaksTheLanguageOfTheAccountToThoseItDoesNotKnow)
{
    const auto stored = store(make_record());
    ASSERT_TRUE(stored.has_value());
    ASSERT_EQ(stored->recipients.size(), 1U);
    EXPECT_EQ(stored->recipients[0].address, "alice@acme.test");
    EXPECT_EQ(stored->recipients[0].language, "en");
}

}  // namespace
}  // namespace sealpost::replies
