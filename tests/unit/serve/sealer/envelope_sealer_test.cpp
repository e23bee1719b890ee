#include "serve/sealer/envelope_sealer.hpp"

#include "serve/mime_text.hpp"
#include "serve/task_answers.hpp"
#include "sys/crypto/digest.hpp"
#include "wire/mail/parts.hpp"
#include "wire/seal/extracted.hpp"
#include "wire/seal/opener.hpp"

#include <gmock/gmock.h>

namespace sealpost::sealer {
namespace {

using queue::wait_for;
using testing::HasSubstr;
using testing::Not;
using Kind = queue::RecipientOutcome::Kind;

// A key service in memory that can be away, or refuse.
class FakeKeys final : public KeyService {
public:
    Task<Result<StoredEnvelope>> store(KeyRecord record) override
    {
        if (store_fails) co_return Error{*store_fails, "as the test wants it"};
        records.push_back(std::move(record));
        StoredEnvelope stored;
        stored.service_url = "https://keys.test";
        stored.organisation = "Acme Ltd";
        stored.recipients = {{"BOB@partner.test", "fr"}, {"carol@partner.test", "en"}};
        co_return stored;
    }
    Task<Result<>> put_content(std::string id, std::unique_ptr<async::ByteSource> age_file, std::uint64_t size) override
    {
        if (content_fails) co_return Error{*content_fails, "as the test wants it"};
        auto text = co_await queue::read_all(std::move(age_file));
        EXPECT_EQ(text.value().size(), size);
        hosted[id] = std::move(*text);
        co_return Result<>();
    }

    Task<Result<>> discard(std::string id) override
    {
        if (discard_breaks) throw std::runtime_error("broken off");
        if (discard_fails) co_return Error{*discard_fails, "as the test wants it"};
        discarded.push_back(std::move(id));
        co_return Result<>();
    }

    Task<Result<Ending>> find_ending(std::string) override { co_return ending; }
    [[nodiscard]] ServiceTrouble last_trouble() const override { return trouble; }

    ServiceTrouble trouble = ServiceTrouble::other;
    Ending ending = Ending::none;
    std::optional<Fault> store_fails, content_fails, discard_fails;
    bool discard_breaks = false;
    std::vector<std::string> discarded;
    std::vector<KeyRecord> records;
    std::map<std::string, std::string> hosted;
};

constexpr std::string_view letter =
    "From: =?utf-8?q?Alice_=C3=89?= <alice@acme.test>\r\n"
    "To: bob@partner.test\r\n"
    "Message-ID: <1@acme.test>\r\n"
    "Subject: [secure] The contract\r\n"
    "\r\n"
    "The secret body.\r\n";

class EnvelopeSealerTest : public queue::QueueFixture {
protected:
    EnvelopeSealer make_sealer()
    {
        return EnvelopeSealer({queue_, keys_, &pool_, &clock_, directory_, "mx1.acme.test", log::Log::silent(),
                               [this](const SealOutcome& outcome) { outcomes_.push_back(outcome); }});
    }
    // The order for a message in the queue, as the deliverer gives it.
    SealOrder order(std::vector<std::string> to, std::string_view text = letter)
    {
        queue::NewMessage message = queue::make_message(std::move(to));
        for (auto& recipient : message.recipients) recipient.notify = "FAILURE";
        message.envid = "order-17";
        accept(std::move(message), text);
        auto due = claim();
        EXPECT_EQ(due.size(), 1U);
        SealOrder order;
        order.message = std::move(due.at(0));
        order.notification_sender = "alice@acme.test";
        order.plan.language = "en";
        return order;
    }
    queue::Report seal(SealOrder order)
    {
        auto sealer = make_sealer();
        return wait_for(sealer.seal(std::move(order)));
    }
    // Settles the report and reads the notifications that took the message's place.
    std::vector<std::pair<queue::DueMessage, std::string>> notifications(queue::MessageId message, queue::Report report)
    {
        EXPECT_TRUE(wait_for(queue_->settle(message, std::move(report))).has_value());
        std::vector<std::pair<queue::DueMessage, std::string>> all;
        for (auto& due : claim()) {
            auto text = read(due.content);
            all.emplace_back(std::move(due), std::move(text));
        }
        return all;
    }
    std::string open(const std::string& age_file, const KeyRecord& record)
    {
        seal::Opener opener(seal::Identity::parse(record.identity.reveal_text()).value());
        std::string text = opener.append(age_file).value();
        return text + opener.finish().value();
    }

