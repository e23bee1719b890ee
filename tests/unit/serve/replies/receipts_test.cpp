#include "serve/replies/receipts.hpp"

#include "serve/replies/service_mail.hpp"
#include "serve/service_world.hpp"
#include "wire/mail/parts.hpp"

namespace sealpost::replies {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class ReceiptsTest : public test::ServiceWorld {
protected:
    struct Mail {
        queue::DueMessage due;
        std::string text;
        std::string words;  // of its parts, decoded; lines joined
    };

    ReceiptsTest()
    {
        queue_ = queue::Queue::open(database_, clock_, log::Log::silent(), {}).value();
        receipts_ = std::make_unique<Receipts>(
            Receipts::Parts{keys_, people_, queue_, &clock_, "noreply@keys.test", "keys.test", "https://keys.test"});
    }

    keys::EnvelopeId store(bool with_receipt = true, const std::string& sender = "alice@acme.test",
                           const std::string& message_id = "<1@acme.test>")
    {
        keys::NewEnvelope envelope;
        envelope.policy.id = keys::make_envelope_id();
        envelope.policy.account = account_;
        envelope.policy.size = 200;
        envelope.policy.sender = {sender, "Alice"};
        envelope.policy.message_id = message_id;
        envelope.policy.recipients = {"bob@partner.test", "carol@partner.test"};
        envelope.policy.profile = "default";
        envelope.policy.expires_at = clock_.now() + std::chrono::hours(48);
        envelope.policy.receipt = with_receipt;
        envelope.identity = Secret::copy_of(identity_.text().reveal_text());
        envelope.subject = "The contract";
        const auto id = envelope.policy.id;
        EXPECT_EQ(test::value_of(keys_->store(std::move(envelope))), keys::StoreVerdict::created);
        return id;
    }

    void release(const keys::EnvelopeId& id, const std::string& recipient)
    {
        keys::ReleaseRequest request{id, {recipient}, people::Assurance::mailbox, "person:1", "192.0.2.0/24"};
        const auto verdict = test::value_of(keys_->release(request));
        EXPECT_TRUE(std::holds_alternative<keys::Released>(verdict));
    }

    int send_due() { return test::value_of(receipts_->send_due()); }

    std::vector<Mail> take_mails()
    {
        std::vector<Mail> mails;
        for (auto& due : test::value_of(queue_->claim(100))) {
            std::string text;
            async::run_here([&] { return read(due.content, text); });
            std::string words;
            const auto visited = mail::visit_parts(text, [&](mail::Part&& part) {
                words += part.content;
                return true;
            });
            EXPECT_TRUE(visited.has_value());
            std::replace(words.begin(), words.end(), '\n', ' ');
            mails.push_back({due, text, words});
        }
        return mails;
    }

    Task<void> read(queue::ContentId content, std::string& text)
    {
        auto source = queue_->read(content);
        while (true) {
            auto piece = co_await source->next();
            if (piece.has_error() || piece->empty()) break;
            text += *piece;
        }
    }

