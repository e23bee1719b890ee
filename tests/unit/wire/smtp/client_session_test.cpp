#include "wire/smtp/client_session.hpp"

#include "wire/smtp/transcript.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::smtp {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

OutgoingMail mail_to(std::vector<std::string> names)
{
    OutgoingMail mail;
    mail.mail.sender = {"alice", "acme.test"};
    for (std::string& name : names) {
        RcptTo rcpt;
        rcpt.recipient = {std::move(name), "partner.test"};
        mail.recipients.push_back(std::move(rcpt));
    }
    return mail;
}

// A server that says what the test says.
struct Scripted {
    ClientSession client{"gw.acme.test"};
    std::string sent;

    ClientEvent hear(std::string_view replies)
    {
        const std::span<char> room = client.room();
        std::copy(replies.begin(), replies.end(), room.begin());
        client.received(replies.size());
        return next();
    }
    ClientEvent next()
    {
        ClientEvent event = client.next();
        sent = client.take_output();
        return event;
    }
    void greet(std::string_view keywords)
    {
        ClientEvent event = hear("220 mx ESMTP\r\n250-mx\r\n" + std::string(keywords) + "250 HELP\r\n");
        ASSERT_TRUE(std::holds_alternative<Greeted>(event));
    }
    template <class Event>
    Event expect(ClientEvent event)
    {
        EXPECT_TRUE(std::holds_alternative<Event>(event)) << event.index();
        if (auto* wanted = std::get_if<Event>(&event)) return std::move(*wanted);
        return {};
    }
};

TEST(ClientSession, FallsBackToHelo)
{
    Scripted talk;
    talk.expect<ClientNeedsInput>(talk.hear("220 old\r\n"));
    EXPECT_EQ(talk.sent, "EHLO gw.acme.test\r\n");
    talk.expect<ClientNeedsInput>(talk.hear("502 what?\r\n"));
    EXPECT_EQ(talk.sent, "HELO gw.acme.test\r\n");
    const Greeted greeted = talk.expect<Greeted>(talk.hear("250 old\r\n"));
    EXPECT_FALSE(greeted.offered.extended);
}

TEST(ClientSession, ReportsARefusedGreetingAsAValue)
{
    Scripted talk;
    const auto failure = talk.expect<ClientFailure>(talk.hear("554-5.7.1 Go\r\n554 5.7.1 away\r\n"));
    EXPECT_EQ(failure.stage, Stage::greeting);
    EXPECT_EQ(failure.reply->code, 554);
    EXPECT_EQ(failure.reply->enhanced, "5.7.1");
    EXPECT_EQ(failure.reply->text(), "Go away");
    EXPECT_FALSE(talk.client.is_usable());
}

TEST(ClientSession, SendsTheEnvelopeInOneGroupAndAcceptsSomeRecipients)
{
    Scripted talk;
    talk.greet("250-PIPELINING\r\n250-SIZE 1000\r\n250-DSN\r\n");
    OutgoingMail mail = mail_to({"bob", "carol"});
    mail.mail.size = 77;
    mail.mail.ret = "HDRS";
    mail.mail.eight_bit = true;  // not offered: not said
    talk.client.begin(mail);
    talk.expect<ClientNeedsInput>(talk.next());
    EXPECT_EQ(
        talk.sent,
        "MAIL FROM:<alice@acme.test> SIZE=77 RET=HDRS\r\nRCPT TO:<bob@partner.test>\r\nRCPT TO:<carol@partner.test>\r\nDATA\r\n");
    talk.expect<ContentDue>(talk.hear("250 2.1.0 ok\r\n550 5.1.1 no carol\r\n250 2.1.5 ok\r\n354 go\r\n"));
    talk.client.content("a\r\n.b\r\n..\r");
    talk.client.content("\n.c");
    talk.client.end_content();
    EXPECT_EQ(talk.client.output(), "a\r\n..b\r\n...\r\n..c\r\n.\r\n");
    EXPECT_FALSE(talk.client.take_output().empty());
    const auto done = talk.expect<TransactionDone>(talk.hear("250 2.6.0 stored\r\n"));
    EXPECT_EQ(done.outcome.recipients[0]->enhanced, "5.1.1");
    EXPECT_TRUE(done.outcome.recipients[1]->is_positive());
    EXPECT_EQ(done.outcome.content->enhanced, "2.6.0");
    EXPECT_TRUE(done.outcome.usable);
}

