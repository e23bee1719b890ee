#include "wire/smtp/transcript.hpp"

#include "base/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string envelope = "MAIL FROM:<alice@acme.test>\r\nRCPT TO:<bob@partner.test>\r\n";

Transcript in_data()
{
    Transcript transcript = greeted();
    transcript.feed(envelope + "DATA\r\n");
    EXPECT_THAT(transcript.last(), StartsWith("354 "));
    return transcript;
}

TEST(ServerSession, GreetsAndOffersItsExtensions)
{
    Transcript transcript = greeted();
    EXPECT_THAT(transcript.said(),
                StartsWith("220 mx.acme.test ESMTP\r\n250-mx.acme.test\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n"));
    for (const char* keyword : {"8BITMIME", "ENHANCEDSTATUSCODES", "CHUNKING", "SMTPUTF8", "DSN", "STARTTLS"})
        EXPECT_THAT(transcript.said(), HasSubstr(keyword));
    EXPECT_THAT(transcript.said(), Not(HasSubstr("AUTH")));
}

TEST(ServerSession, GreetsWithTheCodeOfItsProfile)
{
    ServerProfile profile = Transcript::usual();
    profile.banner_code = 221;
    EXPECT_THAT(greeted(std::move(profile)).said(), StartsWith("221 mx.acme.test ESMTP\r\n"));
}

TEST(ServerSession, TakesAMessageAndUnstuffsItsDots)
{
    Transcript transcript = in_data();
    transcript.feed("Subject: x\r\n\r\n..\r\n...two\r\na.b\r\n.x\r\n.\r\n");
    EXPECT_EQ(transcript.content(), "Subject: x\r\n\r\n.\r\n..two\r\na.b\r\nx\r\n");
    EXPECT_EQ(transcript.last(), "250 2.6.0 Stored");
    EXPECT_THAT(transcript.events(),
                ElementsAre("hello client.test", "mail <alice@acme.test>", "rcpt <bob@partner.test>", "content", "end"));
}

struct Smuggling {
    const char* name;
    std::string octets;  // behind "a\r\n"
};

class Framing : public ::testing::TestWithParam<Smuggling> {};

