#include "sys/dns/zone_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::dns {
namespace {

using testing::ElementsAre;

TEST(ZoneText, CutsARecordBehindABlankAndTheStringsJoinToTheSame)
{
    std::string record = "v=spf1";
    for (int i = 0; i < 60; ++i) record += " ip4:203.0.113." + std::to_string(i);
    std::string joined;
    for (const auto& string : split_strings(record)) {
        EXPECT_LE(string.size(), 255U);
        joined += string;
    }
    EXPECT_EQ(joined, record);
    EXPECT_EQ(split_strings(std::string(255, 'x')).size(), 1U);
    EXPECT_THAT(split_strings(std::string(256, 'x')), ElementsAre(std::string(255, 'x'), "x"));
}

// A DKIM key has no blank to be cut behind.
TEST(ZoneText, CutsAtTheLimitWhereNoBlankIs)
{
    const std::string key = "p=" + std::string(300, 'A');
    EXPECT_THAT(split_strings("v=DKIM1; k=rsa; " + key), ElementsAre("v=DKIM1; k=rsa; ", key.substr(0, 255), key.substr(255)));
    EXPECT_EQ(format_strings(key), '"' + key.substr(0, 255) + "\" \"" + key.substr(255) + '"');
}

TEST(ZoneText, IsALineOfAMasterFileThatEscapesWhatWouldEndAString)
{
    EXPECT_EQ(format_zone_line("a.test", "v=spf1 exists:\"\\x"), "a.test. IN TXT \"v=spf1 exists:\\\"\\\\x\"");
}

}  // namespace
}  // namespace sealpost::dns