TEST(ClientSession, WaitsForEachReplyWithoutPipelining)
{
    Scripted talk;
    talk.greet("");
    talk.client.begin(mail_to({"bob"}));
    talk.expect<ClientNeedsInput>(talk.next());
    EXPECT_EQ(talk.sent, "MAIL FROM:<alice@acme.test>\r\n");
    talk.expect<ClientNeedsInput>(talk.hear("250 ok\r\n"));
    EXPECT_EQ(talk.sent, "RCPT TO:<bob@partner.test>\r\n");
    const auto done = talk.expect<TransactionDone>(talk.hear("450 4.2.1 later\r\n"));
    EXPECT_EQ(done.outcome.recipients[0]->code, 450);
    talk.client.begin(mail_to({"dave"}));
    talk.expect<ClientNeedsInput>(talk.next());
    EXPECT_EQ(talk.sent, "RSET\r\n");
    talk.expect<ClientNeedsInput>(talk.hear("250 ok\r\n"));
    EXPECT_EQ(talk.sent, "MAIL FROM:<alice@acme.test>\r\n");
}

TEST(ClientSession, EndsAnUnwantedGoAheadWithAnEmptyMessage)
{
    Scripted talk;
    talk.greet("250-PIPELINING\r\n");
    talk.client.begin(mail_to({"bob"}));
    talk.next();
    talk.expect<ClientNeedsInput>(talk.hear("250 ok\r\n550 no\r\n354 go\r\n"));
    EXPECT_EQ(talk.sent, ".\r\n");
    const auto done = talk.expect<TransactionDone>(talk.hear("250 an empty one\r\n"));
    EXPECT_EQ(done.outcome.recipients[0]->code, 550);
    EXPECT_FALSE(done.outcome.content.has_value());
}

// A server that says something twice is one reply ahead: what seems to answer DATA answers a recipient.
TEST(ClientSession, TakesNoOtherReplyForTheOneToData)
{
    for (const char* replies : {"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n", "250 ok\r\n250 ok\r\n220 mx ESMTP\r\n"}) {
        Scripted talk;
        talk.greet("250-PIPELINING\r\n");
        talk.client.begin(mail_to({"bob"}));
        talk.next();
        const auto done = talk.expect<TransactionDone>(talk.hear(replies));
        EXPECT_FALSE(done.outcome.content.has_value()) << replies;
        EXPECT_FALSE(done.outcome.may_have_arrived);
        EXPECT_FALSE(done.outcome.usable);
        EXPECT_NE(done.outcome.problem, "");
    }
}

TEST(ClientSession, SendsChunksAndMarksTheLast)
{
    Scripted talk;
    talk.greet("250-PIPELINING\r\n250-CHUNKING\r\n");
    talk.client.begin(mail_to({"bob"}));
    talk.next();
    EXPECT_THAT(talk.sent, EndsWith("RCPT TO:<bob@partner.test>\r\n"));
    talk.expect<ContentDue>(talk.hear("250 ok\r\n250 ok\r\n"));
    talk.client.content("a\r\n.\r\n");
    talk.client.content("b");
    talk.client.end_content();
    EXPECT_EQ(talk.client.take_output(), "BDAT 6\r\na\r\n.\r\nBDAT 3 LAST\r\nb\r\n");
    const auto done = talk.expect<TransactionDone>(talk.hear("250 6 octets\r\n250 2.0.0 stored\r\n"));
    EXPECT_EQ(done.outcome.content->enhanced, "2.0.0");
}

TEST(ClientSession, StopsWhenAChunkIsRefused)
{
    Scripted talk;
    talk.greet("250-CHUNKING\r\n");
    talk.client.begin(mail_to({"bob"}));
    talk.next();
    talk.hear("250 ok\r\n");
    talk.expect<ContentDue>(talk.hear("250 ok\r\n"));
    talk.client.content("a\r\n");
    talk.client.content("b\r\n");
    talk.expect<ClientNeedsInput>(talk.next());  // without PIPELINING the next chunk waits
    EXPECT_EQ(talk.sent, "BDAT 3\r\na\r\n");
    const auto done = talk.expect<TransactionDone>(talk.hear("552 5.3.4 too big\r\n"));
    EXPECT_EQ(done.outcome.content->enhanced, "5.3.4");
    EXPECT_TRUE(done.outcome.usable);
}

TEST(ClientSession, NeverEndsAMessageThatHoldsABareLineEnd)
{
    for (const char* content : {"a\nb\r\n", "a\rb\r\n", "a\r"}) {
        Scripted talk;
        talk.greet("250-PIPELINING\r\n");
        talk.client.begin(mail_to({"bob"}));
        talk.next();
        talk.expect<ContentDue>(talk.hear("250 ok\r\n250 ok\r\n354 go\r\n"));
        talk.client.content(content);
        talk.client.end_content();
        const auto done = talk.expect<TransactionDone>(talk.next());
        EXPECT_TRUE(done.outcome.content_unfit);
        EXPECT_FALSE(done.outcome.usable);
        EXPECT_THAT(talk.sent, ::testing::Not(HasSubstr("\r\n.\r\n")));
    }
}

