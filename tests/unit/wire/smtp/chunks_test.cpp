// BDAT, RFC 3030.
#include "wire/smtp/session_steps.hpp"

namespace sealpost::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ServerSession, TakesChunksWhoseLinesCrossTheirBorders)
{
    for (const std::size_t step : {0, 1, 5}) {
        Transcript transcript = greeted();
        transcript.feed(envelope + "BDAT 7\r\na: b\r\n\rBDAT 8\r\n\n.\r\nx\r\n.BDAT 0 LAST\r\nQUIT\r\n", step);
        EXPECT_EQ(transcript.content(), "a: b\r\n\r\n.\r\nx\r\n.\r\n");  // the last line is ended for the client
        EXPECT_EQ(transcript.last(), "221 2.0.0 Goodbye");
        EXPECT_THAT(transcript.said(),
                    HasSubstr("250 2.0.0 7 octets received\r\n250 2.0.0 8 octets received\r\n250 2.6.0 Stored\r\n"));
    }
}

TEST(ServerSession, RefusesBareLineEndsInChunks)
{
    for (const auto& chunk :
         {std::string("BDAT 4 LAST\r\na\nb\n"), std::string("BDAT 3 LAST\r\na\rb"), std::string("BDAT 2 LAST\r\na\r"),
          std::string("BDAT 2\r\na\rBDAT 1 LAST\r\nb"), std::string("BDAT 3 LAST\r\na\0b", 16)}) {
        Transcript transcript = greeted();
        transcript.feed(envelope + chunk);
        EXPECT_TRUE(transcript.over());
        EXPECT_THAT(transcript.last(), StartsWith("554 5.6.0"));
    }
}

TEST(ServerSession, TakesTheOctetsOfARefusedChunkOffTheWire)
{
    Transcript transcript = greeted();
    transcript.feed("MAIL FROM:<alice@acme.test>\r\nBDAT 6 LAST\r\nRSET\r\nNOOP\r\n");
    EXPECT_THAT(transcript.events(), ElementsAre("hello client.test", "mail <alice@acme.test>"));
    EXPECT_THAT(transcript.said(), HasSubstr("503 5.5.1 Say RCPT first\r\n250 2.0.0 OK\r\n"));
}

// What follows a refused chunk is on its way already, and must not become a message without its beginning.
TEST(ServerSession, TakesNoChunksBehindARefusedOne)
{
    Transcript transcript = greeted();
    transcript.go_ahead = Reply(452, "4.3.1", "No room");
    transcript.feed(envelope + "BDAT 8\r\na: b\r\n\r\nBDAT 6 LAST\r\nbody\r\nNOOP\r\n");
    EXPECT_THAT(transcript.said(), HasSubstr("452 4.3.1 No room\r\n452 4.3.1 No room\r\n250"));
    EXPECT_EQ(transcript.events().back(), "reset");
    EXPECT_EQ(transcript.content(), "");
}

std::string repeat(const std::string& what, int times)
{
    std::string text;
    while (times-- > 0) text += what;
    return text;
}

TEST(ServerSession, TakesChunksThatWereOnTheirWayForNoErrors)
{
    for (const auto& [go_ahead, reply] :
         {std::pair(Reply(452, "4.3.1", "No room"), "452 4.3.1"), std::pair(Reply(550, "5.7.1", "No"), "550 5.7.1")}) {
        Transcript transcript = greeted();
        transcript.go_ahead = go_ahead;
        transcript.feed(envelope);
        const std::size_t mark = transcript.said().size();
        transcript.feed(repeat("BDAT 3\r\na\r\n", 30) + "BDAT 3 LAST\r\na\r\n");
        EXPECT_FALSE(transcript.over());
        EXPECT_EQ(transcript.heard_since(mark), repeat(format_reply(go_ahead), 31)) << reply;
        transcript.go_ahead = {250, "", "go"};
        transcript.feed(envelope + "BDAT 3 LAST\r\na\r\n");
        EXPECT_EQ(transcript.last(), "250 2.6.0 Stored") << "the next message is another one";
    }
}

TEST(ServerSession, AnswersChunksBehindContentThatIsTooLargeAsItWasRefused)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_message_bytes = 10;
    Transcript transcript = greeted(profile);
    transcript.feed(envelope);
    const std::size_t mark = transcript.said().size();
    transcript.feed("BDAT 13\r\na: b\r\n\r\nbody\r" + repeat("BDAT 3\r\na\r\n", 30) + "NOOP\r\nBDAT 1 LAST\r\nx");
    EXPECT_EQ(transcript.heard_since(mark), repeat("552 5.3.4 The message is larger than 10 octets\r\n", 31) +
                                                "250 2.0.0 OK\r\n503 5.5.1 Say MAIL and RCPT first\r\n");
}

TEST(ServerSession, CountsChunksThatBelongToNoMessageOrHoldNothing)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_errors = profile.limits.max_idle_commands = 5;
    Transcript stray = greeted(profile);
    stray.feed(repeat("BDAT 3\r\na\r\n", 6));
    EXPECT_EQ(stray.last(), "421 4.7.0 Too many errors");
    Transcript empty = greeted(profile);
    empty.go_ahead = Reply(452, "4.3.1", "No room");
    empty.feed(envelope + repeat("BDAT 0\r\n", 6));
    EXPECT_EQ(empty.last(), "421 4.7.0 Too many commands without a message");
}

TEST(ServerSession, DoesNotMixDataAndChunks)
{
    Transcript transcript = greeted();
    transcript.feed(envelope + "BDAT 3\r\na\r\nRCPT TO:<carol@partner.test>\r\nDATA\r\n");
    EXPECT_THAT(transcript.said(), HasSubstr("503 5.5.1 RCPT comes after"));
    EXPECT_THAT(transcript.last(), StartsWith("503 5.5.1 DATA and BDAT"));
}

}  // namespace
}  // namespace sealpost::smtp
