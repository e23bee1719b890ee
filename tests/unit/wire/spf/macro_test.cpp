#include "wire/spf/macro.hpp"
#include "wire/spf/name.hpp"

#include <gtest/gtest.h>

namespace sealpost::spf {
namespace {

std::string expand(std::string_view text, std::string_view ip = "192.0.2.3")
{
    const MacroValues values{.sender = "strong-bad@email.example.com",
                             .local_part = "strong-bad",
                             .sender_domain = "email.example.com",
                             .domain = "email.example.com",
                             .ip = *parse_ip(ip),
                             .validated_name = "mx.example.org",
                             .helo = "helo.example.org",
                             .receiver = "mx.receiver.example",
                             .at = WallTime(std::chrono::milliseconds(1'795'600'000'999))};
    MacroTraits traits;
    EXPECT_FALSE(check_macros(text, MacroUse::explanation, traits));
    std::string out;
    EXPECT_TRUE(expand_macros(text, values, 4096, out));
    return out;
}

// RFC 7208 §7.4, line by line.
TEST(SpfMacro, ExpandsTheExamplesOfTheRfc)
{
    const std::pair<std::string_view, std::string_view> examples[] = {
        {"%{s}", "strong-bad@email.example.com"},
        {"%{o}", "email.example.com"},
        {"%{d}", "email.example.com"},
        {"%{d4}", "email.example.com"},
        {"%{d3}", "email.example.com"},
        {"%{d2}", "example.com"},
        {"%{d1}", "com"},
        {"%{dr}", "com.example.email"},
        {"%{d2r}", "example.email"},
        {"%{l}", "strong-bad"},
        {"%{l-}", "strong.bad"},
        {"%{lr}", "strong-bad"},
        {"%{lr-}", "bad.strong"},
        {"%{l1r-}", "strong"},
        {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
        {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
        {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
        {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
        {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
    };
    for (const auto& [text, expected] : examples) EXPECT_EQ(expand(text), expected) << text;
    EXPECT_EQ(expand("%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01"),
              "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com");
}

TEST(SpfMacro, KnowsTheLettersOfExplanations)
{
    EXPECT_EQ(expand("%{c} %{r} %{t} %{h} %{p}"), "192.0.2.3 mx.receiver.example 1795600000 helo.example.org mx.example.org");
    EXPECT_EQ(expand("%{c}", "2001:DB8:0::1"), "2001:db8::1");
    EXPECT_EQ(expand("%{p2} %{pr}"), "example.org org.example.mx");
}

TEST(SpfMacro, EscapesForCapitalLetters)
{
    EXPECT_EQ(expand("%{S}"), "strong-bad%40email.example.com");
    EXPECT_EQ(expand("%%%_%-"), "% %20");
}

TEST(SpfMacro, SaysWhereAFaultIs)
{
    const auto fault_at = [](std::string_view text, MacroUse use) {
        MacroTraits traits;
        const auto fault = check_macros(text, use, traits);
        return fault ? static_cast<long>(fault->at) : -1;
    };
    EXPECT_EQ(fault_at("ab%{x}", MacroUse::name), 4);
    EXPECT_EQ(fault_at("ab%", MacroUse::name), 2);
    EXPECT_EQ(fault_at("%{d", MacroUse::name), 3);
    EXPECT_EQ(fault_at("%{d0}", MacroUse::name), 3);
    EXPECT_EQ(fault_at("%{t}", MacroUse::name), 2);
    EXPECT_EQ(fault_at("%{t}", MacroUse::explanation), -1);
    EXPECT_EQ(fault_at("a b", MacroUse::name), 1);
    EXPECT_EQ(fault_at("a b", MacroUse::explanation), -1);
    EXPECT_EQ(fault_at(std::string_view("%{\0}", 4), MacroUse::name), 2);
}

TEST(SpfMacro, StopsWhereTheTextGrowsTooLong)
{
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "%{s}";
    std::string out;
    MacroValues values;
    values.sender = "somebody@example.com";
    EXPECT_FALSE(expand_macros(text, values, 100, out));
    EXPECT_LE(out.size(), 120U);
}

TEST(SpfName, IsTruncatedOnItsLeft)
{
    const std::string label(60, 'a');
    std::string name = "first.of." + label + "." + label + "." + label + "." + label + ".com";
    truncate_left(name);
    EXPECT_EQ(name, "of." + label + "." + label + "." + label + "." + label + ".com") << name.size();
    std::string exact = std::string(9, 'x') + "." + label + "." + label + "." + label + "." + std::string(60, 'b');
    ASSERT_EQ(exact.size(), 253U);
    const std::string before = exact;
    truncate_left(exact);
    EXPECT_EQ(exact, before);
    exact.insert(0, "y.");
    truncate_left(exact);
    EXPECT_EQ(exact, before);
    std::string one_label(300, 'z');
    truncate_left(one_label);
    EXPECT_EQ(one_label, "");
}

TEST(SpfName, IsSameOrBelowByWholeLabels)
{
    EXPECT_TRUE(is_same_or_below("example.com", "example.com"));
    EXPECT_TRUE(is_same_or_below("a.example.com", "example.com"));
    EXPECT_FALSE(is_same_or_below("badexample.com", "example.com"));
    EXPECT_FALSE(is_same_or_below("com", "example.com"));
}

}  // namespace
}  // namespace sealpost::spf
