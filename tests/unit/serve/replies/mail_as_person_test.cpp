// Replies and notifications under a person's name, while the person's domain allows it.
#include "serve/replies/service_mail_world.hpp"

namespace sealpost::replies {
namespace {

using domains::OnFailure;
using smtpd::PostOffice;
using testing::HasSubstr;
using testing::Not;
using Kind = queue::RecipientOutcome::Kind;

std::string make_lines(int count)
{
    std::string lines;
    for (int i = 0; i < count; ++i) lines += std::string(70, 'x') + "\r\n";
    return lines;
}

class MailAsPersonTest : public ServiceMailTest {
protected:
    // As the outbox queues it for a person whose domain allowed it.
    queue::DueMessage queue_reply_as_person(std::vector<std::string> to)
    {
        queue::NewMessage message = queue::make_message(std::move(to), "noreply@keys.test");
        message.lane = queue::reply_lane;
        message.facts =
            format_message_facts({answered_.value(), "bob@partner.test", "reply", "Re: The contract", "<r1@keys.test>",
                                  identity::SentAs::person, R"({"sent_as":"person","reason":"authorised"})"});
        return queue_message(std::move(message), as_person);
    }

    const std::string as_person =
        "From: bob@partner.test\r\nTo: alice@acme.test\r\nMessage-ID: <r1@keys.test>\r\nSubject: Re: The contract\r\n\r\n"
        "The secret answer.\r\n" +
        make_lines(10'000);
};

TEST_F(MailAsPersonTest, LeavesUnderThePersonsNameWhileTheDomainAllowsIt)
{
    switch_tls_on(OnFailure::hold);
    PostOffice office(describe(Host::sound));
    const auto report = deliver(queue_reply_as_person({"alice@acme.test"}), office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
    EXPECT_THAT(report.outcomes[0].facts, HasSubstr(R"("sent_as":"person")"));
    EXPECT_THAT(report.outcomes[0].facts, HasSubstr("\"verified\":true"));
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].sender, "bob@partner.test");
    EXPECT_EQ(letters[0].ret, "HDRS");
    EXPECT_TRUE(letters[0].content == as_person) << letters[0].content.substr(0, 400);
}

TEST_F(MailAsPersonTest, LeavesUnderItsOwnNameWhenTheDomainNoLongerAllowsIt)
{
    switch_tls_on(OnFailure::hold);
    PostOffice office(describe(Host::sound));
    const auto reply = queue_reply_as_person({"alice@acme.test"});
    withdraw_permission();
    const auto report = deliver(reply, office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
    EXPECT_THAT(report.outcomes[0].facts, HasSubstr(R"("sent_as":"service","reason":"spf_not_pass")"));
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].sender, "noreply@keys.test");
    EXPECT_EQ(letters[0].ret, "HDRS");
    const std::string names = "From: \"bob via keys.test\" <noreply@keys.test>\r\n";
    const std::string rest = as_person.substr(as_person.find("To: "), as_person.find("\r\n\r\n") + 2 - as_person.find("To: "));
    EXPECT_TRUE(letters[0].content ==
                names + rest + "Reply-To: bob@partner.test\r\n" + as_person.substr(as_person.find("\r\n\r\n") + 2))
        << letters[0].content.substr(0, 400);
}

TEST_F(MailAsPersonTest, GivesTheNotificationOfASealedReplyThePersonsNames)
{
    PostOffice office(describe(Host::sound));
    const auto reply = queue_reply_as_person({"alice@acme.test"});
    auto report = deliver(reply, office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_THAT(report.outcomes[0].facts, HasSubstr(R"("sent_as":"person")"));
    const auto notification = settle_for_notification(reply.id, std::move(report));
    EXPECT_EQ(notification.sender, "bob@partner.test");
    EXPECT_THAT(read(notification.content), HasSubstr("From: bob@partner.test\r\n"));
    EXPECT_THAT(read(notification.content), Not(HasSubstr("Reply-To:")));

    const auto carried = deliver(notification, office.port());
    ASSERT_EQ(carried.outcomes.size(), 1U);
    EXPECT_THAT(carried.outcomes[0].facts, HasSubstr(R"("sent_as":"person")"));
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].sender, "bob@partner.test");
}

TEST_F(MailAsPersonTest, SealsUnderItsOwnNameWhenTheDomainNoLongerAllowsThePersons)
{
    PostOffice office(describe(Host::sound));
    const auto reply = queue_reply_as_person({"alice@acme.test"});
    withdraw_permission();
    const auto notification = settle_for_notification(reply.id, deliver(reply, office.port()));
    EXPECT_EQ(notification.sender, "noreply@keys.test");
    EXPECT_THAT(read(notification.content), HasSubstr("From: \"bob via keys.test\" <noreply@keys.test>\r\n"));
    EXPECT_THAT(read(notification.content), HasSubstr("Reply-To: bob@partner.test\r\n"));
}

TEST_F(MailAsPersonTest, RenamesANotificationThatWaitedTooLong)
{
    PostOffice office(describe(Host::sound));
    const auto reply = queue_reply_as_person({"alice@acme.test"});
    const auto notification = settle_for_notification(reply.id, deliver(reply, office.port()));
    withdraw_permission();
    const auto report = deliver(notification, office.port());
    ASSERT_EQ(report.outcomes.size(), 1U);
    EXPECT_EQ(report.outcomes[0].kind, Kind::delivered);
    EXPECT_THAT(report.outcomes[0].facts, HasSubstr(R"("sent_as":"service")"));
    const auto letters = office.letters->take();
    ASSERT_EQ(letters.size(), 1U);
    EXPECT_EQ(letters[0].sender, "noreply@keys.test");
    EXPECT_THAT(letters[0].content, HasSubstr("From: \"bob via keys.test\" <noreply@keys.test>\r\n"));
    EXPECT_THAT(letters[0].content, HasSubstr("Reply-To: bob@partner.test\r\n"));
    const auto before = read(notification.content);
    EXPECT_TRUE(letters[0].content.substr(letters[0].content.find("\r\n\r\n")) == before.substr(before.find("\r\n\r\n")));
}

TEST_F(MailAsPersonTest, AsksNothingForWhatIsUnderItsOwnName)
{
    switch_tls_on(OnFailure::hold);
    PostOffice office(describe(Host::sound));
    const auto report = deliver(queue_reply({"alice@acme.test"}), office.port());
    EXPECT_THAT(names_->now->asked(), Not(testing::Contains(HasSubstr("TXT"))));
    EXPECT_THAT(report.outcomes.at(0).facts, Not(HasSubstr("identity")));
}

}  // namespace
}  // namespace sealpost::replies
