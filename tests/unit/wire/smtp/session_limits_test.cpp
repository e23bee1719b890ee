#include "wire/smtp/session_steps.hpp"

namespace sealpost::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Excess {
    const char* name;
    std::string content;
    const char* reply;
};

class Limits : public ::testing::TestWithParam<Excess> {
public:
    static ServerProfile narrow()
    {
        ServerProfile profile = Transcript::usual();
        profile.limits.max_message_bytes = 5000;
        profile.limits.max_head_bytes = 100;
        return profile;
    }
};

TEST(ServerSession, SaysWhyItEndsAtTheBeginningOfContent)
{
    for (const char* command : {"DATA\r\n", "BDAT 1000000 LAST\r\n"}) {
        Transcript transcript = greeted();
        transcript.go_ahead = Reply(421, "4.4.5", "Too much mail at the moment");
        transcript.feed(envelope + command);
        EXPECT_EQ(transcript.last(), "421 4.4.5 Too much mail at the moment") << command;
        EXPECT_TRUE(transcript.over());
    }
}

TEST_P(Limits, AreToldAtTheEndOfTheContent)
{
    const auto& [name, content, reply] = GetParam();
    for (const std::size_t step : {0, 1, 700}) {
        Transcript data = greeted(narrow());
        data.feed(envelope + "DATA\r\n", step);
        data.feed(content + ".\r\nMAIL FROM:<next@acme.test>\r\n", step);
        EXPECT_THAT(data.said(), HasSubstr(std::string("\r\n") + reply));
        EXPECT_EQ(data.last(), "250 2.1.0 OK");
        EXPECT_EQ(std::count(data.events().begin(), data.events().end(), "reset"), 1);
        EXPECT_EQ(std::count(data.events().begin(), data.events().end(), "end"), 0);
    }
    Transcript chunk = greeted(narrow());
    chunk.feed(envelope + "BDAT " + std::to_string(content.size()) + " LAST\r\n" + content + "MAIL FROM:<next@acme.test>\r\n");
    EXPECT_THAT(chunk.said(), HasSubstr(std::string("\r\n") + reply));
    EXPECT_EQ(chunk.last(), "250 2.1.0 OK");
}

TEST_P(Limits, DoNotHideThatItEndedAmidContent)
{
    Transcript transcript = greeted(narrow());
    transcript.feed(envelope + "DATA\r\n");
    transcript.feed(GetParam().content + "a bare\nline feed\r\n");
    EXPECT_EQ(std::count(transcript.events().begin(), transcript.events().end(), "reset"), 1);
    EXPECT_EQ(transcript.last(), "554 5.6.0 The message holds a LF without CR");
    EXPECT_TRUE(transcript.over());
    EXPECT_TRUE(transcript.ended_amid_content());
}

std::string lines(int count)
{
    std::string text = "\r\n";
    while (count-- > 0) text += std::string(98, 'x') + "\r\n";
    return text;
}

INSTANTIATE_TEST_SUITE_P(Each, Limits,
                         ::testing::Values(Excess{"Message", lines(50), "552 5.3.4"},
                                           Excess{"Head", std::string(99, 'h') + "\r\n\r\n", "552 5.3.4"},
                                           Excess{"Line", "\r\n" + std::string(999, 'x') + "\r\n", "554 5.6.0"}),
                         [](const auto& excess) { return excess.param.name; });

TEST(ServerSession, TakesALineOfExactlyThePermittedLength)
{
    Transcript transcript = in_data();
    transcript.feed("\r\n" + std::string(998, 'x') + "\r\n.\r\n");
    EXPECT_EQ(transcript.last(), "250 2.6.0 Stored");
}

TEST(ServerSession, LimitsRecipientsErrorsMessagesAndSmallTalk)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_recipients = 1;
    profile.limits.max_errors = 2;
    profile.limits.max_messages = 1;
    profile.limits.max_idle_commands = 5;
    Transcript recipients = greeted(profile);
    recipients.feed(envelope + "RCPT TO:<carol@partner.test>\r\n");
    EXPECT_EQ(recipients.last(), "452 4.5.3 Too many recipients");
    recipients.feed("RSET\r\nMAIL FROM:<again@acme.test>\r\n");
    EXPECT_THAT(recipients.last(), StartsWith("421 4.7.0"));
    EXPECT_TRUE(recipients.over());

    Transcript errors = greeted(profile);
    errors.feed("X\r\nX\r\n");
    EXPECT_FALSE(errors.over());
    errors.feed("X\r\n");
    EXPECT_THAT(errors.said(), ::testing::EndsWith("500 5.5.1 Command not recognized\r\n421 4.7.0 Too many errors\r\n"));

    Transcript idle = greeted(profile);
    idle.feed("NOOP\r\nRSET\r\nHELP\r\nVRFY a\r\nNOOP\r\nNOOP\r\n");
    EXPECT_THAT(idle.last(), StartsWith("421 4.7.0"));
}

