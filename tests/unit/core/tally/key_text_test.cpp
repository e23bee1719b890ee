#include "core/tally/key_text.hpp"

#include <gtest/gtest.h>

namespace sealpost::tally {
namespace {

TEST(KeyText, TellsTextsApartHoweverTheyAreParted)
{
    EXPECT_EQ(make_key({"a", "bc"}).size(), 64U);
    EXPECT_EQ(make_key({"a", "bc"}), make_key({"a", "bc"}));
    EXPECT_NE(make_key({"a", "bc"}), make_key({"ab", "c"}));
    EXPECT_NE(make_key({"a"}), make_key({"a", ""}));
}

TEST(KeyText, LeavesOrdinaryNamesAndBoundsLongOnes)
{
    EXPECT_EQ(shorten_name("r1@example.org"), "r1@example.org");
    const std::string longest(512, 'x');
    EXPECT_EQ(shorten_name(longest), longest);
    const std::string long_name = longest + "y";
    EXPECT_LE(shorten_name(long_name).size(), 512U);
    EXPECT_NE(shorten_name(long_name), shorten_name(longest + "z")) << "different ones stay different";
}

TEST(KeyText, CutsNoCharacterInTwo)
{
    std::string accents = "x";
    for (int i = 0; i < 300; ++i) accents += "\xc3\xa9";
    const auto shortened = shorten_name(accents);
    const auto kept = shortened.substr(0, shortened.find(" sha256:"));
    EXPECT_EQ(kept.size() % 2, 1U) << "one octet, and then two for each";
}

}  // namespace
}  // namespace sealpost::tally
