#include "sys/jsonread/jsonread.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace sealpost::jsonread {
namespace {

namespace json = boost::json;

TEST(JsonRead, FindsAnObjectOrNothing)
{
    EXPECT_EQ(parse_object(R"({"a":1})")->at("a"), 1);
    for (const char* text : {"", "{", "[]", "\"a\"", "null", "{} x"}) EXPECT_FALSE(parse_object(text).has_value()) << text;
}

TEST(JsonRead, TakesAMemberOfAnotherKindForNone)
{
    const json::object object{{"text", "word"}, {"number", 1}, {"flag", false}};
    EXPECT_EQ(find_text(object, "text"), "word");
    EXPECT_EQ(find_text(object, "number"), "");
    EXPECT_EQ(find_text(object, "missing"), "");
    EXPECT_FALSE(find_flag(object, "flag", true));
    EXPECT_TRUE(find_flag(object, "number", true));
    EXPECT_FALSE(find_flag(object, "missing", false));
}

TEST(JsonRead, MakesOneFaultOfAllThatIsBroken)
{
    const auto read = [](const json::value& value) { return value.as_object().at("a").as_int64(); };
    EXPECT_EQ(read_stored(R"({"a":7})", "a row", read).value(), 7);
    for (const char* text : {"{", "[]", "{}", R"({"a":"7"})"}) {
        const auto broken = read_stored(text, "a row", read);
        ASSERT_TRUE(broken.has_error()) << text;
        EXPECT_EQ(broken.error().fault, Fault::give_up);
        EXPECT_TRUE(broken.error().text.starts_with("a row is broken: ")) << broken.error().text;
    }
}

}  // namespace
}  // namespace sealpost::jsonread
