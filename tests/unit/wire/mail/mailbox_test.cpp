#include "wire/mail/mailbox.hpp"
#include "wire/mail/address_list.hpp"

#include <gtest/gtest.h>

namespace sealpost::mail {
namespace {

std::string through(std::string_view text)
{
    const auto mailbox = parse_mailbox(text);
    return mailbox.has_error() ? "refused" : format_mailbox(*mailbox);
}

TEST(Mailbox, KeepsTheLocalPartAndLowersTheDomain)
{
    EXPECT_EQ(through("Alice.B@ACME.Test"), "Alice.B@acme.test");
    EXPECT_EQ(through("a+b_c=d@acme.test"), "a+b_c=d@acme.test");
}

TEST(Mailbox, QuotesALocalPartOnlyWhereItMust)
{
    EXPECT_EQ(through("\"alice\"@acme.test"), "alice@acme.test");
    EXPECT_EQ(through("\"a b\"@acme.test"), "\"a b\"@acme.test");
    EXPECT_EQ(through(R"("a\"b\\c"@acme.test)"), R"("a\"b\\c"@acme.test)");
    EXPECT_EQ(through("\"a@b\"@acme.test"), "\"a@b\"@acme.test");
    EXPECT_EQ(parse_mailbox("\"a..b\"@acme.test").value().local, "a..b");
}

TEST(Mailbox, RefusesWhatRfc5321DoesNotAllow)
{
    for (const char* bad : {"",
                            "@",
                            "a",
                            "a@",
                            "@acme.test",
                            "a b@acme.test",
                            ".a@acme.test",
                            "a.@acme.test",
                            "a..b@acme.test",
                            "a@-acme.test",
                            "a@acme-.test",
                            "a@acme..test",
                            "a@acme.test.",
                            "a@acme_x.test",
                            "a@192.0.2.1",
                            "\"a@acme.test",
                            "\"\"@acme.test",
                            "\"a\"b@acme.test",
                            "a@b@acme.test",
                            "a@acme.test\r\n",
                            "\"a\rb\"@acme.test",
                            "a@[192.0.2.1",
                            "a@[192.0.2.256]",
                            "a@[2001:db8::1]",
                            "a@[IPv6:192.0.2.1]",
                            "a@[x]",
                            "a@[]",
                            "<a@acme.test>"})
        EXPECT_TRUE(parse_mailbox(bad).has_error()) << bad;
}

TEST(Mailbox, RefusesALocalPartThatTheEyeDoesNotSee)
{
    for (const char* hidden : {"\xC2\x9B", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\x8B", "\xE2\x80\x8D",
                               "\xE2\x80\x8F", "\xE2\x80\xAE", "\xE2\x81\xA0", "\xE2\x81\xA7", "\xD8\x9C", "\xEF\xBB\xBF"}) {
        EXPECT_TRUE(parse_mailbox("b" + std::string(hidden) + "b@acme.test").has_error()) << hidden;
        EXPECT_TRUE(parse_mailbox("\"b" + std::string(hidden) + "b\"@acme.test").has_error()) << hidden;
        EXPECT_TRUE(parse_path("<b" + std::string(hidden) + "b@acme.test>").has_error()) << hidden;
    }
    const std::string persian = "\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xB1\xD9\x88\xD9\x85@acme.test";
    EXPECT_EQ(through(persian), persian) << "its joiner is a letter's part";
    EXPECT_EQ(through("\xD8\xB9\xD9\x84\xD9\x8A@acme.test"), "\xD8\xB9\xD9\x84\xD9\x8A@acme.test") << "Arabic needs no mark";
}

TEST(Mailbox, HoldsTheLimitsOfRfc5321)
{
    EXPECT_TRUE(parse_mailbox(std::string(64, 'a') + "@acme.test").has_value());
    EXPECT_TRUE(parse_mailbox(std::string(65, 'a') + "@acme.test").has_error());
    EXPECT_TRUE(parse_mailbox("a@" + std::string(63, 'a') + ".test").has_value());
    EXPECT_TRUE(parse_mailbox("a@" + std::string(64, 'a') + ".test").has_error());
    std::string long_domain;
    for (int i = 0; i < 50; ++i) long_domain += "abcd.";
    EXPECT_TRUE(parse_mailbox("a@" + long_domain + "tests").has_value());   // 255
    EXPECT_TRUE(parse_mailbox("a@" + long_domain + "testss").has_error());  // 256
}

TEST(Mailbox, ReadsAddressLiterals)
{
    EXPECT_EQ(through("a@[192.0.2.1]"), "a@[192.0.2.1]");
    EXPECT_EQ(through("a@[ipv6:2001:DB8:0::1]"), "a@[IPv6:2001:db8::1]");
    EXPECT_TRUE(parse_mailbox("a@[192.0.2.1]").value().is_literal());
}

TEST(Mailbox, TurnsDomainsIntoALabels)
{
    const auto mailbox = parse_mailbox("josé@bücher.test");
    ASSERT_TRUE(mailbox.has_value());
    EXPECT_EQ(mailbox->domain, "xn--bcher-kva.test");
    EXPECT_EQ(format_domain_for_people(mailbox->domain), "bücher.test");
}

TEST(Mailbox, TakesUtf8OnlyWhenItWasAskedFor)
{
    EXPECT_TRUE(parse_mailbox("josé@acme.test", Smtputf8::refused).has_error());
    EXPECT_TRUE(parse_mailbox("jose@bücher.test", Smtputf8::refused).has_error());
    EXPECT_TRUE(parse_mailbox("jos\xe9@acme.test").has_error());
    EXPECT_TRUE(parse_mailbox("jos\xc0\xaf@acme.test").has_error());
}

TEST(Mailbox, TakesLettersOfEitherCaseAndMapsNothingElseInADomain)
{
    EXPECT_EQ(parse_domain("BÜCHER.Test").value(), "xn--bcher-kva.test");
    EXPECT_EQ(parse_domain("straße.test").value(), "xn--strae-oqa.test");
    for (const char* alike : {"\uff41cme.test", "acme\u3002test", "acme\uff0etest", "ac\u200bme.test", "ac\u00adme.test",
                              "acm\u24d4.test", "\u210dcme.test", "acme.test\uff0f", "\u2100cme.test"})
        EXPECT_TRUE(parse_domain(alike).has_error()) << alike;
}

TEST(Path, ReadsEmptyPostmasterAndSourceRoutes)
{
    EXPECT_TRUE(parse_path("<>").value().empty());
    EXPECT_EQ(format_path(Mailbox{}), "<>");
    EXPECT_EQ(parse_path("<Postmaster>").value(), (Mailbox{"Postmaster", ""}));
    EXPECT_EQ(format_path(parse_path("<@one.test,@two.test:a@acme.test>").value()), "<a@acme.test>");
    for (const char* bad : {"", "a@acme.test", "<a@acme.test", "<a>", "<@one.test:>", "<@one.test a@acme.test>",
                            "<one.test:a@acme.test>", "< a@acme.test>"})
        EXPECT_TRUE(parse_path(bad).has_error()) << bad;
}

TEST(Path, MayLackTheDomainWhereItsReaderCompletesIt)
{
    const auto parse = [](const char* text) { return parse_path(text, Smtputf8::allowed, Domain::may_lack); };
    EXPECT_EQ(parse("<anna>").value(), (Mailbox{"anna", ""}));
    EXPECT_EQ(parse("<\"a b\">").value(), (Mailbox{"a b", ""}));
    EXPECT_EQ(parse("<a@acme.test>").value(), (Mailbox{"a", "acme.test"}));
    for (const char* bad : {"<a@>", "<@acme.test>", "<a b>", "<a", "<a.>"}) EXPECT_TRUE(parse(bad).has_error()) << bad;
}

TEST(DomainOf, IsThatOfAnAddressInLowerCase)
{
    EXPECT_EQ(domain_of("Bob@Partner.TEST"), "partner.test");
    EXPECT_EQ(domain_of("\"odd@local\"@partner.test"), "partner.test");
    EXPECT_EQ(domain_of("@partner.test"), "partner.test");
    for (const char* none : {"", "postmaster", "broken@", "\"odd@local\""}) EXPECT_EQ(domain_of(none), "") << none;
}

TEST(IsPostmaster, TakesAnyDomainAndNone)
{
    for (const char* one : {"postmaster", "PostMaster", "Postmaster@acme.test"}) EXPECT_TRUE(is_postmaster(one)) << one;
    for (const char* other : {"", "postmaster2@acme.test", "@postmaster", "a@postmaster"})
        EXPECT_FALSE(is_postmaster(other)) << other;
}

TEST(AddressList, ReadsNamesCommentsAndGroups)
{
    const auto list = parse_address_list(
                          "\"Doe, Jane\" <jane@acme.test>, bob@partner.test (Bob), team: x@acme.test, =?utf-8?q?Andr=C3=A9?= "
                          "<y@acme.test>;, junk")
                          .value();
    ASSERT_EQ(list.size(), 4U);
    EXPECT_EQ(list[0].name, "Doe, Jane");
    EXPECT_EQ(list[0].mailbox, (Mailbox{"jane", "acme.test"}));
    EXPECT_EQ(list[1].mailbox.local, "bob");
    EXPECT_EQ(list[3].name, "André");
}

TEST(AddressList, WritesWhatItReads)
{
    const std::vector<NamedMailbox> list = {
        {"Doe, \"J\"", {"jane", "acme.test"}}, {"", {"bob", "partner.test"}}, {"André", {"y", "acme.test"}}};
    for (const auto& address : list) {
        const auto again = parse_address_list(format_named(address)).value();
        ASSERT_EQ(again.size(), 1U);
        EXPECT_EQ(again[0].name, address.name);
        EXPECT_EQ(again[0].mailbox, address.mailbox);
    }
}

TEST(AddressList, SurvivesCommentsThatDoNotEnd)
{
    EXPECT_EQ(parse_address_list("a@acme.test (Al (ice").value().size(), 1U);
    EXPECT_EQ(parse_address_list("a@[192.0.2.1](x\\").value().size(), 1U);
}

TEST(AddressList, KeepsParenthesesOfQuotedStrings)
{
    const auto list = parse_address_list("\"Bob :(\" <bob@acme.test>, \"a\\(b (\"@acme.test").value();
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].name, "Bob :(");
    EXPECT_EQ(list[1].mailbox.local, "a(b (");
}

TEST(AddressList, TakesAQuoteThatNothingClosesForACharacter)
{
    const auto list = parse_address_list("\"Bob (Sales) <bob@acme.test>").value();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].mailbox, (Mailbox{"bob", "acme.test"}));
    EXPECT_EQ(parse_whole_address_list("Ann [Sales (EU)] <ann@acme.test>").value().at(0).mailbox.local, "ann");
}

