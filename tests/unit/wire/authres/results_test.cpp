#include "wire/authres/results.hpp"

#include "base/text.hpp"
#include "wire/authres/received_spf.hpp"

#include <gmock/gmock.h>

namespace sealpost::authres {
namespace {

using testing::HasSubstr;
using testing::Not;

mail::HeaderBlock head_of(const std::string& text) { return mail::HeaderBlock::parse(text).value(); }

void expect_clean_field(const std::string& field)
{
    ASSERT_TRUE(field.ends_with("\r\n"));
    const auto head = head_of(field);
    EXPECT_EQ(head.fields().size(), 1U) << field;
    for (const auto line : split(field, '\n')) EXPECT_LE(line.size(), 998U);
    for (const char c : field) EXPECT_TRUE(static_cast<unsigned char>(c) >= 32 || c == '\r' || c == '\n' || c == '\t');
}

// --- writing

TEST(AuthenticationResults, AreWrittenAMethodALine)
{
    const Results results{
        "mx1.acme.test",
        {{"spf", "pass", "", {{"smtp", "mailfrom", "carol@partner.test"}}},
         {"dkim", "fail", "the body was changed", {{"header", "d", "partner.test"}, {"header", "b", "ab/c+d="}}}}};
    EXPECT_EQ(format_field(results),
              "Authentication-Results: mx1.acme.test;\r\n"
              "\tspf=pass smtp.mailfrom=carol@partner.test;\r\n"
              "\tdkim=fail reason=\"the body was changed\" header.d=partner.test\r\n"
              "\theader.b=\"ab/c+d=\"\r\n");
    EXPECT_EQ(format_value(results),
              "mx1.acme.test; spf=pass smtp.mailfrom=carol@partner.test; "
              "dkim=fail reason=\"the body was changed\" header.d=partner.test header.b=\"ab/c+d=\"");
}

TEST(AuthenticationResults, SayNoneWithoutAMethod)
{
    EXPECT_EQ(format_field({"mx1.acme.test", {}}), "Authentication-Results: mx1.acme.test; none\r\n");
    EXPECT_EQ(format_value({"mx1.acme.test", {}}), "mx1.acme.test; none");
}

TEST(AuthenticationResults, LetNothingBeInjected)
{
    for (const std::string& evil :
         {std::string("x\r\nBcc: eve@evil.test\r\n"), std::string("x; dkim=pass header.d=bank.test"),
          std::string("a\"; dmarc=pass"), std::string("a\\"), std::string("(comment"), std::string(5000, 'a'),
          std::string("\xff\xfe\0\x01", 4), std::string(300, '"'), std::string("a@b; spf=pass")}) {
        const Results results{"mx1.acme.test", {{"spf", "fail", evil, {{"smtp", "mailfrom", evil}, {"smtp", "helo", evil}}}}};
        const auto field = format_field(results);
        expect_clean_field(field);
        const auto again = parse_value(mail::unfold(head_of(field).fields().front()));
        ASSERT_TRUE(again) << again.error().text;
        ASSERT_EQ(again->methods.size(), 1U) << field;
        EXPECT_EQ(again->methods[0].properties.size(), 2U) << field;
        EXPECT_EQ(again->methods[0].result, "fail");
    }
}

TEST(AuthenticationResults, QuoteWhatIsNoTokenNorAddress)
{
    EXPECT_THAT(format_value({"a", {{"iprev", "pass", "", {{"policy", "iprev", "2001:db8::1"}}}}}), HasSubstr("\"2001:db8::1\""));
    EXPECT_THAT(format_value({"a", {{"spf", "pass", "", {{"smtp", "mailfrom", "\"a b\"@c.test"}}}}}),
                HasSubstr("=\"\\\"a b\\\"@c.test\""));
    EXPECT_THAT(format_value({"a", {{"dkim", "pass", "", {{"header", "i", "@c.test"}}}}}), HasSubstr("header.i=@c.test"));
}

// --- reading

TEST(AuthenticationResults, AreReadAsTheRfcsExamplesWriteThem)
{
    // RFC 8601 appendix B.
    const auto none = parse_value("example.org 1; none").value();
    EXPECT_EQ(none.authserv_id, "example.org");
    EXPECT_TRUE(none.methods.empty());
    const auto many = parse_value(
                          "example.com;\r\n          sender-id=fail header.from=example.com;\r\n"
                          "          dkim=pass (good signature) header.d=example.com")
                          .value();
    ASSERT_EQ(many.methods.size(), 2U);
    EXPECT_EQ(many.methods[1], (MethodResult{"dkim", "pass", "", {{"header", "d", "example.com"}}}));
    const auto commented = parse_value(
                               "foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) "
                               "fail\r\n policy (A dot can go here) . (like that) expired\r\n (this surprised me) = (as I "
                               "wasn't expecting it) 1362471462")
                               .value();
    EXPECT_EQ(commented.authserv_id, "foo.example.net");
    EXPECT_EQ(commented.methods.at(0), (MethodResult{"dkim", "fail", "", {{"policy", "expired", "1362471462"}}}));
}

TEST(AuthenticationResults, AreReadAsOthersWriteThem)
{
    const auto read = parse_value(
                          "mx.example.org; dkim=pass header.i=@a.test header.s=s1 header.b=abc/def+;"
                          " spf=pass (mx.example.org: domain of x@a.test designates 192.0.2.1 as permitted (ok) \\) sender)"
                          " smtp.mailfrom=\"x y\"@a.test; DMARC=Pass (p=REJECT) action=none header.from=a.test;")
                          .value();
    ASSERT_EQ(read.methods.size(), 3U);
    EXPECT_EQ(*read.methods[0].find("header", "i"), "@a.test");
    EXPECT_EQ(*read.methods[0].find("header", "b"), "abc/def+");
    EXPECT_EQ(*read.methods[1].find("smtp", "mailfrom"), "x y@a.test");
    EXPECT_EQ(read.methods[2].method, "dmarc");
    EXPECT_EQ(read.methods[2].result, "pass");
    EXPECT_EQ(read.methods[2].find("", "action"), nullptr);
}

TEST(AuthenticationResults, ComeBackAsTheyWereWritten)
{
    const Results results{"mx \"1\"",
                          {{"spf", "softfail", "it \\ said (so)", {{"smtp", "mailfrom", "c(d)@e"}, {"smtp", "helo", ""}}}}};
    EXPECT_EQ(parse_value(format_value(results)).value(), results);
}

TEST(AuthenticationResults, AreRefusedWholeWhenTheyAreBroken)
{
    for (const std::string bad : {"",
                                  ";",
                                  "a",
                                  "a;",
                                  "a; ;",
                                  "a 2; none",
                                  "a; spf",
                                  "a; spf=",
                                  "a; =pass",
                                  "a; spf=pass smtp",
                                  "a; spf=pass smtp.=x",
                                  "a; spf=pass smtp.mailfrom=",
                                  "a; spf=pass (open",
                                  "(open a; none",
                                  "\"a; none",
                                  "a b; none",
                                  "a; none; spf=pass",
                                  "a; spf/=pass",
                                  "a; spf=pass smtp.helo=\"x",
                                  "a; spf=pass, dkim=pass"})
        EXPECT_EQ(parse_value(bad).has_error() ? parse_value(bad).error().fault : Fault::give_up, Fault::peer_broke_it) << bad;
    EXPECT_TRUE(parse_value("a; spf=pass reason=\"" + std::string(max_parsed_bytes, 'x') + '"').has_error());
    std::string many = "a";
    for (int i = 0; i < 101; ++i) many += "; spf=pass";
    EXPECT_TRUE(parse_value(many).has_error());
}

// --- forged ones

TEST(ForgedResults, GoHoweverTheyClaimOurName)
{
    for (const std::string claim :
         {"mx1.acme.test; spf=pass", "MX1.ACME.TEST; spf=pass", "mx1.acme.test 1; spf=pass", "mx1.acme.test 2; spf=pass",
          "(hello) mx1.acme.test (world); spf=pass", "\"mx1.acme.test\"; spf=pass", "\"mx1\\.acme.test\"; spf=pass",
          "mx1.acme.test.; spf=pass", "\r\n mx1.acme.test\r\n ; spf=pass", "mx1.acme.test", "mx1.acme.test; utter nonsense ((",
          "results.acme.test;none", "(a(b)\\)c)mx1.acme.test;none", "mx1.acme.test\t1\t;none"}) {
        auto head = head_of("authentication-RESULTS: " + claim + "\r\nSubject: x\r\n");
        EXPECT_EQ(remove_forged(head, {"results.acme.test", "mx1.acme.test"}), 1U) << claim;
        EXPECT_EQ(head.text(), "Subject: x\r\n");
    }
}

TEST(ForgedResults, GoWhenItCannotBeToldWhoseTheyAre)
{
    for (const std::string claim :
         {"", ";", "(open mx1.acme.test; spf=pass", "\"mx1.acme.test; spf=pass", "mx1 . acme . test; spf=pass",
          "other.test mx1.acme.test; spf=pass", "=?utf-8?q?mx1?=; spf=pass", "mx1/acme; spf=pass"}) {
        auto head = head_of("Authentication-Results: " + claim + "\r\n");
        EXPECT_EQ(remove_forged(head, {"mx1.acme.test"}), 1U) << claim;
    }
}

TEST(ForgedResults, AreNotThoseOfOthers)
{
    const std::string text =
        "Authentication-Results: mx.other.test; spf=pass\r\n"
        "Authentication-Results: notmx1.acme.test; spf=pass\r\n"
        "Authentication-Results: mx1.acme.test.evil.test 1; spf=pass\r\n"
        "Authentication-Results: (mx1.acme.test) other.test; spf=pass\r\n"
        "ARC-Authentication-Results: i=1; mx1.acme.test; spf=pass\r\n"
        "X-Authentication-Results: mx1.acme.test; spf=pass\r\n";
    auto head = head_of(text);
    EXPECT_EQ(remove_forged(head, {"mx1.acme.test"}), 0U);
    EXPECT_EQ(head.text(), text);
}

TEST(ForgedResults, GoWithOurNameInItsOtherAlphabet)
{
    auto head = head_of(
        "Authentication-Results: mx.b\xc3\xbc"
        "cher.test; spf=pass\r\nAuthentication-Results: \"mx.b\xc3\xbc"
        "cher.test\"; none\r\n");
    EXPECT_EQ(remove_forged(head, {"mx.xn--bcher-kva.test"}), 2U);
}

// --- Received-SPF

TEST(ReceivedSpfField, IsWrittenAsTheRfcHasIt)
{
    EXPECT_EQ(format_received_spf({"pass", "mx1.acme.test: domain of carol@partner.test designates 192.0.2.5 as permitted sender",
                                   "192.0.2.5", "carol@partner.test", "out.partner.test", "", "mx1.acme.test", "mailfrom",
                                   "ip4:192.0.2.0/24"}),
              "Received-SPF: pass\r\n"
              "\t(mx1.acme.test: domain of carol@partner.test designates 192.0.2.5 as permitted sender)\r\n"
              "\tclient-ip=192.0.2.5; envelope-from=\"carol@partner.test\";\r\n"
              "\thelo=out.partner.test; receiver=mx1.acme.test; identity=mailfrom;\r\n"
              "\tmechanism=\"ip4:192.0.2.0/24\"\r\n");
    ReceivedSpf bare;
    bare.result = "none";
    EXPECT_EQ(format_received_spf(bare), "Received-SPF: none\r\n");
}

TEST(ReceivedSpfField, LetsNothingBeInjected)
{
    const std::string evil = "x) pass (\r\nX-Evil: yes\r\n\\\"; identity=helo; result=pass";
    const auto field = format_received_spf({"fail", evil, evil, evil, evil, evil, evil, evil, evil});
    expect_clean_field(field);
    EXPECT_THAT(field, Not(HasSubstr("\r\nX-Evil")));
    EXPECT_THAT(field, HasSubstr("\\) pass \\("));
    expect_clean_field(format_received_spf({"fail", std::string(4000, '('), "", std::string(4000, '"'), "", "", "", "", ""}));
}

}  // namespace
}  // namespace sealpost::authres
