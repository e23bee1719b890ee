#include "core/queue/own_mail.hpp"

#include "core/queue/queue_fixture.hpp"

namespace sealpost::queue {
namespace {

class OwnMailTest : public QueueFixture {
protected:
    std::optional<MessageId> send(OwnMail mail)
    {
        mail.lane = "relay";
        mail.facts = "{}";
        return wait_for(send_own_mail(queue_, std::move(mail), std::string(content))).value();
    }
};

TEST_F(OwnMailTest, GoesToAllAndTellsNobodyWhatBecomesOfIt)
{
    OwnMail mail;
    mail.to = {"ops@acme.test", "bob@partner.test"};
    EXPECT_TRUE(send(std::move(mail)).has_value());
    const auto due = claim();
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].sender, "");
    EXPECT_FALSE(due[0].smtputf8);
    ASSERT_EQ(due[0].recipients.size(), 2U);
    for (const auto& recipient : due[0].recipients) EXPECT_EQ(recipient.notify, "NEVER");
    EXPECT_EQ(read(due[0].content), content);
}

// RFC 6531 §3.4: such an address goes on by SMTPUTF8 alone.
TEST_F(OwnMailTest, KnowsWhichAddressesNeedSmtputf8)
{
    for (const auto& [sender, to] : {std::pair("", "jürgen@acme.test"), {"dienst@zürich.test", "ops@acme.test"}}) {
        OwnMail mail;
        mail.sender = sender;
        mail.to = {"ann@acme.test", to};
        EXPECT_TRUE(send(std::move(mail)).has_value());
        const auto due = claim();
        ASSERT_EQ(due.size(), 1U);
        EXPECT_TRUE(due[0].smtputf8) << sender << to;
    }
}

TEST_F(OwnMailTest, IsQueuedOnceWhereItsSenderDoesNotKnowThatItWas)
{
    for (const bool is_new : {true, false}) {
        OwnMail mail;
        mail.to = {"ops@acme.test"};
        mail.once = Once{"report 7", ""};
        EXPECT_EQ(send(std::move(mail)).has_value(), is_new);
    }
    EXPECT_EQ(claim().size(), 1U);
}

}  // namespace
}  // namespace sealpost::queue
