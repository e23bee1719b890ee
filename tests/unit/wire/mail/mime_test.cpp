#include "base/text.hpp"
#include "wire/mail/dsn.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/mail/parts.hpp"
#include "wire/mail/trace.hpp"
#include "wire/mail/utf8.hpp"

#include <gtest/gtest.h>
#include <algorithm>

namespace sealpost::mail {
namespace {

std::vector<Part> parts_of(std::string_view message)
{
    std::vector<Part> parts;
    const auto visited = visit_parts(message, [&](Part&& part) { return parts.push_back(std::move(part)), true; });
    EXPECT_TRUE(visited.has_value());
    return parts;
}

bool has_sound_lines(std::string_view message)
{
    for (std::size_t at = 0; at < message.size();) {
        const std::size_t end = message.find("\r\n", at);
        if (end == std::string_view::npos || end - at > 998) return false;
        if (message.substr(at, end - at).find_first_of("\r\n") != std::string_view::npos) return false;
        at = end + 2;
    }
    return is_ascii(message);
}

TEST(MimeWriter, WritesAMessageThatReadsBack)
{
    std::string all;
    for (int i = 0; i < 1000; ++i) all += static_cast<char>(i * 7);
    MimeWriter writer;
    std::string message = writer.begin_mixed({{"Subject", encode_words("Été")}, {"From", "a@acme.test"}});
    message += writer.add_alternative("Bonjour é\n", "<p>Bonjour é</p>\n");
    message += writer.begin_attachment("été \"1\".html", "text/html; charset=utf-8");
    for (std::size_t i = 0; i < all.size(); i += 13) message += writer.append(std::string_view(all).substr(i, 13));
    message += writer.end_attachment();
    message += writer.begin_attachment("plain.bin", "application/octet-stream");
    message += writer.append(all);
    message += writer.end_attachment();
    message += writer.end();

    EXPECT_TRUE(has_sound_lines(message));
    const auto parts = parts_of(message);
    ASSERT_EQ(parts.size(), 4U);
    EXPECT_EQ(parts[0].type, "text/plain");
    EXPECT_EQ(parts[0].content, "Bonjour é\n");
    EXPECT_EQ(parts[1].type, "text/html");
    EXPECT_EQ(parts[2].name, "été \"1\".html");
    EXPECT_TRUE(parts[2].is_attachment);
    EXPECT_TRUE(parts[2].content == all);
    EXPECT_EQ(parts[3].name, "plain.bin");
    EXPECT_TRUE(parts[3].content == all);
}

TEST(MimeWriter, GivesTheSameBytesHoweverThePiecesFall)
{
    const std::string content(10'000, 'x');
    MimeWriter whole("b"), pieces("b");
    std::string one = whole.append(content);
    one += whole.end_attachment();
    std::string many;
    for (const char c : content) many += pieces.append(std::string_view(&c, 1));
    many += pieces.end_attachment();
    EXPECT_TRUE(one == many);
    EXPECT_TRUE(one == encode_base64_lines(content));
    for (std::size_t at = 0; at < one.size(); at = one.find("\r\n", at) + 2) EXPECT_LE(one.find("\r\n", at) - at, 76U);
}

TEST(MimeWriter, WritesTextAndHtmlWithoutAttachment)
{
    MimeWriter writer;
    const std::string message = writer.begin_alternative_only({{"From", "a@acme.test"}}, "t", "<p>h</p>");
    const auto parts = parts_of(message);
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[1].content, "<p>h</p>");
}

TEST(Parts, AreFoundInForwardedMessages)
{
    const std::string inner =
        "Subject: inner\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
        "quoted-printable\r\n\r\ncaf=E9\r\n";
    const std::string outer =
        "Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nhello\r\n--q\r\nContent-Type: message/rfc822\r\n\r\n" +
        inner + "\r\n--q--\r\n";
    const auto parts = parts_of(outer);
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[1].type, "text/html");
    EXPECT_EQ(trim(parts[1].content), "caf\xe9");
}

std::string repeat(std::string_view text, int times)
{
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

// A message with this field, and one with it in a message inside.
std::vector<std::string> with_field(const std::string& field)
{
    const std::string inner = field + "\r\nContent-Type: text/plain\r\n\r\nTo: the (end\r\n";
    return {inner, "Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\nContent-Type: message/rfc822\r\n\r\n" + inner +
                       "\r\n--q--\r\n"};
}

TEST(Parts, AreFoundBesideFieldsThatWouldHarmALibrary)
{
    const std::vector<std::string> fields = {"To: " + repeat("a:", 60'000),
                                             "cc : " + repeat("a,\r\n ", 60'000),
                                             "Subject: " + repeat("=?a?Q?x", 30'000),
                                             "Content-Disposition: attachment; filename*=" + std::string(9'000'000, 'A') + "''x",
                                             "Content-Disposition: " + repeat("(", 30'000),
                                             "Content-ID: " + std::string(70'000, '<'),
                                             repeat("To: a,b,c\r\n", 20'000) + "X: y",
                                             repeat("a:\r\n", 300'000) + "X: y"};
    for (const auto& field : fields) {
        for (const auto& message : with_field(field)) {
            const auto parts = parts_of(message);
            ASSERT_EQ(parts.size(), 1U) << field.substr(0, 20);
            EXPECT_NE(parts[0].content.find("To: the (end"), std::string::npos);
        }
    }
}

Part part_with(const std::string& fields, const std::string& body = "x")
{
    const auto parts = parts_of(fields + "\r\n" + body);
    return parts.size() == 1 ? parts[0] : Part{};
}

TEST(Parts, HaveNamesInEveryWayToWriteThem)
{
    for (const char* field :
         {"Content-Disposition: attachment; filename=\"\xC3\xA9 \\\"1\\\".txt\"\r\n",
          "Content-Disposition: ATTACHMENT;\r\n\tfilename*=utf-8'fr'%C3%A9%20%221%22.txt\r\n",
          "content-disposition : attachment; filename*0*=iso-8859-1''%E9%20; filename*1=\"\\\"1\\\".\"; filename*2*=txt\r\n",
          "Content-Disposition: attachment; filename=\"e.txt\"; filename*=UTF-8''%C3%A9%20%221%22.txt; filename=other\r\n",
          "Content-Type: text/plain; name=\"\xE9 \\\"1\\\".txt\"\r\n",
          "Content-Type: text/plain; name=\"=?utf-8?Q?=C3=A9_=221=22=2Etxt?=\"\r\n",
          "Content-Type: text/plain (of; \"no\" use); charset=us-ascii; name = \"=?iso-8859-1?B?6SAiMSIudHh0?=\"\r\n"}) {
        EXPECT_EQ(part_with(field).name, "é \"1\".txt") << field;
        EXPECT_EQ(part_with(field).is_attachment, field[8] == 'D' || field[8] == 'd');
    }
}

TEST(Parts, AreDecodedAsTheyWereEncoded)
{
    const std::string base64 = "Content-Transfer-Encoding: Base64 \r\n",
                      printable = "Content-Transfer-Encoding:quoted-printable\r\n";
    EXPECT_EQ(part_with(base64, "YWJj\r\nZA==\r\nZWY=").content, "abcdef");
    EXPECT_EQ(part_with(base64, "Y W!J\r\nj").content, "abc");
    EXPECT_EQ(part_with(base64, "YWJjZA==\r\n_______\r\nlist mailing list\r\n").content, "abcd");
    EXPECT_EQ(part_with(printable, "a=3Db=\r\nc =\r\nd \t\r\n=e9=ZZ=\r\n").content, "a=bc d\r\n\xE9=ZZ");
    EXPECT_EQ(part_with("Content-Transfer-Encoding: 8bit\r\n", "a=3D\r\n").content, "a=3D\r\n");
    EXPECT_EQ(part_with("Content-Type: text/html; charset=\"UTF-8\"\r\nContent-ID: <a@b>\r\n").content_id, "a@b");
    EXPECT_EQ(part_with("Content-Type: nonsense\r\n").type, "text/plain");
}

TEST(Parts, EndAtTheirBoundaryOnly)
{
    const std::string head = "Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\npreamble\r\n";
    const auto parts =
        parts_of(head + "--a b \t\r\n\r\none\r\n--a bc\r\n--\r\n--a b\n\n\r\ntwo\r\n\r\n--a b--\r\nepilogue\r\n--a b\r\n\r\nno");
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].content, "one\r\n--a bc\r\n--");
    EXPECT_EQ(parts[1].content, "\r\ntwo\r\n");
    const auto cut = parts_of(
        head +
        "--a b\r\nContent-Type: multipart/digest; boundary=c\r\n\r\n--c\r\n\r\nSubject: x\r\n\r\nbody\r\n--a b\r\n\r\nend");
    ASSERT_EQ(cut.size(), 2U);
    EXPECT_EQ(cut[0].content, "body") << "of a message in a digest, whose own end is missing";
    EXPECT_EQ(cut[1].content, "end");
}

TEST(Parts, OfEncodedMessagesAreHeldOnceOver)
{
    std::string message = "Content-Type: text/plain\r\n\r\n" + std::string(1000, 'a');
    const std::string around = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
    message.insert(0, around);
    EXPECT_EQ(parts_of(message).at(0).content, std::string(1000, 'a'));
    EXPECT_TRUE(visit_parts(around + message, [](Part&&) { return true; }).has_error()) << "each level would be another copy";
}

TEST(Parts, AreDecodedWithinALimit)
{
    const auto nothing = [](Part&&) { return true; };
    const std::string body(1000, 'a');
    EXPECT_TRUE(visit_parts("a: b\r\n\r\n" + body, nothing, {.max_decoded_bytes = 1000}).has_value());
    EXPECT_TRUE(visit_parts("a: b\r\n\r\n" + body, nothing, {.max_decoded_bytes = 999}).has_error());
    EXPECT_TRUE(visit_parts("Content-Transfer-Encoding: base64\r\n\r\n" + body, nothing, {.max_decoded_bytes = 753}).has_value());
    const std::string nested =
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na: b\r\n\r\n" + body;
    EXPECT_TRUE(visit_parts(nested, nothing, {.max_decoded_bytes = 2008}).has_value());
    EXPECT_TRUE(visit_parts(nested, nothing, {.max_decoded_bytes = 2007}).has_error()) << "the message around it is held, too";
    const std::string two = "Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n" + nested + "\r\n--q\r\n" + nested;
    EXPECT_TRUE(visit_parts(two, nothing, {.max_decoded_bytes = 2008}).has_value()) << "one after the other";
}

TEST(Parts, StopWhenTheVisitorHasSeenEnough)
{
    const std::string message = "Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\na\r\n--q\r\n\r\nb\r\n--q--\r\n";
    int seen = 0;
    EXPECT_TRUE(visit_parts(message, [&](Part&&) { return ++seen, false; }).has_value());
    EXPECT_EQ(seen, 1);
}

TEST(Parts, HaveLimits)
{
    std::string deep, many = "Content-Type: multipart/mixed; boundary=q\r\n\r\n";
    for (int i = 0; i < 30; ++i)
        deep += "Content-Type: multipart/mixed; boundary=q" + std::to_string(i) + "\r\n\r\n--q" + std::to_string(i) + "\r\n";
    for (int i = 0; i < 1001; ++i) many += "--q\r\n\r\na\r\n";
    const auto nothing = [](Part&&) { return true; };
    EXPECT_TRUE(visit_parts(deep + "\r\nx", nothing).has_error());
    const std::string fifteen_deep = deep.substr(0, deep.find("q15") - 44);
    EXPECT_TRUE(visit_parts(fifteen_deep + "\r\n\r\nx", nothing).has_value());
    EXPECT_TRUE(visit_parts(fifteen_deep + "\r\n\r\n" + std::string(4 * 1024 * 1024, '\n'), nothing).has_error())
        << "would be looked at too often";
    EXPECT_TRUE(visit_parts(many, nothing).has_error());
    EXPECT_TRUE(visit_parts("a: b\r\n\r\nlong", nothing, {.max_message_bytes = 5}).has_error());
    EXPECT_TRUE(visit_parts("", nothing).has_error());
}

DsnFacts sample_report()
{
    DsnFacts facts;
    facts.reporting_host = "mx1.acme.test";
    facts.to = "alice@acme.test";
    facts.envelope_id = "QQ314159";
    facts.arrived_at = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22));
    facts.now = facts.arrived_at + std::chrono::hours(5);
    facts.recipients = {{"bob@partner.test", "rfc822;bob@partner.test", DsnAction::failed, "5.1.1", "mx.partner.test",
                         "550 5.1.1 no such\r\nuser"},
                        {"josé@partner.test", "", DsnAction::delayed, "nonsense", "", ""}};
    facts.original_head = "Subject: secret plans\r\nMessage-ID: <1@acme.test>\r\n\r\n";
    return facts;
}

TEST(Dsn, IsAReportAsRfc3464Says)
{
    const std::string report = build_dsn(sample_report());
    EXPECT_TRUE(has_sound_lines(report));
    const auto head = HeaderBlock::parse(report.substr(0, find_end_of_head(report).value())).value();
    EXPECT_NE(head.find("Content-Type")->find("multipart/report; report-type=delivery-status"), std::string::npos);
    EXPECT_EQ(head.find("Auto-Submitted"), "auto-replied");
    EXPECT_EQ(head.find("References"), "<1@acme.test>");
    EXPECT_EQ(head.find("To"), "<alice@acme.test>");
    EXPECT_EQ(head.find("Subject"), "Undelivered mail: returned to sender / Courrier non remis");

    std::vector<std::string> types;
    std::string status, original;
    EXPECT_TRUE(visit_parts(report, [&](Part&& part) {
                    types.push_back(part.type);
                    if (part.type == "message/delivery-status") status = part.content;
                    if (part.type == "text/rfc822-headers") original = part.content;
                    return true;
                }).has_value());
    EXPECT_EQ(types, (std::vector<std::string>{"text/plain", "message/delivery-status", "text/rfc822-headers"}));
    for (const char* line :
         {"Reporting-MTA: dns; mx1.acme.test\r\n", "Original-Envelope-Id: QQ314159\r\n",
          "Arrival-Date: Sun, 22 Nov 2026 00:00:00 +0000\r\n", "Original-Recipient: rfc822;bob@partner.test\r\n",
          "Final-Recipient: rfc822; bob@partner.test\r\n", "Action: failed\r\nStatus: 5.1.1\r\n",
          "Remote-MTA: dns; mx.partner.test\r\n", "Diagnostic-Code: smtp; 550 5.1.1 no such  user\r\n",
          "Final-Recipient: utf-8; jos\\x{E9}@partner.test\r\nAction: delayed\r\nStatus: 4.0.0\r\n"})
        EXPECT_NE(status.find(line), std::string::npos) << line << "\n" << status;
    EXPECT_NE(original.find("Subject: secret plans"), std::string::npos);
}

TEST(Dsn, SpeaksToPeopleInEnglishAndBelowInFrench)
{
    DsnFacts facts = sample_report();
    facts.retries_until = facts.arrived_at + std::chrono::hours(72);
    const auto read_text = [](const std::string& report) {
        std::string text;
        EXPECT_TRUE(visit_parts(report, [&](Part&& part) {
                        if (part.type == "text/plain") text = part.content;
                        return true;
                    }).has_value());
        return text;
    };
    const std::string both = read_text(build_dsn(facts));
    std::size_t at = 0;
    for (const char* said : {"This is the mail system at mx1.acme.test.", "could not be delivered to", "  bob@partner.test",
                             "failed (5.1.1)", "mx.partner.test said:", "550 5.1.1 no such  user", "jos\xc3\xa9@partner.test",
                             "The first lines of your message", "\xe2\x80\x94", "de messagerie de mx1.acme.test.",
                             "n\xe2\x80\x99"
                             "a pas pu \xc3\xaatre remis",
                             "  bob@partner.test",
                             "\xc3\xa9"
                             "chec (5.1.1)",
                             "mx.partner.test a r\xc3\xa9pondu\xc2\xa0:", "550 5.1.1 no such  user", "en attente (4.0.0)",
                             "Les premi\xc3\xa8res lignes"}) {
        at = both.find(said, at);
        ASSERT_NE(at, std::string::npos) << said << " in its place in\n" << both;
    }
    facts.recipients.erase(facts.recipients.begin());
    const std::string delayed = read_text(build_dsn(facts));
    EXPECT_NE(delayed.find("It is tried until Wed, 25 Nov 2026"), std::string::npos);
    EXPECT_NE(delayed.find("Fin des essais\xc2\xa0: Wed, 25 Nov 2026"), std::string::npos);
    const std::string raw = build_dsn(facts);
    EXPECT_NE(raw.find("you need not send it again."), std::string::npos) << "English can be read as it stands";
    const auto lines = raw.substr(0, raw.find("message/delivery-status"));
    for (std::size_t begin = 0, end = 0; (end = lines.find("\r\n", begin)) != std::string::npos; begin = end + 2)
        EXPECT_LE(end - begin, 76U) << lines.substr(begin, end - begin);
}

TEST(Dsn, HasSoundLinesWhateverTheOtherSideSaid)
{
    DsnFacts facts = sample_report();
    facts.recipients[0].diagnostic = "550 " + std::string(2000, 'X') + " end";
    const std::string report = build_dsn(facts);
    EXPECT_TRUE(has_sound_lines(report));
    EXPECT_NE(report.find(std::string(900, 'X') + "\r\n end\r\n"), std::string::npos);
}

TEST(Dsn, EnclosesTheWholeOriginalAsItStands)
{
    DsnFacts facts = sample_report();
    facts.original = "Subject: secret plans\r\nMessage-ID: <1@acme.test>\r\n\r\nl\xc3\xa0-bas\r\n";
    const std::string report = build_dsn(facts);
    EXPECT_NE(report.find("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + facts.original),
              std::string::npos);
    EXPECT_NE(report.find("MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\n"), std::string::npos);
    EXPECT_EQ(report.find("rfc822-headers"), std::string::npos);
    facts.smtputf8 = true;
    EXPECT_NE(build_dsn(facts).find("Content-Type: message/global\r\n"), std::string::npos);
}

TEST(Dsn, EnclosesNoOriginalThatMimeCouldNotCarry)
{
    for (const std::string& body : {std::string("a\0b\r\n", 5), std::string(999, 'x') + "\r\n", std::string("a\rb\r\n")}) {
        DsnFacts facts = sample_report();
        facts.original = "Subject: secret plans\r\n\r\n" + body;
        EXPECT_EQ(build_dsn(facts).find("message/rfc822"), std::string::npos);
        EXPECT_NE(build_dsn(facts).find("text/rfc822-headers"), std::string::npos);
    }
}

TEST(Dsn, SaysUntilWhenADelayedMessageIsTried)
{
    DsnFacts facts = sample_report();
    facts.retries_until = facts.arrived_at + std::chrono::hours(72);
    const std::string field = "Will-Retry-Until: Wed, 25 Nov 2026 00:00:00 +0000\r\n";
    const std::string report = build_dsn(facts);
    const auto at = report.find(field);
    EXPECT_NE(at, std::string::npos);  // of the delayed recipient, who is the second
    EXPECT_EQ(report.find("Will-Retry-Until", at + 1), std::string::npos);
}

TEST(Dsn, NamesItselfByTheGravestOutcome)
{
    DsnFacts facts = sample_report();
    facts.recipients.erase(facts.recipients.begin());
    EXPECT_NE(build_dsn(facts).find("Subject: Delayed mail"), std::string::npos);
    facts.recipients[0].action = DsnAction::delivered;
    EXPECT_NE(build_dsn(facts).find("Subject: Delivery report"), std::string::npos);
}

TEST(Dsn, TakesOriginalsWithEightBitHeaders)
{
    DsnFacts facts = sample_report();
    facts.original_head = "Subject: \xc3\xa9t\xc3\xa9 " + std::string(3000, 'x') + "\r\n" + std::string(200'000, 'y');
    EXPECT_TRUE(has_sound_lines(build_dsn(facts)));
    EXPECT_LT(build_dsn(facts).size(), 100'000U);
}

TEST(Xtext, GoesThereAndBack)
{
    EXPECT_EQ(encode_xtext("a+b=c d"), "a+2Bb+3Dc+20d");
    EXPECT_EQ(decode_xtext("a+2Bb+3Dc+20d").value(), "a+b=c d");
    for (const char* bad : {"a=b", "a+2", "a+2b", "a+ZZ", "a b", "a+"}) EXPECT_TRUE(decode_xtext(bad).has_error()) << bad;
}

TEST(OriginalRecipient, IsOfTheTypeThatItsAddressNeeds)
{
    EXPECT_EQ(format_original_recipient("anna+tag@acme.test"), "rfc822;anna+tag@acme.test");
    EXPECT_EQ(format_original_recipient("j\xc3\xbcrg+\\=@b\xc3\xbc"
                                        "cher.test \xf0\x9f\x98\x80"),
              "utf-8;j\\x{FC}rg\\x{2B}\\x{5C}\\x{3D}@b\\x{FC}cher.test\\x{20}\\x{1F600}");
    const std::string words = format_original_recipient("\xc3\xbc+@acme.test").substr(6);
    EXPECT_EQ(encode_xtext(words), words) << "it is an xtext already";
}

TEST(MessageId, IsNewEachTime)
{
    EXPECT_NE(make_message_id("acme.test"), make_message_id("acme.test"));
    EXPECT_TRUE(make_message_id("acme.test").ends_with("@acme.test>"));
}

ReceivedFacts sample_connection()
{
    ReceivedFacts facts;
    facts.helo = "mail.partner.test";
    facts.host = "mail.partner.test";
    facts.address = "192.0.2.7";
    facts.by = "mx1.acme.test";
    facts.id = "abc";
    facts.at = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22));
    return facts;
}

TEST(Received, SaysHowTheMessageCame)
{
    auto facts = sample_connection();
    EXPECT_EQ(format_received(facts),
              "Received: from mail.partner.test (mail.partner.test [192.0.2.7])\r\n\tby mx1.acme.test with ESMTP id "
              "abc;\r\n\tSun, 22 Nov 2026 00:00:00 +0000\r\n");
    facts.tls_protocol = "TLSv1.3";
    facts.tls_cipher = "TLS_AES_256_GCM_SHA384";
    facts.authenticated = true;
    facts.address = "2001:db8::1";
    facts.host.clear();
    facts.recipient = "alice@acme.test";
    EXPECT_EQ(
        format_received(facts),
        "Received: from mail.partner.test ([IPv6:2001:db8::1])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384)\r\n\tby "
        "mx1.acme.test with ESMTPSA id abc\r\n\tfor <alice@acme.test>;\r\n\tSun, 22 Nov 2026 00:00:00 +0000\r\n");
    facts.smtputf8 = true;
    EXPECT_NE(format_received(facts).find("with UTF8SMTPSA id"), std::string::npos);
    facts.extended = false;
    EXPECT_NE(format_received(facts).find("with SMTP id"), std::string::npos);
}

TEST(Received, LetsNothingBeInjected)
{
    auto facts = sample_connection();
    facts.helo = "x)\r\nEvil: 1\r\n (";
    const std::string line = format_received(facts);
    EXPECT_EQ(line.find("\nEvil"), std::string::npos);
    EXPECT_TRUE(HeaderBlock::parse(line).has_value());
    EXPECT_EQ(HeaderBlock::parse(line)->fields().size(), 1U);
}

}  // namespace
}  // namespace sealpost::mail
