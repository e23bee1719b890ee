#include "serve/replies/service_outbox.hpp"

#include "core/queue/answering.hpp"
#include "serve/mime_text.hpp"
#include "serve/replies/replies_world.hpp"

namespace sealpost::replies {
namespace {

using testing::HasSubstr;

class ServiceOutboxTest : public RepliesWorld {
protected:
    ServiceOutbox outbox()
    {
        return ServiceOutbox({queue_, domains_, &clock_, judge_, "noreply@keys.test", "keys.test", "https://keys.test"});
    }
};

TEST_F(ServiceOutboxTest, MailsACodeThatNobodyWillBounce)
{
    reader::CodeMail mail;
    mail.address = "bob@partner.test";
    mail.language = "en";
    mail.code = Secret::copy_of("12345678");
    mail.reference = "AMBER-RIVER";
    mail.expires_at = clock_.now() + std::chrono::minutes(10);
    auto service = outbox();
    ASSERT_TRUE(wait_for(service.send_code(std::move(mail))).has_value());
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, queue::service_notification_lane);
    EXPECT_EQ(due[0].sender, "noreply@keys.test");
    ASSERT_EQ(due[0].recipients.size(), 1U);
    EXPECT_EQ(due[0].recipients[0].address, "bob@partner.test");
    EXPECT_EQ(due[0].recipients[0].notify, "NEVER");
    const auto text = read(due[0].content);
    EXPECT_THAT(text, HasSubstr("From: noreply@keys.test\r\n"));
    EXPECT_THAT(text, HasSubstr("To: bob@partner.test\r\n"));
    EXPECT_THAT(test::decode_parts(text), HasSubstr("1234 5678"));
    EXPECT_THAT(text, HasSubstr("AMBER-RIVER"));
    EXPECT_THAT(due[0].facts, testing::Not(HasSubstr("1234"))) << "facts outlive the message";
}

// RFC 5321 §4.5.4.1 gives mail days; a code opens nothing after 10 minutes.
TEST_F(ServiceOutboxTest, TriesAMailWithACodeNoLongerThanTheCodeLives)
{
    auto service = outbox();
    reader::CodeMail mail;
    mail.address = "bob@partner.test";
    mail.language = "en";
    mail.code = Secret::copy_of("12345678");
    ASSERT_TRUE(wait_for(service.send_code(std::move(mail))).has_value());
    DomainCodeMail to_postmaster{"postmaster@acme.test", "acme.test", "en", Secret::copy_of("12345678"), "AMBER-RIVER"};
    ASSERT_TRUE(wait_for(service.send_domain_code(std::move(to_postmaster))).has_value());
    const auto put_off = [&] {
        const auto due = claim();
        for (const auto& message : due) settle(message.id, queue::retry_all(message, "4.7.1", "Greylisted"));
        return due.size();
    };
    EXPECT_EQ(put_off(), 2U);
    for (int i = 0; i < 4; ++i) {
        clock_.advance(std::chrono::seconds(135));  // in all 9 minutes
        EXPECT_EQ(put_off(), 2U) << "a host that greylists gets it while there is time";
    }
    clock_.advance(std::chrono::hours(2));
    EXPECT_TRUE(claim().empty()) << "neither a code nor a report of it";
}

TEST_F(ServiceOutboxTest, MailsANoteAboutAChangedSignIn)
{
    auto service = outbox();
    ASSERT_TRUE(
        wait_for(service.send_factor_note({"bob@partner.test", "fr", seal::FactorChange::totp_added, clock_.now()})).has_value());
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].recipients[0].address, "bob@partner.test");
    EXPECT_THAT(test::decode_parts(read(due[0].content)), HasSubstr("https://keys.test/security"));
}