    std::shared_ptr<FakeKeys> keys_ = std::make_shared<FakeKeys>();
    std::vector<SealOutcome> outcomes_;
    async::BlockingPool pool_{1};
};

TEST_F(EnvelopeSealerTest, SendsAnAttachmentThatTheRecordedIdentityOpens)
{
    auto given = order({"bob@partner.test"});
    const auto id = given.message.id;
    auto report = seal(std::move(given));
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::relayed_elsewhere);
    ASSERT_EQ(keys_->records.size(), 1U);
    const KeyRecord& record = keys_->records[0];

    const auto sent = notifications(id, std::move(report));
    ASSERT_EQ(sent.size(), 1U);
    const auto age_file = seal::extract_age_file(sent[0].second).value();
    EXPECT_EQ(open(age_file, record), letter);
    EXPECT_EQ(record.sha256, crypto::sha256(age_file));
    EXPECT_EQ(record.size, age_file.size());
    EXPECT_EQ(keys_->hosted.at(record.id), age_file);
    EXPECT_THAT(test::decode_parts(sent[0].second), HasSubstr(record.id));
    EXPECT_THAT(test::decode_parts(sent[0].second), Not(HasSubstr("The secret body")));
    EXPECT_EQ(sent[0].first.lane, "notification");
    EXPECT_EQ(sent[0].first.sender, "alice@acme.test");
    ASSERT_EQ(sent[0].first.recipients.size(), 1U);
    EXPECT_EQ(sent[0].first.recipients[0].address, "bob@partner.test");
    EXPECT_EQ(sent[0].first.recipients[0].notify, "FAILURE");
    EXPECT_EQ(sent[0].first.envid, "order-17") << "RFC 3461: whose reports go back to the same sender";
}

TEST_F(EnvelopeSealerTest, NotifiesEachDomainByAMessageOfItsOwn)
{
    auto given = order({"bob@partner.test", "carol@other.test", "dave@Partner.test"});
    const auto id = given.message.id;
    const auto sent = notifications(id, seal(std::move(given)));
    ASSERT_EQ(keys_->records.size(), 1U) << "one envelope";
    EXPECT_EQ(keys_->records[0].recipients.size(), 3U);
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].second, sent[1].second);
    std::vector<std::size_t> recipients{sent[0].first.recipients.size(), sent[1].first.recipients.size()};
    EXPECT_THAT(recipients, testing::UnorderedElementsAre(1U, 2U));
}

TEST_F(EnvelopeSealerTest, NotifiesNobodyWhomAnOperatorRemovedMeanwhile)
{
    auto given = order({"bob@partner.test", "carol@other.test"});
    const auto id = given.message.id;
    auto report = seal(std::move(given));
    ASSERT_EQ(wait_for(queue_->remove_all({.domain = "other.test"})).value(), 1);
    const auto sent = notifications(id, std::move(report));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].first.recipients.at(0).address, "bob@partner.test");
}

TEST_F(EnvelopeSealerTest, KnowsItsNotificationsAgainAndStopsThemWhenTheEnvelopeHasEnded)
{
    auto given = order({"bob@partner.test"});
    const auto id = given.message.id;
    const auto sent = notifications(id, seal(std::move(given)));
    ASSERT_EQ(sent.size(), 1U);
    keys_->ending = Ending::expired;
    auto sealer = make_sealer();
    EXPECT_FALSE(wait_for(sealer.check_notification(sent[0].first)).has_value()) << "it has just been sealed";
    clock_.advance(std::chrono::hours(1));
    EXPECT_TRUE(wait_for(sealer.check_notification(sent[0].first)).has_value());
}

TEST_F(EnvelopeSealerTest, NamesTheSendersEnvelopeToNobodyElse)
{
    auto given = order({"bob@partner.test"});
    given.notification_sender = "noreply@keys.test";
    const auto id = given.message.id;
    const auto sent = notifications(id, seal(std::move(given)));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].first.envid, "");
}