std::string repeat(std::string_view text, int times)
{
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

TEST(AddressList, IsRefusedWhereItWouldTakeALibraryTooLong)
{
    EXPECT_TRUE(parse_address_list(repeat("a:", 60'000)).has_error()) << "groups in groups";
    EXPECT_TRUE(parse_address_list(repeat("a:", 900)).has_value());
    EXPECT_TRUE(parse_address_list(repeat("a,", 60'000)).has_error()) << "names with commas";
    EXPECT_TRUE(parse_address_list(repeat("=?a?Q?x", 9'000)).value().empty()) << "words that do not end";
    EXPECT_TRUE(parse_whole_address_list(repeat("a:", 60'000)).has_error());
}

TEST(AddressList, ReadsNamesOfAnyCharsetAndLeavesUnknownOnes)
{
    const auto list = parse_address_list(
                          "=?iso-8859-1?Q?Andr=E9?= =?utf-8?B?IMOp?= <a@acme.test>, \"=?utf-8?q?=C3=A9_\\=22?=\" "
                          "<b@acme.test>, c@acme.test (=?utf-8?Q?C=28?=), =?nonsense?Q?x?= <d@acme.test>, "
                          "\"=\\?nonsense?Q?x?=\" <e@acme.test>")
                          .value();
    ASSERT_EQ(list.size(), 5U);
    EXPECT_EQ(list[0].name, "André é");
    EXPECT_EQ(list[2].mailbox.local, "c");
    EXPECT_EQ(list[3].name, "= ?nonsense?Q?x?=");
    EXPECT_EQ(list[4].name, "= ?nonsense?Q?x?=");
}

TEST(AddressList, SeesNoEndOfANameInAnEncodedWord)
{
    const auto list = parse_address_list("=?utf-8?q?a <ceo@acme.test>, ?= <bob@acme.test>").value();
    EXPECT_EQ(list.size(), 2U) << "as readers see it who know what a word may not hold";
}

TEST(WholeAddressList, IsWhatHonestMailWrites)
{
    for (const char* honest :
         {"a@acme.test", "A <a@acme.test>", "\"b@evil.test\" <a@acme.test>", "a@acme.test <a@ACME.test>",
          "a@acme.test (b@evil.test)", "=?utf-8?q?b@evil.test?= <a@acme.test>", "team: a@acme.test, b@acme.test;",
          "\"a\\\"@\\\\\" <a@acme.test>", "\"x y\"@acme.test", "=?utf-8?B?QW5kcsOp?= <a@acme.test>", "a@b\u00fccher.test",
          "a @ acme.test", "a@[192.0.2.1]", "Ann, Bob's <a@acme.test>"}) {
        const auto whole = parse_whole_address_list(honest);
        const auto lenient = parse_address_list(honest);
        ASSERT_TRUE(whole.has_value()) << honest;
        EXPECT_EQ(whole->size(), lenient.value().size()) << honest;
        EXPECT_GE(whole->size(), 1U) << honest;
    }
}

TEST(WholeAddressList, IsRefusedWhereAnotherReaderMightFindMore)
{
    for (const char* bad : {"a@acme.test, b..x@bank.test", "a@acme.test, <b x@bank.test>", "a@acme.test \"b@bank.test",
                            "a@acme.test, \"B\" b@bank.test", "a@acme.test (b@bank.test", "a@acme.test \\\", b@bank.test, \\\"",
                            "a@bank.test <b@acme.test>", "<@bank.test:b@acme.test>", "a@acme.test, =?x?q?,?=b@bank.test",
                            "a@acme.test, b@", "a@acme.test, =?x?q?a <b@bank.test>?="})
        EXPECT_TRUE(parse_whole_address_list(bad).has_error()) << bad;
}

TEST(WholeAddressList, FindsNoDomainThatDoesNotStandThere)
{
    // GMime passes over the bracket, where others end the address or refuse it.
    EXPECT_TRUE(parse_whole_address_list("ann@acme, tes@ acme . test . tes].test").has_error());
    EXPECT_EQ(parse_whole_address_list("ann@acme, tes@ acme . TEST").value().at(1).mailbox.domain, "acme.test");
    EXPECT_EQ(parse_whole_address_list("ann@[192.0.2.1], tes@b\xc3\xbc"
                                       "cher.test")
                  .value()
                  .size(),
              2U);
}

TEST(WholeAddressList, FindsTheOneAddressBehindANameThatBreaksTheRules)
{
    for (const char* sloppy : {"Ann [acme] <a@acme.test>", "[acme] Ann, (x@bank.test) & Co. <a@acme.test>",
                               "ACME\\ann <a@acme.test>", "\"x@bank.test\" [x] <a@acme.test>"}) {
        const auto whole = parse_whole_address_list(sloppy);
        ASSERT_TRUE(whole.has_value()) << sloppy;
        ASSERT_EQ(whole->size(), 1U) << sloppy;
        EXPECT_EQ((*whole)[0].mailbox, (Mailbox{"a", "acme.test"})) << sloppy;
    }
    for (const char* bad : {"Ann [b@bank.test] <a@acme.test>", "[x] <a..b@acme.test>", "[x] <\"b\"a@acme.test>",
                            "[x] a@acme.test", "[x] <a@acme.test> y", "[x] <y> <a@acme.test>", "[\"x] <a@acme.test>"})
        EXPECT_TRUE(parse_whole_address_list(bad).has_error()) << bad;
}

// Each of these shows ceo@bank.test to readers who take encoded words, brackets or quoted strings in comments first.
TEST(WholeAddressList, IsRefusedWhereAnotherReaderMightSeeAnotherOneFirst)
{
    for (const char* bad :
         {"=?utf-8?q?(?= <ceo@bank.test> =?utf-8?q?)?=, <me@evil.test>",
          "=?utf-8?q?\"?= <ceo@bank.test> =?utf-8?q?\"?=, <me@evil.test>", "[ \" ] <ceo@bank.test> [ \" ], <me@evil.test>",
          "[(] <ceo@bank.test> [)], <me@evil.test>", "(a \"x)\") <ceo@bank.test> (\"), <me@evil.test>"})
        EXPECT_TRUE(parse_whole_address_list(bad).has_error()) << bad;
}

TEST(AddressList, GetsNoMembersOutOfEncodedWords)
{
    const auto domains_of = [](std::string_view value) {
        std::string domains;
        for (const auto& one : parse_address_list(value).value()) domains += one.mailbox.domain + " ";
        return domains;
    };
    EXPECT_EQ(domains_of("\"x =?utf-8?q?=2C_=3Cceo=40bank.test=3E=2C?= <me@evil.test>"), "evil.test ");
    EXPECT_EQ(domains_of("[ , \"abc ] =?utf-8?q?=3Cceo=40bank.test=3E?= \" <me@evil.test>"), "evil.test ");
    EXPECT_EQ(domains_of("\\\" , =?utf-8?q?=3Cceo=40bank.test=3E?= \", you@other.test"), "other.test ");
}

TEST(WholeAddressList, EndsWhereverAnEncodedWordIsCutOff)
{
    const std::string word = "a@acme.test =?utf-8?Q?x?=";
    for (std::size_t size = word.find('='); size < word.size(); ++size)
        EXPECT_NO_THROW((void)parse_whole_address_list(word.substr(0, size))) << word.substr(0, size);
    EXPECT_NO_THROW((void)parse_whole_address_list("[x] =?a?\?<a@acme.test>"));
}

TEST(WholeAddressList, NamesBothWhereTheCommaIsMissing)
{
    EXPECT_EQ(parse_whole_address_list("a@acme.test b@bank.test").value().size(), 2U);
}

TEST(AddressList, HasALimit)
{
    std::string many;
    for (int i = 0; i < 1001; ++i) many += "a@acme.test,";
    EXPECT_TRUE(parse_address_list(many).has_error());
    EXPECT_TRUE(parse_address_list("").value().empty());
}

}  // namespace
}  // namespace sealpost::mail
