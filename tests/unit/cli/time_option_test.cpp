#include "cli/time_option.hpp"

#include <gtest/gtest.h>

namespace sealpost::cli {
namespace {

const WallTime now = parse_rfc3339("2026-11-22T08:00:00Z").value();

TEST(TimeOption, OfWhatIsPastTakesATimeADayAndHowLongAgo)
{
    const auto read = [](const std::string& text) {
        return format_rfc3339(read_past_time("--since", text, now).value().value());
    };
    EXPECT_EQ(read("2026-11-20T07:30:00Z"), "2026-11-20T07:30:00.000Z");
    EXPECT_EQ(read("2026-11-20"), "2026-11-20T00:00:00.000Z");
    EXPECT_EQ(read("24h"), "2026-11-21T08:00:00.000Z");
    EXPECT_EQ(read("90s"), "2026-11-22T07:58:30.000Z");
    EXPECT_FALSE(read_past_time("--since", "", now).value());
    for (const char* wrong : {"yesterday", "24", "0h", "-3h", "24h ago"})
        EXPECT_EQ(read_past_time("--since", wrong, now).error().fault, Fault::config) << wrong;
}

TEST(TimeOption, OfWhatIsToComeTakesNoAge)
{
    EXPECT_TRUE(read_time("--at", "2027-01-31"));
    EXPECT_FALSE(read_time("--at", "24h"));
}

}  // namespace
}  // namespace sealpost::cli