TEST_F(EnvelopeSealerTest, RecordsWhatTheMessageAndThePlanSay)
{
    auto given = order({"bob@partner.test", "carol@partner.test"});
    given.plan.profile = "strict";
    given.plan.assurance = "account";
    given.plan.expires_at = clock_.now() + std::chrono::hours(5);
    given.plan.may_forward = true;
    given.plan.may_reply_all = false;
    given.plan.receipt = false;
    given.plan.subject = "The contract";
    given.related_envelope = "abcdefghijklmnopqrstuvwxya";
    given.account = 7;
    seal(std::move(given));
    ASSERT_EQ(keys_->records.size(), 1U);
    const KeyRecord& record = keys_->records[0];
    EXPECT_TRUE(seal::is_envelope_id(record.id));
    EXPECT_EQ(record.sender_address, "alice@acme.test");
    EXPECT_EQ(record.sender_name, "Alice É");
    EXPECT_EQ(record.subject, "The contract");
    EXPECT_EQ(record.message_id, "<1@acme.test>");
    EXPECT_THAT(record.recipients, testing::ElementsAre("bob@partner.test", "carol@partner.test"));
    EXPECT_EQ(record.profile, "strict");
    EXPECT_EQ(record.assurance, "account");
    EXPECT_EQ(record.expires_at, clock_.now() + std::chrono::hours(5));
    EXPECT_TRUE(record.may_reply);
    EXPECT_FALSE(record.may_reply_all);
    EXPECT_TRUE(record.may_forward);
    EXPECT_FALSE(record.receipt);
    EXPECT_TRUE(record.hosted);
    EXPECT_EQ(record.related_envelope, "abcdefghijklmnopqrstuvwxya");
    EXPECT_EQ(record.account, 7);
}

TEST_F(EnvelopeSealerTest, LetsNoNameTurnTheAddressAround)
{
    seal(order({"bob@partner.test"}, "From: =?utf-8?q?tset=2Eemca=40ecila_=E2=80=AE?= <alice@acme.test>\r\n\r\nHello\r\n"));
    ASSERT_EQ(keys_->records.size(), 1U);
    EXPECT_EQ(keys_->records[0].sender_name, "tset.emca@ecila ");
}

TEST_F(EnvelopeSealerTest, LeavesNoKeyBehindThatOpensWhatNobodyGets)
{
    auto sealer = make_sealer();
    const auto try_it = [&] { return wait_for(sealer.seal(order({"bob@partner.test"}))); };
    keys_->content_fails = Fault::retry_later;
    keys_->discard_fails = Fault::retry_later;
    try_it();
    ASSERT_EQ(keys_->records.size(), 1U);
    keys_->discard_fails.reset();
    try_it();
    ASSERT_EQ(keys_->records.size(), 2U);
    EXPECT_THAT(keys_->discarded, testing::ElementsAre(keys_->records[0].id, keys_->records[1].id)) << "the first one, too";
    keys_->content_fails.reset();
    try_it();
    EXPECT_EQ(keys_->discarded.size(), 2U);
}

TEST_F(EnvelopeSealerTest, HasSealedWhenDiscardingIsBrokenOff)
{
    auto sealer = make_sealer();
    const auto try_it = [&] { return wait_for(sealer.seal(order({"bob@partner.test"}))); };
    keys_->content_fails = Fault::retry_later;
    keys_->discard_fails = Fault::retry_later;
    try_it();
    keys_->content_fails.reset();
    keys_->discard_breaks = true;
    EXPECT_EQ(try_it().outcomes.at(0).kind, Kind::relayed_elsewhere);
    keys_->discard_breaks = false;
    keys_->discard_fails.reset();
    EXPECT_EQ(try_it().outcomes.at(0).kind, Kind::relayed_elsewhere);
    EXPECT_THAT(keys_->discarded, testing::ElementsAre(keys_->records.at(0).id)) << "it was not forgotten";
}

TEST_F(EnvelopeSealerTest, DiscardsTheKeyOfAMessageThatAnOperatorRemovedMeanwhile)
{
    auto sealer = make_sealer();
    auto given = order({"bob@partner.test", "carol@partner.test"});
    given.plan.language = "auto";  // one notification in French, one in English
    const auto id = given.message.id;
    auto report = wait_for(sealer.seal(std::move(given)));
    ASSERT_EQ(report.replacements.size(), 2U);
    ASSERT_TRUE(wait_for(queue_->remove(id)).value());
    EXPECT_TRUE(notifications(id, std::move(report)).empty());
    wait_for(sealer.seal(order({"dave@partner.test"})));
    ASSERT_EQ(keys_->records.size(), 2U);
    EXPECT_THAT(keys_->discarded, testing::ElementsAre(keys_->records[0].id));
}

