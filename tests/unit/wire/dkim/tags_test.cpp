#include "wire/dkim/tags.hpp"

#include "wire/dkim/head.hpp"

#include <gtest/gtest.h>

namespace sealpost::dkim {
namespace {

TEST(TagList, HoldsNamesAndValuesWithoutTheSpaceAround)
{
    const auto tags = TagList::parse(" a = 1 ;\r\n\tb_2=x y;c=;").value();
    ASSERT_EQ(tags.tags().size(), 3U);
    EXPECT_EQ(tags.value("a"), "1");
    EXPECT_EQ(tags.value("b_2"), "x y");
    EXPECT_EQ(tags.value("c"), "");
    EXPECT_EQ(tags.value("A"), std::nullopt);
}

TEST(TagList, RefusesWhatIsNone)
{
    for (const char* text :
         {"", " ", ";", "a", "=1", "a=1;;b=2", "1a=2", "a b=1", "a=1; a=2", "a=\x01", "a=\x7f", "-=1", "a=1;b"})
        EXPECT_TRUE(TagList::parse(text).has_error()) << text;
}

TEST(TagList, SkipsEmptyTagsWhereItIsTo)
{
    const auto tags = TagList::parse(";a=1;;b=2; ;", EmptyTags::skipped).value();
    ASSERT_EQ(tags.tags().size(), 2U);
    EXPECT_EQ(tags.value("b"), "2");
    for (const char* text : {"", " ", ";", "; ;", "a=1;;a=2", "a=1;;b", "a=1;;=2"})
        EXPECT_TRUE(TagList::parse(text, EmptyTags::skipped).has_error()) << text;
}

// RFC 6376 §2.10.
TEST(Base64string, NeedsNoPadding)
{
    const Bytes one = {'a'}, two = {'a', 'b'}, three = {'a', 'b', 'c'};
    for (const char* text : {"YQ==", "YQ=", "YQ", "Y Q\r\n =\t="}) EXPECT_EQ(parse_base64string(text).value(), one) << text;
    for (const char* text : {"YWI=", "YWI"}) EXPECT_EQ(parse_base64string(text).value(), two) << text;
    EXPECT_EQ(parse_base64string("YWJj").value(), three);
    EXPECT_TRUE(parse_base64string("").value().empty());
    for (const char* text : {"=", "==", "YQ===", "Y", "Y===", "YR", "Y=Q", "YW*j", "YW_j"})
        EXPECT_TRUE(parse_base64string(text).has_error()) << text;
}

TEST(TagList, HasLimits)
{
    std::string many;
    for (int i = 0; i < 65; ++i) many += "t" + std::to_string(i) + "=;";
    EXPECT_TRUE(TagList::parse(many).has_error());
    EXPECT_TRUE(TagList::parse("a=" + std::string(16 * 1024, 'x')).has_error());
}

TEST(FormatUnsigned, TakesTheSignatureOutWithItsSpace)
{
    EXPECT_EQ(format_unsigned("DKIM-Signature: a=1; b= x\r\n y ;c=2\r\n", Canon::relaxed), "dkim-signature:a=1; b=;c=2");
    EXPECT_EQ(format_unsigned("DKIM-Signature: bb=1; b=xyz\r\n", Canon::simple), "DKIM-Signature: bb=1; b=");
    EXPECT_EQ(format_unsigned("DKIM-Signature: b=xyz;\r\n", Canon::simple), "DKIM-Signature: b=;");
}

TEST(Head, SelectsFromBelowAndNeverTwice)
{
    Head head(1000);
    for (const char* field : {"A: 1\r\n", "B: 2\r\n", "a: 3\r\n"}) head.append(field);
    EXPECT_EQ(head.select({"a", "b", "a", "a", "c"}), (std::vector<std::size_t>{2, 1, 0}));
    EXPECT_EQ(head.select({"a", "a"}, 2), std::vector<std::size_t>{0});
    EXPECT_EQ(head.select({"a", "a"}, 0), std::vector<std::size_t>{2});
}

TEST(Head, TakesNothingMoreOnceItWasTooLarge)
{
    Head head(10);
    EXPECT_TRUE(head.append("A: 1\r\n"));
    EXPECT_FALSE(head.append("B: 12345\r\n"));
    EXPECT_FALSE(head.append("C:\r\n"));
    EXPECT_EQ(head.size(), 1U);
}

}  // namespace
}  // namespace sealpost::dkim