TEST(ClientSession, DoesNotSendSmtputf8WhereItIsNotOffered)
{
    Scripted talk;
    talk.greet("");
    OutgoingMail mail = mail_to({"bob"});
    mail.mail.smtputf8 = true;
    talk.client.begin(mail);
    const auto done = talk.expect<TransactionDone>(talk.next());
    EXPECT_EQ(talk.sent, "");
    EXPECT_THAT(done.outcome.problem, HasSubstr("SMTPUTF8"));
}

TEST(ClientSession, SaysRequireTlsWhereItIsOffered)
{
    Scripted talk;
    talk.greet("250-REQUIRETLS\r\n");
    EXPECT_TRUE(talk.client.offered().require_tls);
    OutgoingMail mail = mail_to({"bob"});
    mail.mail.require_tls = true;
    talk.client.begin(mail);
    talk.next();
    EXPECT_THAT(talk.sent, HasSubstr(" REQUIRETLS\r\n"));
}

TEST(ClientSession, SendsNothingThatRequiresTlsWhereThatIsNotOffered)
{
    Scripted talk;
    talk.greet("");
    OutgoingMail mail = mail_to({"bob"});
    mail.mail.require_tls = true;
    talk.client.begin(mail);
    const auto done = talk.expect<TransactionDone>(talk.next());
    EXPECT_EQ(talk.sent, "");
    EXPECT_TRUE(done.outcome.usable);
    EXPECT_THAT(done.outcome.problem, HasSubstr("REQUIRETLS"));
}

TEST(ClientSession, ForgetsWhatWasOfferedInClear)
{
    Scripted talk;
    talk.greet("250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n");
    talk.client.start_tls();
    talk.expect<TlsAgreed>(talk.hear("220 2.0.0 go\r\n"));
    EXPECT_EQ(talk.sent, "STARTTLS\r\n");
    talk.client.tls_started();
    EXPECT_FALSE(talk.client.offered().auth_plain);
    EXPECT_EQ(talk.client.take_output(), "EHLO gw.acme.test\r\n");
    talk.expect<Greeted>(talk.hear("250-mx\r\n250 AUTH PLAIN\r\n"));
    talk.client.authenticate("alice", Secret::copy_of("secret"));
    EXPECT_EQ(talk.client.take_output(), "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n");
    talk.expect<Authenticated>(talk.hear("235 2.7.0 ok\r\n"));
}

TEST(ClientSession, RefusesRepliesInjectedBehindStarttls)
{
    Scripted talk;
    talk.greet("250-STARTTLS\r\n");
    talk.client.start_tls();
    const auto failure = talk.expect<ClientFailure>(talk.hear("220 go\r\n250 injected\r\n"));
    EXPECT_EQ(failure.stage, Stage::starttls);
    EXPECT_FALSE(talk.client.is_usable());
}

TEST(ClientSession, StaysUsableWhenStarttlsIsRefused)
{
    Scripted talk;
    talk.greet("250-STARTTLS\r\n");
    talk.client.start_tls();
    const auto failure = talk.expect<ClientFailure>(talk.hear("454 4.7.0 not now\r\n"));
    EXPECT_EQ(failure.reply->code, 454);
    EXPECT_TRUE(talk.client.is_usable());
}

TEST(ClientSession, KnowsWhenAMessageMayHaveArrived)
{
    Scripted talk;
    talk.greet("250-PIPELINING\r\n");
    talk.client.begin(mail_to({"bob"}));
    talk.next();
    talk.hear("250 ok\r\n250 ok\r\n354 go\r\n");
    talk.client.content("a\r\n");
    talk.client.end_content();
    talk.client.input_ended();
    const auto done = talk.expect<TransactionDone>(talk.next());
    EXPECT_TRUE(done.outcome.may_have_arrived);
    EXPECT_EQ(done.outcome.stage, Stage::content);
}

TEST(ClientSession, TakesARefusalInTheMiddleOfTheContent)
{
    Scripted talk;
    talk.greet("250-PIPELINING\r\n");
    talk.client.begin(mail_to({"bob"}));
    talk.next();
    talk.hear("250 ok\r\n250 ok\r\n354 go\r\n");
    talk.client.content("a\r\n");
    const auto done = talk.expect<TransactionDone>(talk.hear("452 4.3.1 disk full\r\n"));
    EXPECT_EQ(done.outcome.content->code, 452);
    EXPECT_FALSE(done.outcome.usable);
}