TEST_F(EnvelopeSealerTest, KeepsTheKeyWhileOneOfItsNotificationsGoesOut)
{
    auto sealer = make_sealer();
    auto given = order({"bob@partner.test", "carol@other.test"});
    given.plan.language = "auto";
    const auto id = given.message.id;
    auto report = wait_for(sealer.seal(std::move(given)));
    ASSERT_EQ(wait_for(queue_->remove_all({.domain = "other.test"})).value(), 1);
    EXPECT_EQ(notifications(id, std::move(report)).size(), 1U);
    wait_for(sealer.seal(order({"dave@partner.test"})));
    EXPECT_TRUE(keys_->discarded.empty());
}

// The answer may be what was lost, not the key.
TEST_F(EnvelopeSealerTest, DiscardsAKeyThatMayHaveBeenStored)
{
    keys_->store_fails = Fault::retry_later;
    seal(order({"bob@partner.test"}));
    EXPECT_EQ(keys_->discarded.size(), 1U);
}

TEST_F(EnvelopeSealerTest, CutsWhatTheServiceWouldRefuse)
{
    std::string text = "From: " + std::string(600, 'n') + " <alice@acme.test>\r\nSubject: s";
    for (int line = 0; line < 20; ++line) text += std::string(900, 's') + "\r\n ";
    text += "s\r\nMessage-ID: <1@acme.test>\r\n\r\nHello\r\n";
    const auto report = seal(order({"bob@partner.test"}, text));
    ASSERT_EQ(keys_->records.size(), 1U) << report.outcomes.at(0).text;
    EXPECT_EQ(keys_->records[0].sender_name, std::string(500, 'n'));
    EXPECT_EQ(keys_->records[0].subject.size(), 2'000U);
    EXPECT_EQ(keys_->records[0].message_id, "<1@acme.test>");
}

TEST_F(EnvelopeSealerTest, AllowsNoReplyToAllThatWouldNameARecipientInBcc)
{
    seal(order({"bob@partner.test", "carol@partner.test"}));
    seal(order({"Bob@partner.test"}));
    const std::string both = "Cc: Carol <carol@partner.test>\r\n" + std::string(letter);
    seal(order({"bob@partner.test", "carol@partner.test"}, both));
    ASSERT_EQ(keys_->records.size(), 3U);
    EXPECT_FALSE(keys_->records[0].may_reply_all);
    EXPECT_TRUE(keys_->records[1].may_reply_all);
    EXPECT_TRUE(keys_->records[2].may_reply_all);
}

TEST_F(EnvelopeSealerTest, NamesNobodyToOthersWhereTheMessageNamesNobody)
{
    const std::string hidden = "From: alice@acme.test\r\nSubject: Terms\r\n\r\nHello\r\n";
    auto several = order({"secret@partner.test", "bob@partner.test"}, hidden);
    const auto id = several.message.id;
    const auto together = notifications(id, seal(std::move(several)));
    ASSERT_EQ(together.size(), 1U);
    EXPECT_THAT(together[0].second, HasSubstr("\r\nTo: undisclosed-recipients:;\r\n"));
    EXPECT_THAT(together[0].second, Not(HasSubstr("secret@partner.test")));
    auto one = order({"bob@partner.test"}, hidden);
    const auto other = one.message.id;
    EXPECT_THAT(notifications(other, seal(std::move(one))).at(0).second, HasSubstr("\r\nTo: bob@partner.test\r\n"));
}

TEST_F(EnvelopeSealerTest, MakesAFreshIdentityForEachMessage)
{
    seal(order({"bob@partner.test"}));
    seal(order({"bob@partner.test"}));
    ASSERT_EQ(keys_->records.size(), 2U);
    EXPECT_NE(keys_->records[0].id, keys_->records[1].id);
    EXPECT_FALSE(keys_->records[0].identity.equals(keys_->records[1].identity.reveal()));
}

TEST_F(EnvelopeSealerTest, WritesToEachRecipientInTheirLanguage)
{
    auto given = order({"bob@partner.test", "carol@partner.test", "unknown@partner.test"});
    given.plan.language = "auto";
    const auto id = given.message.id;
    const auto sent = notifications(id, seal(std::move(given)));
    ASSERT_EQ(sent.size(), 2U);
    std::map<std::string, std::size_t> language_of;
    for (std::size_t i = 0; i < sent.size(); ++i)
        for (const auto& recipient : sent[i].first.recipients) language_of[recipient.address] = i;
    EXPECT_EQ(language_of.at("carol@partner.test"), language_of.at("unknown@partner.test")) << "English for those nobody knows";
    EXPECT_NE(language_of.at("carol@partner.test"), language_of.at("bob@partner.test"));
    EXPECT_EQ(keys_->records.size(), 1U);
    for (const auto& [message, text] : sent) EXPECT_EQ(open(seal::extract_age_file(text).value(), keys_->records[0]), letter);
    const auto page = [&](std::size_t at) {
        seal::EnvelopeReader one;
        EXPECT_TRUE(one.append(sent[at].second));
        EXPECT_TRUE(one.finish());
        return one.claims().language;
    };
    EXPECT_EQ(page(language_of["bob@partner.test"]), "fr");
    EXPECT_EQ(page(language_of["carol@partner.test"]), "en");
}

TEST_F(EnvelopeSealerTest, TellsNoRecipientOfAnothersDomain)
{
    const auto link_of = [&](std::vector<std::string> to) {
        auto given = order(std::move(to));
        const auto id = given.message.id;
        const auto sent = notifications(id, seal(std::move(given)));
        std::string link;
        const auto look = [&](mail::Part&& part) {
            const auto at = part.content.find("/tls");
            if (part.type == "text/plain" && at != std::string::npos)
                link = part.content.substr(at, part.content.find_first_of("\r\n", at) - at);
            return true;
        };
        EXPECT_TRUE(mail::visit_parts(sent.at(0).second, look).has_value());
        return link;
    };
    EXPECT_EQ(link_of({"bob@partner.test", "carol@Partner.test"}), "/tls?domain=partner.test");
    EXPECT_EQ(link_of({"bob@partner.test", "dave@example.org"}), "/tls");
}

TEST_F(EnvelopeSealerTest, OnlyHostsWhatIsTooLargeToAttach)
{
    auto given = order({"bob@partner.test"});
    given.plan.attachment_max_bytes = 100;
    given.plan.hosted = false;
    const auto id = given.message.id;
    const auto sent = notifications(id, seal(std::move(given)));
    ASSERT_EQ(sent.size(), 1U);
    ASSERT_EQ(keys_->records.size(), 1U);
    const KeyRecord& record = keys_->records[0];
    EXPECT_TRUE(record.hosted) << "there is no other copy";
    EXPECT_EQ(open(keys_->hosted.at(record.id), record), letter);
    EXPECT_FALSE(seal::extract_age_file(sent[0].second).has_value());
    EXPECT_THAT(test::decode_parts(sent[0].second), HasSubstr("https://keys.test/open/" + record.id));
}

TEST_F(EnvelopeSealerTest, HostsNothingWhenTheProfileAttachesOnly)
{
    auto given = order({"bob@partner.test"});
    given.plan.hosted = false;
    seal(std::move(given));
    EXPECT_FALSE(keys_->records.at(0).hosted);
    EXPECT_TRUE(keys_->hosted.empty());
}

TEST_F(EnvelopeSealerTest, SealsALargeMessageWithoutLosingAnOctet)
{
    std::string text(letter);
    for (int line = 0; text.size() < 3'000'000; ++line) text += "line " + std::to_string(line) + "\r\n";
    auto given = order({"bob@partner.test"}, text);
    const auto id = given.message.id;
    const auto sent = notifications(id, seal(std::move(given)));
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_TRUE(open(seal::extract_age_file(sent[0].second).value(), keys_->records.at(0)) == text);
}

TEST_F(EnvelopeSealerTest, ShowsTheSubjectAsThePlanSays)
{
    auto given = order({"bob@partner.test"});
    given.plan.subject = "The contract";
    auto id = given.message.id;
    EXPECT_THAT(notifications(id, seal(std::move(given))).at(0).second, HasSubstr("\r\nSubject: The contract\r\n"));
    given = order({"bob@partner.test"});
    given.plan.neutral_subject = true;
    id = given.message.id;
    EXPECT_THAT(notifications(id, seal(std::move(given))).at(0).second, Not(HasSubstr("The contract")));
    EXPECT_EQ(keys_->records.at(1).subject, "[secure] The contract") << "released with the key";
}

TEST_F(EnvelopeSealerTest, KeepsTheMessageWhileTheServiceIsAway)
{
    for (const Fault fault : {Fault::retry_later, Fault::cancelled, Fault::config}) {
        keys_->store_fails = fault;
        const auto report = seal(order({"bob@partner.test", "carol@partner.test"}));
        ASSERT_EQ(report.outcomes.size(), 2U);
        for (const auto& outcome : report.outcomes) EXPECT_EQ(outcome.kind, Kind::retry);
        EXPECT_TRUE(report.replacements.empty());
    }
}

TEST_F(EnvelopeSealerTest, KeepsTheMessageWhenTheHostedCopyCannotBeStored)
{
    keys_->content_fails = Fault::retry_later;
    const auto report = seal(order({"bob@partner.test"}));
    EXPECT_EQ(report.outcomes.at(0).kind, Kind::retry);
    EXPECT_TRUE(report.replacements.empty());
}

TEST_F(EnvelopeSealerTest, FailsWhatTheServiceWillNeverTake)
{
    for (const Fault fault : {Fault::give_up, Fault::denied}) {
        keys_->store_fails = fault;
        const auto report = seal(order({"bob@partner.test", "carol@partner.test"}));
        ASSERT_EQ(report.outcomes.size(), 2U);
        for (const auto& outcome : report.outcomes) EXPECT_EQ(outcome.kind, Kind::failed);
        EXPECT_TRUE(report.replacements.empty());
    }
}

TEST_F(EnvelopeSealerTest, TellsOfEachAttemptWhetherTheMessageWaitsAndWhy)
{
    auto sealed = order({"bob@partner.test"});
    const auto id = sealed.message.id;
    EXPECT_FALSE(seal(std::move(sealed)).replacements.empty());
    ASSERT_EQ(outcomes_.size(), 1U);
    EXPECT_TRUE(outcomes_[0].is_sealed);
    EXPECT_EQ(outcomes_[0].message, id);
    keys_->trouble = ServiceTrouble::token_refused;
    for (const Fault fault : {Fault::retry_later, Fault::config}) {
        keys_->store_fails = fault;
        seal(order({"bob@partner.test"}));
        EXPECT_FALSE(outcomes_.back().is_sealed);
        EXPECT_EQ(outcomes_.back().trouble, ServiceTrouble::token_refused);
        EXPECT_THAT(outcomes_.back().problem, HasSubstr("as the test wants it"));
    }
    EXPECT_EQ(outcomes_.size(), 3U);
    for (const Fault fault : {Fault::cancelled, Fault::give_up, Fault::denied}) {
        keys_->store_fails = fault;
        seal(order({"bob@partner.test"}));
    }
    EXPECT_EQ(outcomes_.size(), 3U) << "the end of the program, and messages that nobody will take, say nothing of others";
}

TEST_F(EnvelopeSealerTest, NamesTheAuthorThatTheOrderGives)
{
    auto given = order({"bob@partner.test"});
    given.author = mail::NamedMailbox{"Dora", {"dora", "elsewhere.test"}};
    seal(std::move(given));
    EXPECT_EQ(keys_->records.at(0).sender_address, "dora@elsewhere.test");
    EXPECT_EQ(keys_->records.at(0).sender_name, "Dora");
}

TEST_F(EnvelopeSealerTest, TakesTheEnvelopeSenderForTheAuthorOfAMessageWithoutOne)
{
    seal(order({"bob@partner.test"}, "Subject: x\r\n\r\nbody\r\n"));
    EXPECT_EQ(keys_->records.at(0).sender_address, "alice@acme.test");
    EXPECT_EQ(keys_->records.at(0).message_id, "");
}

}  // namespace
}  // namespace sealpost::sealer