    std::shared_ptr<queue::Queue> queue_;
    std::unique_ptr<Receipts> receipts_;
};

TEST_F(ReceiptsTest, TellTheSenderThatARecipientGotTheKey)
{
    const auto id = store();
    clock_.advance(std::chrono::hours(1));
    release(id, "bob@partner.test");
    EXPECT_EQ(send_due(), 1);
    const auto mails = take_mails();
    ASSERT_THAT(mails, SizeIs(1));
    const auto& [due, text, words] = mails.front();
    EXPECT_EQ(due.lane, queue::service_notification_lane);
    EXPECT_EQ(due.sender, "");
    ASSERT_THAT(due.recipients, SizeIs(1));
    EXPECT_EQ(due.recipients.front().address, "alice@acme.test");
    EXPECT_THAT(text, HasSubstr("From: noreply@keys.test\r\n"));
    EXPECT_THAT(text, HasSubstr("To: alice@acme.test\r\n"));
    EXPECT_THAT(text, HasSubstr("In-Reply-To: <1@acme.test>\r\n"));
    EXPECT_THAT(text, HasSubstr("Auto-Submitted: auto-generated\r\n"));
    EXPECT_THAT(words, HasSubstr("bob@partner.test on 22 November 2026, 09:00 UTC"));
    EXPECT_THAT(words, HasSubstr("lock it or to recall it: https://keys.test/sent"));
    EXPECT_THAT(text + words, Not(HasSubstr("The contract")));  // the store gives the subject to recipients only
}

TEST_F(ReceiptsTest, AreMailedOncePerRecipient)
{
    const auto id = store();
    release(id, "bob@partner.test");
    release(id, "bob@partner.test");
    EXPECT_EQ(send_due(), 1);
    release(id, "bob@partner.test");
    EXPECT_EQ(send_due(), 0);
    release(id, "carol@partner.test");
    EXPECT_EQ(send_due(), 1);
}

// Another service that shares the store had read the list before this one took it off, or this one died in between.
TEST_F(ReceiptsTest, AreMailedOnceAlsoWhenTheListStillNamesThem)
{
    const auto id = store();
    release(id, "bob@partner.test");
    EXPECT_EQ(send_due(), 1);
    EXPECT_TRUE(database_
                    ->write_now([&](db::Connection& connection) -> Result<> {
                        return connection
                            .prepare(
                                "insert into key_receipt (envelope_id, kind, recipient, at, assurance) values (?, ?, ?, ?, ?)")
                            .bind(1, id.value())
                            .bind(2, static_cast<int>(keys::Receipt::Kind::released))
                            .bind(3, "bob@partner.test")
                            .bind(4, clock_.now())
                            .bind(5, static_cast<int>(people::Assurance::mailbox))
                            .run();
                    })
                    .has_value());
    send_due();
    EXPECT_THAT(take_mails(), SizeIs(1));
    EXPECT_THAT(test::value_of(keys_->due_receipts(10)), IsEmpty());
}

TEST_F(ReceiptsTest, AreNotMailedWhereNoneIsWanted)
{
    release(store(false), "bob@partner.test");
    EXPECT_EQ(send_due(), 0);
    EXPECT_THAT(take_mails(), IsEmpty());
}

TEST_F(ReceiptsTest, SayNothingOfAMessageThatWasDisplayed)
{
    const auto id = store();
    release(id, "bob@partner.test");
    EXPECT_EQ(send_due(), 1);
    EXPECT_TRUE(test::value_of(keys_->note_displayed(id, {"bob@partner.test"}, "person:1", "192.0.2.0/24")));
    EXPECT_EQ(send_due(), 0);
    EXPECT_THAT(test::value_of(keys_->due_receipts(10)), IsEmpty());
}

TEST_F(ReceiptsTest, ComeInTheLanguageOfTheSender)
{
    const auto alice = test::value_of(people_->persons().ensure("alice@acme.test", "fr", "192.0.2.0/24"));
    EXPECT_EQ(alice.language, "fr");
    release(store(), "bob@partner.test");
    EXPECT_EQ(send_due(), 1);
    const auto mails = take_mails();
    ASSERT_THAT(mails, SizeIs(1));
    EXPECT_THAT(mails.front().words, HasSubstr("22 novembre 2026"));
}

TEST_F(ReceiptsTest, DoNotGoToTheServiceItselfNorToWhatIsNoAddress)
{
    release(store(true, "noreply@keys.test"), "bob@partner.test");
    release(store(true, "alice"), "bob@partner.test");
    EXPECT_EQ(send_due(), 0);
    EXPECT_THAT(test::value_of(keys_->due_receipts(10)), IsEmpty());
}

TEST_F(ReceiptsTest, LetNoForeignMessageIdIntoTheHeader)
{
    release(store(true, "alice@acme.test", "<1@acme.test>\r\nBcc: mallory@example.org"), "bob@partner.test");
    EXPECT_EQ(send_due(), 1);
    const auto mails = take_mails();
    ASSERT_THAT(mails, SizeIs(1));
    EXPECT_THAT(mails.front().text, Not(HasSubstr("Bcc")));
    EXPECT_THAT(mails.front().text, Not(HasSubstr("In-Reply-To")));
}

TEST_F(ReceiptsTest, AreAllSentHoweverManyThereAre)
{
    for (int i = 0; i < 120; ++i) release(store(), "bob@partner.test");
    EXPECT_EQ(send_due(), 120);
    EXPECT_THAT(test::value_of(keys_->due_receipts(10)), IsEmpty());
}

}  // namespace
}  // namespace sealpost::replies