TEST(ClientSession, ObeysAServerThatEndsTheSession)
{
    Scripted talk;
    talk.greet("250-PIPELINING\r\n");
    talk.client.begin(mail_to({"bob", "carol"}));
    talk.next();
    const auto done = talk.expect<TransactionDone>(talk.hear("250 ok\r\n421 4.3.2 bye\r\n"));
    EXPECT_EQ(done.outcome.recipients[0]->code, 421);
    EXPECT_FALSE(done.outcome.recipients[1].has_value());
    EXPECT_FALSE(done.outcome.usable);
}

class BadReply : public ::testing::TestWithParam<std::string> {};

TEST_P(BadReply, EndsTheDialogue)
{
    Scripted talk;
    const auto failure = talk.expect<ClientFailure>(talk.hear(GetParam()));
    EXPECT_FALSE(failure.reply.has_value());
    EXPECT_FALSE(failure.problem.empty());
}

INSTANTIATE_TEST_SUITE_P(Each, BadReply,
                         ::testing::Values("220 bare\n", "22 short\r\n", "x20 word\r\n", "220x\r\n", "220-a\r\n250 b\r\n",
                                           "120 one\r\n", "620 six\r\n", std::string("220 a\0b\r\n", 9), "220 a\rb\r\n",
                                           "220 " + std::string(3000, 'x')));

TEST(ReplyReader, LimitsTheLinesOfAReply)
{
    std::string endless;
    for (int i = 0; i < 200; ++i) endless += "250-x\r\n";
    EXPECT_EQ(ReplyReader().read(endless).error().fault, Fault::peer_broke_it);
}

TEST(Reply, IsCutAndCleanedOnTheWire)
{
    EXPECT_EQ(format_reply({550, "5.1.1", "a\r\n250 b"}), "550 5.1.1 a??250 b\r\n");
    EXPECT_EQ(format_reply({550, "5.1.1", std::string(600, 'x')}).size(), 512U);
    Reply two(250, "2.0.0", "one");
    two.lines.emplace_back("two");
    EXPECT_EQ(format_reply(two), "250-2.0.0 one\r\n250 2.0.0 two\r\n");
}

// Both sessions in one room: octets pass between them in parts of `step`.
struct Pair {
    explicit Pair(std::size_t step_octets) : step(step_octets) {}
    Transcript server;
    ClientSession client{"gw.acme.test"};
    std::size_t step;
    std::size_t heard = 0;

    ClientEvent run()
    {
        for (;;) {
            ClientEvent event = client.next();
            server.feed(client.take_output(), step);
            if (!std::holds_alternative<ClientNeedsInput>(event)) return event;
            std::string_view said = std::string_view(server.said()).substr(heard);
            said = said.substr(0, step == 0 ? said.size() : step);
            if (said.empty()) return event;
            const std::span<char> room = client.room();
            const std::size_t count = std::min(said.size(), room.size());
            std::copy_n(said.begin(), count, room.begin());
            client.received(count);
            heard += count;
        }
    }
};

TEST(BothSessions, UnderstandEachOtherHoweverOctetsAreSplit)
{
    std::string content = "Subject: x\r\n\r\n";
    for (int i = 0; i < 300; ++i) content += std::string(i % 4, '.') + std::string(i % 70, 'y') + "\r\n";
    for (const std::size_t step : {0, 1, 2, 7, 64}) {
        Pair pair(step);
        pair.server.feed("");
        ASSERT_TRUE(std::holds_alternative<Greeted>(pair.run()));
        for (int round = 0; round < 2; ++round) {
            pair.client.begin(mail_to({"bob", "carol"}));
            ASSERT_TRUE(std::holds_alternative<ContentDue>(pair.run()));
            for (std::size_t at = 0; at < content.size(); at += 1000) {
                pair.client.content(std::string_view(content).substr(at, 1000));
                ASSERT_TRUE(std::holds_alternative<ContentDue>(pair.run()));
            }
            pair.client.end_content();
            const ClientEvent event = pair.run();
            ASSERT_TRUE(std::holds_alternative<TransactionDone>(event));
            EXPECT_EQ(std::get<TransactionDone>(event).outcome.content->enhanced, "2.6.0");
        }
        EXPECT_EQ(pair.server.content(), content + content);
        pair.client.quit();
        EXPECT_TRUE(std::holds_alternative<Farewell>(pair.run()));
        EXPECT_EQ(pair.server.why(), Ended::Why::quit);
    }
}

}  // namespace
}  // namespace sealpost::smtp
