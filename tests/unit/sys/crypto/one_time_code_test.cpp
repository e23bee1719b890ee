#include "sys/crypto/one_time_code.hpp"

#include <gtest/gtest.h>

namespace sealpost::crypto {
namespace {

WallTime at(std::int64_t seconds) { return WallTime(std::chrono::seconds(seconds)); }
Secret secret() { return Secret::copy_of("12345678901234567890"); }

// RFC 6238 appendix B, SHA1; its codes have eight digits, of which six are the last ones.
TEST(OneTimeCode, IsWhatTheStandardSays)
{
    const std::pair<std::int64_t, const char*> vectors[] = {{59, "287082"},         {1111111109, "081804"},
                                                            {1111111111, "050471"}, {1234567890, "005924"},
                                                            {2000000000, "279037"}, {20000000000, "353130"}};
    for (const auto& [seconds, code] : vectors) {
        EXPECT_EQ(make_one_time_code(secret(), one_time_step_of(at(seconds))), code) << seconds;
        EXPECT_EQ(find_one_time_step(secret(), Secret::copy_of(code), at(seconds), 0), one_time_step_of(at(seconds)));
    }
}

TEST(OneTimeCode, IsTakenAStepEarlyOrLateAndNoMore)
{
    const auto step = one_time_step_of(at(1234567890));
    for (const int off : {-2, -1, 0, 1, 2}) {
        const Secret code = Secret::copy_of(make_one_time_code(secret(), step + off));
        EXPECT_EQ(find_one_time_step(secret(), code, at(1234567890), 0).has_value(), off >= -1 && off <= 1) << off;
    }
}

TEST(OneTimeCode, IsNeverTakenTwiceNorOneBeforeTheLast)
{
    const auto step = one_time_step_of(at(1234567890));
    const Secret now = Secret::copy_of(make_one_time_code(secret(), step));
    const Secret before = Secret::copy_of(make_one_time_code(secret(), step - 1));
    const Secret after = Secret::copy_of(make_one_time_code(secret(), step + 1));
    EXPECT_FALSE(find_one_time_step(secret(), now, at(1234567890), step).has_value());
    EXPECT_FALSE(find_one_time_step(secret(), before, at(1234567890), step).has_value());
    EXPECT_TRUE(find_one_time_step(secret(), after, at(1234567890), step).has_value());
}

TEST(OneTimeCode, OfAnotherLengthIsWrong)
{
    for (const char* text : {"", "28708", "2870820", "94287082", "abcdef"})
        EXPECT_FALSE(find_one_time_step(secret(), Secret::copy_of(text), at(59), 0).has_value()) << text;
    EXPECT_FALSE(find_one_time_step({}, Secret::copy_of("287082"), at(59), 0).has_value());
}

}  // namespace
}  // namespace sealpost::crypto
