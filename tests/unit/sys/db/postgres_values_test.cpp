#include "sys/db/postgres_values.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sealpost::db {
namespace {

using Type = PostgresType;

TEST(PostgresValues, ReadWholeNumbersOfEachWidth)
{
    EXPECT_EQ(decode_integer(Type::int2, std::string_view("\xff\xfe", 2)), -2);
    EXPECT_EQ(decode_integer(Type::int4, std::string_view("\x00\x01\x00\x00", 4)), 65536);
    for (const auto value :
         {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()})
        EXPECT_EQ(decode_integer(Type::int8, encode_int8(value)), value);
    EXPECT_EQ(decode_integer(Type::boolean, "\x01"), 1);
    EXPECT_EQ(decode_integer(Type::boolean, std::string_view("\0", 1)), 0);
}

// As the server sends sum(bigint): 16-bit words, digits of 10,000.
TEST(PostgresValues, ReadTheWholePartOfANumeric)
{
    const auto numeric = [](std::initializer_list<int> words) {
        std::string octets;
        for (const int word : words) {
            octets += static_cast<char>(word >> 8);
            octets += static_cast<char>(word & 0xff);
        }
        return decode_integer(Type::numeric, octets);
    };
    EXPECT_EQ(numeric({0, 0, 0, 0}), 0);
    EXPECT_EQ(numeric({1, 0, 0, 0, 42}), 42);
    EXPECT_EQ(numeric({1, 1, 0, 0, 7}), 70000);  // the last digit is zero, and left out
    EXPECT_EQ(numeric({2, 1, 0x4000, 0, 12, 3456}), -123456);
    EXPECT_EQ(numeric({2, 0, 0, 2, 5, 5000}), 5);
    EXPECT_EQ(numeric({1, 30, 0, 0, 1}), 0) << "more than 64 bits";
    EXPECT_EQ(decode_integer(Type::numeric, "abc"), 0);
}

TEST(PostgresValues, MakeTextOfWhatIsNone)
{
    for (const char* good : {"", "naïve", "\xf0\x9f\x93\xae", "\xed\x9f\xbf"}) EXPECT_TRUE(is_postgres_text(good)) << good;
    const std::string_view bad[] = {{"a\0b", 3}, "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"};
    for (const auto text : bad) {
        EXPECT_FALSE(is_postgres_text(text));
        EXPECT_TRUE(is_postgres_text(make_postgres_text(text)));
    }
    EXPECT_EQ(make_postgres_text("caf\xe9 noir"), "caf\xef\xbf\xbd noir");
}

}  // namespace
}  // namespace sealpost::db