TEST_F(ServiceOutboxTest, SendsUnderItsOwnNameForAPersonWhoseDomainDidNotAllowIt)
{
    auto service = outbox();
    const auto identity = test::value_of(service.choose_identity("bob@stranger.test"));
    EXPECT_EQ(identity.envelope_sender, "noreply@keys.test");
    EXPECT_EQ(identity.from, "\"bob via keys.test\" <noreply@keys.test>");
    EXPECT_EQ(identity.reply_to, "bob@stranger.test");
    EXPECT_EQ(identity.sent_as, "service");
    EXPECT_EQ(identity.reason, "spf_not_pass");
    EXPECT_THAT(identity.facts, HasSubstr("127.0.0.5"));
}

TEST_F(ServiceOutboxTest, SendsUnderThePersonsNameWhereTheDomainAllowsIt)
{
    auto service = outbox();
    const auto identity = test::value_of(service.choose_identity("bob@partner.test"));
    EXPECT_EQ(identity.envelope_sender, "bob@partner.test");
    EXPECT_EQ(identity.from, "bob@partner.test");
    EXPECT_EQ(identity.reply_to, "");
    EXPECT_EQ(identity.domain, "keys.test");
    EXPECT_EQ(identity.sent_as, "person");
    EXPECT_EQ(identity.reason, "authorised");
}

// The queue reports with the head of the message, and the subject of a reply is content.
TEST_F(ServiceOutboxTest, SendsTheQueuesOwnReportsNowhereButToTheService)
{
    auto service = outbox();
    auto draft = service.begin_message();
    ASSERT_TRUE(wait_for(draft->write("Subject: Re: x\r\n\r\n")).has_value());
    reader::MessageOrder order;
    order.envelope_id = answered_.value();
    order.person = "bob@partner.test";
    order.recipients = {"alice@acme.test"};
    order.identity = test::value_of(service.choose_identity("bob@partner.test"));
    ASSERT_TRUE(wait_for(draft->send(std::move(order))).has_value());
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].sender, "noreply@keys.test");
    const auto facts = parse_message_facts(due[0].facts).value();
    EXPECT_EQ(facts.sent_as, identity::SentAs::person);
    EXPECT_THAT(facts.judgement, HasSubstr("authorised"));
}

TEST_F(ServiceOutboxTest, QueuesAReplyAndSaysWhichWayEachRecipientIsMeant)
{
    switch_tls_on(domains::OnFailure::hold);
    auto service = outbox();
    auto draft = service.begin_message();
    ASSERT_TRUE(wait_for(draft->write("Subject: Re: x\r\n\r\n")).has_value());
    ASSERT_TRUE(wait_for(draft->write("answer\r\n")).has_value());
    reader::MessageOrder order;
    order.envelope_id = answered_.value();
    order.person = "bob@partner.test";
    order.mode = reader::MessageMode::reply_all;
    order.recipients = {"alice@acme.test", "carol@elsewhere.test"};
    order.message_id = "<r1@keys.test>";
    order.subject = "Re: x";
    order.identity.envelope_sender = "noreply@keys.test";
    const auto accepted = test::value_of(draft->send(std::move(order)));
    EXPECT_EQ(accepted.message_id, "<r1@keys.test>");
    ASSERT_EQ(accepted.deliveries.size(), 2U);
    EXPECT_EQ(accepted.deliveries[0].way, "tls");
    EXPECT_EQ(accepted.deliveries[0].domain, "acme.test");
    EXPECT_EQ(accepted.deliveries[1].way, "envelope");

    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].lane, queue::reply_lane);
    EXPECT_EQ(due[0].recipients.size(), 2U);
    EXPECT_EQ(read(due[0].content), "Subject: Re: x\r\n\r\nanswer\r\n");
    const auto facts = parse_message_facts(due[0].facts).value();
    EXPECT_EQ(facts.sent_as, identity::SentAs::service);
    EXPECT_EQ(facts.envelope_id, answered_.value());
    EXPECT_EQ(facts.person, "bob@partner.test");
    EXPECT_EQ(facts.mode, "reply_all");
    queue::HistoryFilter asked;
    asked.message_id = "<r1@keys.test>";
    asked.with_waiting = true;
    EXPECT_EQ(test::value_of(queue_->find_history(asked)).size(), 1U);
    EXPECT_EQ(facts.subject, "Re: x");
}

