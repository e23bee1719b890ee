#include "wire/smtp/session_steps.hpp"

#include "base/encoding.hpp"

namespace sealpost::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

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
        EXPECT_TRUE(transcript.ended_amid_content());
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
    EXPECT_FALSE(transcript.ended_amid_content());
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

TEST(ServerSession, AuthenticatesWithPlainAndLogin)
{
    const std::string plain = format_base64(as_bytes(std::string("\0alice\0secret", 13)));
    Transcript at_once = ready_for_auth();
    at_once.feed("MAIL FROM:<a@acme.test>\r\n");
    EXPECT_EQ(at_once.last(), "530 5.7.0 Authentication required");
    at_once.feed("AUTH PLAIN " + plain + "\r\n");
    EXPECT_EQ(at_once.last(), "235 2.7.0 Welcome");
    EXPECT_EQ(at_once.events().back(), "auth alice");
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
    // As it would go on to the next server it has 6 octets for each "+".
    const std::string many(100, '+');
    const auto too_long = parse_rcpt("TO:<bob@b.test> ORCPT=utf-8;ü" + many + "@b.test", {}, true);
    ASSERT_TRUE(std::holds_alternative<Reply>(too_long));
    EXPECT_EQ(std::get<Reply>(too_long).code, 501);
    EXPECT_TRUE(
        std::holds_alternative<RcptTo>(parse_rcpt("TO:<bob@b.test> ORCPT=utf-8;ü" + many.substr(40) + "@b.test", {}, true)));
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

}  // namespace
}  // namespace sealpost::smtp
