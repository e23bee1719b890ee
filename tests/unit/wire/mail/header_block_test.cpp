#include "wire/mail/header_block.hpp"
#include "wire/mail/utf8.hpp"

#include <gtest/gtest.h>

namespace sealpost::mail {
namespace {

constexpr const char* sample =
    "Received: from a\r\n\tby b\r\nSubject: one\r\n  two\r\nX-Empty:\r\nreceived: from c\r\nTo : old@acme.test\r\n\r\nbody: not "
    "a header\r\n";

TEST(HeaderBlock, GivesBackEveryOctet)
{
    const auto end = find_end_of_head(sample).value();
    const auto block = HeaderBlock::parse(std::string_view(sample).substr(0, end)).value();
    EXPECT_EQ(block.text() + "\r\n", std::string_view(sample).substr(0, end));
    EXPECT_EQ(block.fields().size(), 5U);
}

TEST(HeaderBlock, FindsUnfoldedValuesWithoutCase)
{
    const auto block = HeaderBlock::parse(sample).value();
    EXPECT_EQ(block.find("SUBJECT"), "one  two");
    EXPECT_EQ(block.find("x-empty"), "");
    EXPECT_EQ(block.find("to"), "old@acme.test");
    EXPECT_EQ(block.find("absent"), std::nullopt);
    EXPECT_EQ(block.find("body"), std::nullopt);
    EXPECT_EQ(block.find_all("Received"), (std::vector<std::string>{"from a\tby b", "from c"}));
}

TEST(HeaderBlock, ChangesFieldsInPlace)
{
    auto block = HeaderBlock::parse("A: 1\r\nB: 2\r\nA: 3\r\nC: 4\r\n").value();
    block.set("a", "new");
    block.remove("B");
    block.append("Last", "9");
    block.set("Made", "yes");
    EXPECT_EQ(block.text(), "a: new\r\nC: 4\r\nLast: 9\r\nMade: yes\r\n");
}

TEST(HeaderBlock, RefusesWhatIsNoHeader)
{
    for (const std::string bad :
         {" begins folded\r\n", "no colon\r\n", "a b: c\r\n", ": c\r\n", "a\xc3\xa9: c\r\n", "a: b\rc\r\n"})
        EXPECT_TRUE(HeaderBlock::parse(bad).has_error()) << bad;
    EXPECT_TRUE(HeaderBlock::parse(std::string_view("a: \0\r\n", 7)).has_error());
}

TEST(HeaderBlock, HoldsItsLimits)
{
    const HeaderLimits tight{.max_bytes = 100, .max_fields = 2, .max_line_bytes = 20};
    EXPECT_TRUE(HeaderBlock::parse("A: 1\r\nB: 2\r\n", tight).has_value());
    EXPECT_TRUE(HeaderBlock::parse("A: 1\r\nB: 2\r\nC: 3\r\n", tight).has_error());
    EXPECT_TRUE(HeaderBlock::parse("A: 12345678901234567890\r\n", tight).has_error());
    EXPECT_TRUE(
        HeaderBlock::parse("A: 1\r\n" + std::string(10, ' ') +
                               "\r\n 3456789012345678\r\n 3456789012345678\r\n 3456789012345678\r\n 345678901234567890\r\n",
                           tight)
            .has_error());
}

TEST(HeaderBlock, MakesWholeLinesOfAHeadThatWasCutAtItsEnd)
{
    for (const char* head : {"Subject: a\r\nTo: b\r\n", "Subject: a\r\nTo: b\r", "Subject: a\r\nTo: b"}) {
        const auto block = HeaderBlock::parse(head);
        ASSERT_TRUE(block.has_value()) << head;
        EXPECT_EQ(block->text(), "Subject: a\r\nTo: b\r\n");
    }
}

TEST(EndOfHead, IsFoundWithEitherLineEnd)
{
    EXPECT_EQ(find_end_of_head("a: b\r\n\r\nx"), 8U);
    EXPECT_EQ(find_end_of_head("a: b\n\nx"), 6U);
    EXPECT_EQ(find_end_of_head("\r\nx"), 2U);
    EXPECT_EQ(find_end_of_head("a: b\r\n"), std::nullopt);
    EXPECT_EQ(find_end_of_head("a: b\r\n\r"), std::nullopt);
    EXPECT_EQ(find_end_of_head(""), std::nullopt);
}

TEST(EndOfHead, IsWhereTheBodyBeginsThatNoEmptyLineParts)
{
    EXPECT_EQ(find_end_of_open_head("a: b\r\n c\r\n\r\n"), 12U) << "as any head";
    EXPECT_EQ(find_end_of_open_head("a: b\r\n c\r\nHello Bob\r\n how are you\r\n"), 10U);
    EXPECT_EQ(find_end_of_open_head("Hello Bob\r\n\r\na: b\r\n"), 0U) << "behind the empty line is text";
    EXPECT_EQ(find_end_of_open_head(" Hello\r\nBob\r\n"), 0U);
    EXPECT_EQ(find_end_of_open_head("a: b\r\n Bcc: c\r\n\r\n"), 17U) << "a continuation, as RFC 5322 has it";
    EXPECT_EQ(find_end_of_open_head("\xef\xbb\xbfHello Bob: how are you\r\n"), 0U);
    EXPECT_EQ(find_end_of_open_head("   \r\nHello\r\n"), 0U);
    EXPECT_EQ(find_end_of_open_head("a: b"), 4U);
    EXPECT_EQ(find_end_of_open_head(""), 0U);
}

TEST(EndOfHead, LeavesNoFieldBehind)
{
    for (const std::string_view broken :
         {"From alice Sun Nov 22\r\nX-Sealpost-Seal: yes\r\n\r\n", "a: b\r\nno field\r\nBcc: c\r\n\r\n",
          "no field\r\n folded\r\nBcc : c\r\n", "    Subject: Report\r\n    X-Sealpost-Seal: yes\r\n    Bcc: c\r\n\r\n",
          "\tBcc: c\n\n", "\xef\xbb\xbfX-Sealpost-Seal: yes\r\n\r\n", " \xef\xbb\xbf\xc2\xa0 Bcc: c\r\n",
          "a: b\r\nno field\r\n  Bcc: c\r\n\r\n",
          "a: b\r\n\xe2\x80\x8b"
          "Bcc: c\r\n\r\n",
          "Hello\r\n\x0c"
          "Bcc: c\r\n"}) {
        EXPECT_EQ(find_end_of_open_head(broken), broken.size()) << broken;
        EXPECT_TRUE(HeaderBlock::parse(broken).has_error()) << broken;
    }
}

TEST(FormatField, FoldsAtSpacesAndLetsNothingIn)
{
    const std::string folded = format_field("References", std::string(60, 'a') + " " + std::string(60, 'b'));
    EXPECT_EQ(folded, "References: " + std::string(60, 'a') + "\r\n " + std::string(60, 'b') + "\r\n");
    EXPECT_EQ(format_field("Subject", "x\r\nBcc: evil@acme.test"), "Subject: x  Bcc: evil@acme.test\r\n");
    const auto again = HeaderBlock::parse(format_field("S", std::string(200, 'x') + "  y " + std::string(100, 'z'))).value();
    EXPECT_EQ(again.find("S"), std::string(200, 'x') + "  y " + std::string(100, 'z'));
}

TEST(EncodedWords, GoThereAndBack)
{
    for (const std::string text : {"plain", "Crédit agréé – très long: ééééééééééééééééééééééééééééééééééééééééééééééé fin",
                                   "日本語のとても長い件名日本語のとても長い件名", "=?utf-8?q?not_one?="}) {
        const std::string encoded = encode_words(text);
        EXPECT_TRUE(is_ascii(encoded));
        EXPECT_EQ(decode_words(encoded), text);
    }
    EXPECT_EQ(decode_words("=?iso-8859-1?Q?caf=E9?= =?utf-8?B?IPCfmIA=?="), "café 😀");
}

TEST(EncodedWords, AreJoinedAcrossPaddingAndSplitCharacters)
{
    EXPECT_EQ(decode_words("=?utf-8?B?w6k=?= =?UTF-8?b?w6k=?=\r\n =?utf-8?B?w6k=?= end"), "ééé end");
    EXPECT_EQ(decode_words("=?utf-8?B?ww==?= =?utf-8?B?qQ==?="), "é");
    EXPECT_EQ(decode_words("=?utf-8?B?w6k=?= x =?iso-8859-1?B?6Q==?="), "é x é");
}

TEST(EncodedWords, OfUnknownCharsetsOrWithoutEndStayAsTheyAre)
{
    EXPECT_EQ(decode_words("=?nonsense?Q?x?= =?utf-8?Q?y"), "=?nonsense?Q?x?= =?utf-8?Q?y");
    EXPECT_EQ(decode_words("=?utf-8*fr?Q?=C3=A9t=E9?= =?utf-7//x?Q?y?="), "ét\uFFFD =?utf-7//x?Q?y?=");
    EXPECT_EQ(decode_words("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?="), "日本");
    EXPECT_EQ(decode_words("=?windows-1255?B?+ezl7Q==?="), "שלום") << "the last letter is kept back by iconv";
    EXPECT_EQ(decode_words("=?ks_c_5601-1987?B?x9GxuQ==?="), "한국");
    EXPECT_EQ(decode_words("=?utf-8?B?w6k=?= =?utf-8?B?w?= =?utf-8?B?6k?="), "éé") << "cut anywhere, without padding";
    std::string open;
    for (int i = 0; i < 30'000; ++i) open += "=?a?Q?x";
    EXPECT_EQ(decode_words(open), open);
}

TEST(FormatField, FoldsAtTabsToo)
{
    const std::string folded = format_field("References", std::string(60, 'a') + "\t" + std::string(60, 'b'));
    EXPECT_EQ(folded, "References: " + std::string(60, 'a') + "\r\n " + std::string(60, 'b') + "\r\n");
}

TEST(EncodedWords, AreSafeWhateverTheyHold)
{
    const std::string decoded = decode_words("=?utf-8?q?a=0D=0ABcc:_x=00=FF?= =?nonsense?q?x?= \xff");
    EXPECT_TRUE(is_utf8(decoded));
    EXPECT_EQ(decoded.find_first_of("\r\n"), std::string::npos);
    EXPECT_EQ(decoded.find('\0'), std::string::npos);
}

TEST(DisplayName, IsQuotedOrEncodedWhereItMust)
{
    EXPECT_EQ(encode_display_name("Alice Smith"), "Alice Smith");
    EXPECT_EQ(encode_display_name("Smith, \"Al\""), R"("Smith, \"Al\"")");
    EXPECT_EQ(encode_display_name("André"), "=?utf-8?B?QW5kcsOp?=");
    EXPECT_EQ(encode_display_name(" "), "");
}

}  // namespace
}  // namespace sealpost::mail