// Each form that one server or another has taken for the end of data.
TEST_P(Framing, EndsTheConnectionAndTheMessageIsNotTaken)
{
    for (const std::size_t step : {0, 1, 2, 3}) {
        Transcript transcript = in_data();
        transcript.feed("a\r\n" + GetParam().octets + "MAIL FROM:<eve@example.org>\r\n.\r\n", step);
        EXPECT_TRUE(transcript.over());
        EXPECT_EQ(transcript.why(), Ended::Why::violation);
        EXPECT_THAT(transcript.last(), StartsWith("554 5.6.0 "));
        EXPECT_THAT(transcript.events(),
                    ElementsAre("hello client.test", "mail <alice@acme.test>", "rcpt <bob@partner.test>", "content", "ended"));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Smuggling, Framing,
    ::testing::Values(Smuggling{"LfDotLf", "b\n.\n"}, Smuggling{"CrlfDotLf", ".\n"}, Smuggling{"LfDotCrlf", "b\n.\r\n"},
                      Smuggling{"CrDotCr", "b\r.\r"}, Smuggling{"CrDotCrlf", "b\r.\r\n"}, Smuggling{"CrlfDotCr", ".\rx\r\n"},
                      Smuggling{"CrCrlfDotCrlf", "b\r\r\n.\r\n"}, Smuggling{"CrlfDotCrCrlf", ".\r\r\n"},
                      Smuggling{"LonelyLf", "b\nc\r\n"}, Smuggling{"LonelyCr", "b\rc\r\n"}, Smuggling{"LfAtLineStart", "\n"},
                      Smuggling{"CrAtLineStart", "\rx\r\n"}, Smuggling{"Nul", std::string("b\0c\r\n", 5)},
                      Smuggling{"NulBehindDot", std::string(".\0\r\n", 4)}, Smuggling{"CrNulLf", std::string("\r\0\n", 3)}),
    [](const auto& form) { return form.param.name; });

struct BadCommand {
    const char* name;
    std::string line;
    const char* reply;
    bool ends;
};

class Commands : public ::testing::TestWithParam<BadCommand> {};

TEST_P(Commands, GetTheirReply)
{
    Transcript transcript = greeted();
    transcript.feed(GetParam().line);
    EXPECT_THAT(transcript.last(), StartsWith(GetParam().reply));
    EXPECT_EQ(transcript.over(), GetParam().ends);
}

INSTANTIATE_TEST_SUITE_P(
    Each, Commands,
    ::testing::Values(
        BadCommand{"BareLf", "NOOP\n", "500 5.5.2", true}, BadCommand{"BareCr", "NO\rOP\r\n", "500 5.5.2", true},
        BadCommand{"Nul", std::string("NO\0OP\r\n", 7), "500 5.5.2", true}, BadCommand{"Unknown", "FROB\r\n", "500 5.5.1", false},
        BadCommand{"Empty", "\r\n", "500 5.5.1", false}, BadCommand{"Http", "GET / HTTP/1.1\r\n", "554 5.5.1", true},
        BadCommand{"HttpHeader", "Host: mx.acme.test\r\n", "554 5.5.1", true},
        BadCommand{"LongLine", "NOOP " + std::string(600, 'x') + "\r\n", "500 5.5.2", false},
        BadCommand{"EndlessLine", std::string(13000, 'x'), "500 5.5.2", true},
        BadCommand{"RcptFirst", "RCPT TO:<a@b.test>\r\n", "503 5.5.1", false},
        BadCommand{"DataFirst", "DATA\r\n", "503 5.5.1", false}, BadCommand{"DataArgument", "DATA now\r\n", "501 5.5.4", false},
        BadCommand{"NoBrackets", "MAIL FROM:alice@acme.test\r\n", "501 5.5.4", false},
        BadCommand{"BadSender", "MAIL FROM:<alice@@acme.test>\r\n", "501 5.1.7", false},
        BadCommand{"TwoAddresses", "MAIL FROM:<a@b.test><c@d.test>\r\n", "501 5.5.4", false},
        BadCommand{"UnknownParameter", "MAIL FROM:<a@b.test> FROB=1\r\n", "555 5.5.4", false},
        BadCommand{"TwiceSize", "MAIL FROM:<a@b.test> SIZE=1 SIZE=2\r\n", "501 5.5.4", false},
        BadCommand{"NegativeSize", "MAIL FROM:<a@b.test> SIZE=-1\r\n", "501 5.5.4", false},
        BadCommand{"SizeBeyond64Bits", "MAIL FROM:<a@b.test> SIZE=99999999999999999999\r\n", "552 5.3.4", false},
        BadCommand{"SizeOf21Digits", "MAIL FROM:<a@b.test> SIZE=000000000000000000001\r\n", "501 5.5.4", false},
        BadCommand{"TooLarge", "MAIL FROM:<a@b.test> SIZE=99999999\r\n", "552 5.3.4", false},
        BadCommand{"BinaryMime", "MAIL FROM:<a@b.test> BODY=BINARYMIME\r\n", "555 5.5.4", false},
        BadCommand{"Utf8Unasked", "MAIL FROM:<\xc3\xa9@b.test>\r\n", "553 5.6.7", false},
        BadCommand{"BadEnvid", "MAIL FROM:<a@b.test> ENVID=+zz\r\n", "501 5.5.4", false},
        BadCommand{"BadRet", "MAIL FROM:<a@b.test> RET=ALL\r\n", "501 5.5.4", false},
        BadCommand{"AuthUnoffered", "AUTH PLAIN AGEAYg==\r\n", "502 5.5.1", false},
        BadCommand{"Vrfy", "VRFY alice\r\n", "252 2.5.2", false}, BadCommand{"Expn", "EXPN staff\r\n", "502 5.5.1", false},
        BadCommand{"Help", "HELP\r\n", "214 2.0.0", false}, BadCommand{"Noop", "NOOP anything\r\n", "250 2.0.0", false},
        BadCommand{"Rset", "RSET\r\n", "250 2.0.0", false}, BadCommand{"Quit", "QUIT\r\n", "221 2.0.0", true},
        BadCommand{"BehindEhlo", "EHLO again.test\r\nMAIL FROM:<a@b.test>\r\n", "503 Wait", true},
        BadCommand{"EhloWithoutName", "EHLO\r\n", "501 Syntax", false},
        BadCommand{"StarttlsArgument", "STARTTLS now\r\n", "501 5.5.4", false},
        BadCommand{"StarttlsInjection", "STARTTLS\r\nMAIL FROM:<eve@example.org>\r\n", "503 5.5.1", true},
        BadCommand{"StarttlsInjectionOfOneOctet", "STARTTLS\r\nx", "503 5.5.1", true},
        BadCommand{"BdatWithoutLength", "BDAT\r\n", "501 5.5.4", true},
        BadCommand{"BdatBadLength", "BDAT 1x LAST\r\n", "501 5.5.4", true},
        BadCommand{"BdatFirst", "BDAT 6 LAST\r\nQUIT\r\n", "503 5.5.1", false}),
    [](const auto& command) { return command.param.name; });

TEST(ServerSession, RefusesWhatStandsBehindDataBeforeTheGoAhead)
{
    Transcript transcript = greeted();
    transcript.feed(envelope + "DATA\r\nSubject: early\r\n\r\n.\r\n");
    EXPECT_TRUE(transcript.over());
    EXPECT_THAT(transcript.last(), StartsWith("503 5.5.1"));
}

TEST(ServerSession, ForgetsEverythingAtStarttls)
{
    ServerProfile profile = Transcript::usual();
    profile.may_offer_auth = true;
    Transcript transcript = greeted(profile);
    EXPECT_THAT(transcript.said(), Not(HasSubstr("AUTH")));
    transcript.feed("MAIL FROM:<alice@acme.test>\r\n");
    transcript.feed("STARTTLS\r\n");
    EXPECT_THAT(transcript.events(), ElementsAre("hello client.test", "mail <alice@acme.test>", "reset", "tls"));
    transcript.feed("MAIL FROM:<alice@acme.test>\r\n");
    EXPECT_EQ(transcript.last(), "503 5.5.1 Say EHLO or HELO first");
    const std::size_t mark = transcript.said().size();
    transcript.feed("EHLO client.test\r\n");
    EXPECT_THAT(transcript.heard_since(mark), Not(HasSubstr("STARTTLS")));
    EXPECT_THAT(transcript.heard_since(mark), HasSubstr("AUTH PLAIN LOGIN"));
    transcript.feed("STARTTLS\r\n");
    EXPECT_THAT(transcript.last(), StartsWith("503 5.5.1"));
}

TEST(ServerSession, RefusesMailWithoutTheTlsThatIsRequired)
{
    ServerProfile profile = Transcript::usual();
    profile.require_tls = true;
    Transcript transcript = greeted(profile);
    transcript.feed("MAIL FROM:<alice@acme.test>\r\n");
    EXPECT_EQ(transcript.last(), "530 5.7.0 Must issue a STARTTLS command first");
}

Transcript ready_for_auth()
{
    ServerProfile profile = Transcript::usual();
    profile.tls_active = profile.may_offer_auth = profile.require_auth = true;
    return greeted(profile);
}

TEST(ServerSession, AuthenticatesWithPlainAndLogin)
{
    const std::string plain = format_base64(as_bytes(std::string("\0alice\0secret", 13)));
    Transcript at_once = ready_for_auth();
    at_once.feed("MAIL FROM:<a@acme.test>\r\n");
    EXPECT_EQ(at_once.last(), "530 5.7.0 Authentication required");
    at_once.feed("AUTH PLAIN " + plain + "\r\n");
    EXPECT_EQ(at_once.last(), "235 2.7.0 Welcome");
    EXPECT_EQ(at_once.session().authenticated_user(), "alice");
    at_once.feed("AUTH PLAIN " + plain + "\r\n");
    EXPECT_THAT(at_once.last(), StartsWith("503 5.5.1"));

    Transcript asked = ready_for_auth();
    asked.feed("AUTH PLAIN\r\n");
    EXPECT_EQ(asked.last(), "334 ");
    asked.feed(plain + "\r\n");
    EXPECT_EQ(asked.last(), "235 2.7.0 Welcome");

    Transcript login = ready_for_auth();
    login.feed("AUTH LOGIN\r\n" + format_base64(as_bytes("alice")) + "\r\n" + format_base64(as_bytes("secret")) + "\r\n", 1);
    EXPECT_EQ(login.last(), "235 2.7.0 Welcome");
}

TEST(ServerSession, RefusesBadCredentialsAndBadBase64)
{
    for (const auto& [lines, reply] : std::vector<std::pair<std::string, std::string>>{
             {"AUTH PLAIN " + format_base64(as_bytes(std::string("\0alice\0wrong", 12))), "535 5.7.8"},
             {"AUTH PLAIN !!!!", "501 5.5.2"},
             {"AUTH PLAIN " + format_base64(as_bytes("alice")), "501 5.5.2"},
             {"AUTH CRAM-MD5", "504 5.5.4"},
             {"AUTH LOGIN\r\n*", "501 5.7.0"}}) {
        Transcript transcript = ready_for_auth();
        transcript.feed(lines + "\r\n");
        EXPECT_THAT(transcript.last(), StartsWith(reply)) << lines;
        transcript.feed("MAIL FROM:<a@acme.test>\r\n");
        EXPECT_EQ(transcript.last(), "530 5.7.0 Authentication required");
    }
}

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

TEST(ServerSession, TellsDataWithoutRecipientsFromDataWithRefusedOnes)
{
    Transcript transcript = greeted();
    transcript.rcpt_reply = {550, "5.7.1", "Relaying denied"};
    transcript.feed(envelope + "DATA\r\n");
    EXPECT_EQ(transcript.last(), "554 5.5.1 No valid recipients");
}

TEST(ServerSession, UnderstandsDsnParameters)
{
    const auto mail = parse_mail("FROM:<a@b.test> RET=hdrs ENVID=QQ+2B1 BODY=8BITMIME SMTPUTF8 SIZE=10", {});
    ASSERT_TRUE(std::holds_alternative<MailFrom>(mail));
    const auto& from = std::get<MailFrom>(mail);
    EXPECT_EQ(from.ret, "HDRS");
    EXPECT_EQ(from.envid, "QQ+1");
    EXPECT_TRUE(from.eight_bit && from.smtputf8);
    EXPECT_EQ(from.size, 10U);
    const auto parsed = parse_rcpt("TO:<a@b.test> NOTIFY=delay,SUCCESS ORCPT=rfc822;a+2Bx@b.test", {}, false);
    ASSERT_TRUE(std::holds_alternative<RcptTo>(parsed));
    const auto& rcpt = std::get<RcptTo>(parsed);
    EXPECT_EQ(rcpt.notify, "SUCCESS,DELAY");
    EXPECT_EQ(rcpt.orcpt, "rfc822;a+x@b.test");
    Capabilities dsn;
    dsn.dsn = true;
    EXPECT_EQ(format_rcpt(rcpt, dsn), "<a@b.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bx@b.test");
    EXPECT_EQ(format_rcpt(rcpt, {}), "<a@b.test>");
}

TEST(ServerSession, NamesTheParameterThatIsWrong)
{
    for (const auto& [argument, text] : std::vector<std::pair<std::string, std::string>>{
             {"FROM:<a@b.test> ENVID=", "Parameter ENVID has an empty value"},
             {"FROM:<a@b.test> ENVID=a=b", "Parameter ENVID has a malformed value"},
             {"FROM:<a@b.test> SIZE=1 size=2", "Parameter size is given twice"},
             {"FROM:<a@b.test> =1", "A parameter has no name, or one that is none"},
             {"FROM:<a@b.test> SIZE=1x", "SIZE is not a number of at most 20 digits"}}) {
        const auto parsed = parse_mail(argument, {});
        ASSERT_TRUE(std::holds_alternative<Reply>(parsed)) << argument;
        EXPECT_EQ(format_reply_line(std::get<Reply>(parsed)), "501 5.5.4 " + text);
    }
    for (const auto& [argument, text] :
         std::vector<std::pair<std::string, std::string>>{{"TO:<a@b.test> NOTIFY=", "Parameter NOTIFY has an empty value"},
                                                          {"TO:<a@b.test> ORCPT=rfc822;", "ORCPT names no address"},
                                                          {"TO:<a@b.test> ORCPT=rfc822;+00", "ORCPT holds control characters"}}) {
        const auto parsed = parse_rcpt(argument, {}, false);
        ASSERT_TRUE(std::holds_alternative<Reply>(parsed)) << argument;
        EXPECT_EQ(format_reply_line(std::get<Reply>(parsed)), "501 5.5.4 " + text);
    }
}

// RFC 6533 §3
TEST(ServerSession, TakesAnOriginalRecipientInUtf8WhereUtf8WasAskedFor)
{
    const auto parsed = parse_rcpt("TO:<bob@b.test> ORCPT=utf-8;jürg@b.test", {}, true);
    ASSERT_TRUE(std::holds_alternative<RcptTo>(parsed));
    const auto& rcpt = std::get<RcptTo>(parsed);
    EXPECT_EQ(rcpt.orcpt, "utf-8;j\\x{FC}rg@b.test");
    Capabilities dsn;
    dsn.dsn = true;
    EXPECT_EQ(format_rcpt(rcpt, dsn), "<bob@b.test> ORCPT=utf-8;j\\x{FC}rg@b.test");
    EXPECT_TRUE(std::holds_alternative<Reply>(parse_rcpt("TO:<bob@b.test> ORCPT=utf-8;j\xc3@b.test", {}, true)));
    EXPECT_TRUE(std::holds_alternative<Reply>(parse_rcpt("TO:<bob@b.test> ORCPT=rfc822;jürg@b.test", {}, true)));
}

TEST(ServerSession, GivesEqualEventsHoweverItsInputIsSplit)
{
    const std::string talk = envelope + "RCPT TO:<carol@partner.test> NOTIFY=NEVER\r\nNOOP\r\nBDAT 9 LAST\r\na: b\r\n\r\nc" +
                             "RSET\r\nFROB\r\nMAIL FROM:<>\r\nRCPT TO:<Postmaster>\r\nVRFY x\r\nDATA\r\n";
    const std::string content = "a: b\r\n\r\n..\r\n.stuffed\r\nplain\r\n.\r\nQUIT\r\n";
    Transcript whole = greeted();
    whole.feed(talk);
    whole.feed(content);
    EXPECT_TRUE(whole.over());
    for (std::size_t step = 1; step < 20; ++step) {
        Transcript split = greeted();
        split.feed(talk, step);
        split.feed(content, step);
        EXPECT_EQ(split.events(), whole.events()) << step;
        EXPECT_EQ(split.said(), whole.said()) << step;
        EXPECT_EQ(split.content(), whole.content()) << step;
    }
}

TEST(ServerSession, ReportsAClientThatLeavesInTheMiddle)
{
    Transcript transcript = in_data();
    transcript.feed("half a mess");
    EXPECT_TRUE(transcript.session().in_transaction());
    transcript.end_input();
    EXPECT_EQ(transcript.why(), Ended::Why::peer_closed);
    EXPECT_THAT(transcript.events().back(), "ended");
}

// --- what is refused without asking the owner

std::string tell_refusals(ServerSession& session)
{
    std::string out;
    for (const auto& refusal : session.take_refusals())
        out += std::to_string(static_cast<int>(refusal.at)) + ' ' + std::to_string(refusal.reply.code) + ' ' + refusal.argument +
               '\n';
    return out;
}

TEST(ServerSessionRefusals, TellOfMailThatNeedsTlsOrIsTooLarge)
{
    ServerProfile profile = Transcript::usual();
    profile.require_tls = true;
    Transcript transcript = greeted(profile);
    transcript.feed("MAIL FROM:<alice@acme.test>\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "0 530 FROM:<alice@acme.test>\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "");
    Transcript small = greeted();
    small.feed("MAIL FROM:<alice@acme.test> SIZE=99999999999\r\nRCPT TO:<b@acme.test>\r\n");
    EXPECT_EQ(tell_refusals(small.session()), "0 552 FROM:<alice@acme.test> SIZE=99999999999\n1 503 TO:<b@acme.test>\n");
}

TEST(ServerSessionRefusals, TellOfRecipientsAndMessagesThatAreTooMany)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_recipients = 1;
    profile.limits.max_messages = 1;
    Transcript transcript = greeted(profile);
    transcript.feed(envelope + "RCPT TO:<eve@acme.test>\r\nDATA\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "1 452 TO:<eve@acme.test>\n");
    transcript.feed("Subject: x\r\n\r\n.\r\nMAIL FROM:<next@acme.test>\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "0 421 FROM:<next@acme.test>\n");
}

TEST(ServerSessionRefusals, TellOfContentThatIsTooLargeOrBroken)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_message_bytes = 100;
    Transcript transcript = greeted(profile);
    transcript.feed(envelope + "DATA\r\n");
    transcript.feed(std::string(200, 'x') + "\r\n.\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "2 552 \n");
    Transcript broken = in_data();
    broken.feed("a bare\nline feed\r\n.\r\n");
    EXPECT_EQ(tell_refusals(broken.session()), "2 554 \n");
}

TEST(ServerSessionRefusals, TellOfFormAndOrder)
{
    Transcript transcript(Transcript::usual());
    transcript.feed("MAIL FROM:<alice@acme.test>\r\nEHLO client.test\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "0 503 FROM:<alice@acme.test>\n");
    transcript.feed("MAIL FROM:<a@@b>\r\nMAIL FROM:<a@b.test> FROB\r\nMAIL " + std::string(3000, 'x') + "\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "0 501 FROM:<a@@b>\n0 555 FROM:<a@b.test> FROB\n0 500 \n");
    transcript.feed("RCPT TO:<a@b.test>\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<\xc3\xa9@b.test>\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "1 503 TO:<a@b.test>\n1 553 TO:<\xc3\xa9@b.test>\n");
}

TEST(ServerSessionRefusals, TellOfAuthAndNeverWhatItHeld)
{
    Transcript transcript = ready_for_auth();
    transcript.feed("AUTH PLAIN c2VjcmV0\r\nAUTH CRAM-MD5\r\nAUTH LOGIN\r\n*\r\nMAIL FROM:<a@acme.test>\r\n");
    EXPECT_EQ(tell_refusals(transcript.session()), "3 501 \n3 504 \n3 501 \n0 530 FROM:<a@acme.test>\n");
}

TEST(ServerSessionRefusals, AreNotHoardedForAnOwnerWhoDoesNotTakeThem)
{
    ServerProfile profile = Transcript::usual();
    profile.limits.max_recipients = 1;
    Transcript transcript = greeted(profile);
    transcript.feed(envelope);
    for (int i = 0; i < 500; ++i) transcript.feed("RCPT TO:<eve@acme.test>\r\n");
    EXPECT_EQ(transcript.session().take_refusals().size(), ServerSession::max_refusals_kept);
}

}  // namespace
}  // namespace sealpost::smtp