std::string say_recipients(Transcript& transcript, unsigned count)
{
    transcript.feed("MAIL FROM:<alice@acme.test>\r\n");
    for (unsigned i = 0; i < count && !transcript.over(); ++i) transcript.feed("RCPT TO:<bob@partner.test>\r\n");
    return transcript.last();
}

TEST(ServerSession, EndsWhenItsOwnerRefusedTooManyRecipientsForGood)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_refused_recipients = 3;
    Transcript transcript = greeted(profile);
    transcript.rcpt_reply = {550, "5.1.1", "No such person"};
    EXPECT_EQ(say_recipients(transcript, 3), "550 5.1.1 No such person");
    transcript.feed("RCPT TO:<bob@partner.test>\r\n");
    EXPECT_EQ(transcript.last(), "421 4.7.0 Too many refused recipients");
    EXPECT_THAT(transcript.session().take_limits_met(), ElementsAre("refused_recipients"));

    Transcript later = greeted(profile);
    later.rcpt_reply = {452, "4.7.0", "Too many this hour"};
    EXPECT_EQ(say_recipients(later, ServerSession::max_recipients_put_off), "452 4.7.0 Too many this hour");
    later.feed("RCPT TO:<bob@partner.test>\r\n");
    EXPECT_EQ(later.last(), "421 4.7.0 Too many recipients");
    EXPECT_THAT(later.session().take_limits_met(), ElementsAre("refused_recipients"));
}

TEST(ServerSession, TakesLinesAsLongAsItsProfileAllows)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_text_line_bytes = 65536;
    for (const std::size_t step : {0, 1000}) {
        Transcript transcript = greeted(profile);
        transcript.feed(envelope + "DATA\r\n");
        transcript.feed("\r\n" + std::string(65534, 'x') + "\r\n.\r\n", step);
        EXPECT_EQ(transcript.last(), "250 2.6.0 Stored");
        EXPECT_THAT(transcript.session().take_limits_met(), ElementsAre());
        transcript.feed(envelope + "DATA\r\n");
        transcript.feed("\r\n" + std::string(65535, 'x') + "\r\n.\r\n", step);
        EXPECT_EQ(transcript.last(), "554 5.6.0 A line is longer than 65536 octets");
        EXPECT_THAT(transcript.session().take_limits_met(), ElementsAre("line_length"));
    }
}

TEST(ServerSession, NamesTheLimitsThatEndIt)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_errors = profile.limits.max_idle_commands = 2;
    for (const auto& [line, limit] : {std::pair("X\r\n", "errors"), std::pair("NOOP\r\n", "idle_commands")}) {
        Transcript transcript = greeted(profile);
        for (int i = 0; i < 3; ++i) transcript.feed(line);
        EXPECT_TRUE(transcript.over());
        EXPECT_THAT(transcript.session().take_limits_met(), ElementsAre(limit));
    }
}

TEST(ServerSession, NeitherAwaitsAnEndlessChunkNorTakesEmptyOnesForever)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_idle_commands = 5;
    Transcript empty = greeted(profile);
    empty.feed(envelope + "BDAT 0\r\nBDAT 0\r\nBDAT 0\r\nBDAT 0\r\nBDAT 0\r\n");
    EXPECT_EQ(empty.last(), "250 2.0.0 0 octets received");
    empty.feed("BDAT 0\r\n");
    EXPECT_THAT(empty.last(), StartsWith("421 4.7.0"));

    Transcript endless = greeted();
    endless.feed(envelope + "BDAT 9223372036854775807 LAST\r\n");
    EXPECT_THAT(endless.last(), StartsWith("552 5.3.4"));
    EXPECT_TRUE(endless.over());
}

TEST(ServerSession, AsksForNoContentForeverThatItsOwnerDoesNotTake)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_idle_commands = 5;
    Transcript transcript = greeted(profile);
    transcript.go_ahead = Reply(452, "4.3.1", "No room");
    transcript.feed(envelope);
    for (int i = 0; i < 5; ++i) transcript.feed("DATA\r\n");
    EXPECT_EQ(transcript.last(), "452 4.3.1 No room");
    transcript.feed("DATA\r\n");
    EXPECT_THAT(transcript.last(), StartsWith("421 4.7.0"));
    EXPECT_TRUE(transcript.over());
}

}  // namespace
}  // namespace sealpost::smtp