TEST_F(ServiceOutboxTest, QueuesAMessageThatBeginsForEachAccountByItself)
{
    auto service = outbox();
    const auto send = [&](const std::string& message_id) {
        auto draft = service.begin_message();
        EXPECT_TRUE(wait_for(draft->write("Subject: x\r\n\r\n")).has_value());
        reader::MessageOrder order;
        order.person = "bob@partner.test";
        order.mode = reader::MessageMode::compose;
        order.recipients = {"alice@acme.test", "otto@other.test", "ann@acme.test"};
        order.accounts = {1, 2, 1};
        order.message_id = message_id;
        order.once = "compose person:1 k";
        return test::value_of(draft->send(std::move(order)));
    };
    EXPECT_EQ(send("<m1@keys.test>").deliveries.size(), 3U);
    EXPECT_EQ(send("<m2@keys.test>").message_id, "<m1@keys.test>");
    const auto due = claim();
    ASSERT_EQ(due.size(), 2U) << "once, and for each account apart";
    for (const auto& message : due) {
        const auto facts = parse_message_facts(message.facts).value();
        EXPECT_EQ(message.lane, queue::reply_lane);
        EXPECT_EQ(facts.envelope_id, "");
        EXPECT_EQ(facts.mode, "compose");
        EXPECT_EQ(message.recipients.size(), facts.account == 1 ? 2U : 1U);
    }
}

TEST_F(ServiceOutboxTest, SendsWhatComesAgainOnce)
{
    auto service = outbox();
    const auto send = [&](const std::string& once, const std::string& message_id) {
        auto draft = service.begin_message();
        EXPECT_TRUE(wait_for(draft->write("Subject: Re: x\r\n\r\n")).has_value());
        reader::MessageOrder order;
        order.recipients = {"alice@acme.test"};
        order.message_id = message_id;
        order.once = once;
        return test::value_of(draft->send(std::move(order)));
    };
    EXPECT_EQ(send("e 1 k", "<r1@keys.test>").message_id, "<r1@keys.test>");
    const auto again = send("e 1 k", "<r2@keys.test>");
    EXPECT_EQ(again.message_id, "<r1@keys.test>");
    EXPECT_EQ(again.deliveries.size(), 1U);
    EXPECT_EQ(claim().size(), 1U);
    EXPECT_EQ(send("", "<r3@keys.test>").message_id, "<r3@keys.test>");
    EXPECT_EQ(send("", "<r4@keys.test>").message_id, "<r4@keys.test>") << "without a key each is a reply of its own";
}

TEST_F(ServiceOutboxTest, AsksForSmtputf8WhereAnAddressNeedsIt)
{
    auto service = outbox();
    reader::CodeMail mail;
    mail.address = "jörg@partner.test";
    mail.code = Secret::copy_of("12345678");
    ASSERT_TRUE(wait_for(service.send_code(std::move(mail))).has_value());
    for (const auto& [person, to] :
         {std::pair("bob@partner.test", "jörg@acme.test"), std::pair("jörg@partner.test", "alice@acme.test")}) {
        auto draft = service.begin_message();
        ASSERT_TRUE(wait_for(draft->write("Subject: x\r\n\r\n")).has_value());
        reader::MessageOrder order;
        order.envelope_id = answered_.value();
        order.person = person;
        order.recipients = {to};
        ASSERT_TRUE(wait_for(draft->send(std::move(order))).has_value());
    }
    const auto due = claim();
    ASSERT_EQ(due.size(), 3U);
    for (const auto& message : due) EXPECT_TRUE(message.smtputf8) << message.recipients.at(0).address;
}

TEST_F(ServiceOutboxTest, LeavesNothingOfADraftThatIsNotSent)
{
    auto service = outbox();
    {
        auto draft = service.begin_message();
        ASSERT_TRUE(wait_for(draft->write(std::string(2'000'000, 'x'))).has_value());
    }
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(test::value_of(queue_->count()).messages, 0);
}

}  // namespace
}  // namespace sealpost::replies
