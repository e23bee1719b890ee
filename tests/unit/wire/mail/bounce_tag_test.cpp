#include "wire/mail/bounce_tag.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace sealpost::mail {
namespace {

namespace fs = std::filesystem;

// "key: value" lines behind a comment.
std::map<std::string, std::string> read_vector(const fs::path& file)
{
    std::map<std::string, std::string> lines;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);)
        if (const auto colon = line.find(": "); !line.starts_with('#') && colon != std::string::npos)
            lines[line.substr(0, colon)] = line.substr(colon + 2);
    return lines;
}

BounceKeys read_keys(const std::string& words)
{
    std::vector<BounceKey> keys;
    for (const auto word : split(words, ' ')) keys.push_back(BounceKey::parse(word).value());
    return BounceKeys(std::move(keys));
}

WallTime noon_of(const std::string& day)
{
    return WallTime(std::chrono::days(static_cast<int>(parse_decimal(day).value())) + std::chrono::hours(12));
}

TEST(BounceTagVectors, AreTaggedAndCheckedAsTheySay)
{
    int tagged = 0;
    int checked = 0;
    for (const auto& entry : fs::directory_iterator(fs::path(SEALPOST_SOURCE_DIR) / "tests/vectors/bounce-tag")) {
        SCOPED_TRACE(entry.path().filename().string());
        auto vector = read_vector(entry.path());
        const BounceKeys keys = read_keys(vector["keys"]);
        const WallTime now = noon_of(vector["day"]);
        if (vector.contains("sender")) {
            ++tagged;
            const auto out = keys.tag(parse_mailbox(vector["sender"]).value(), now);
            EXPECT_EQ(format_mailbox(out), vector["tagged"]);
        } else {
            ++checked;
            const auto finding = keys.check(parse_mailbox(vector["recipient"]).value(), now);
            EXPECT_EQ(format_bounce_tag(finding.tag), vector["tag"]);
            EXPECT_EQ(format_mailbox(finding.address), vector["address"]);
        }
    }
    EXPECT_GE(tagged, 8);
    EXPECT_GE(checked, 19);
}

TEST(BounceKey, IsMadeAnewEachTimeAndRead)
{
    const Secret text = BounceKey::make_text();
    EXPECT_EQ(text.size(), 64U);
    EXPECT_TRUE(BounceKey::parse(text.reveal_text()));
    EXPECT_FALSE(text.equals(BounceKey::make_text().reveal()));
}

TEST(BounceKey, IsRefusedInAnyOtherForm)
{
    const std::string good(64, 'a');
    EXPECT_TRUE(BounceKey::parse(good));
    for (const std::string& bad : {std::string(), std::string(62, 'a'), std::string(66, 'a'), std::string(64, 'g'), good + '\n'})
        EXPECT_EQ(BounceKey::parse(bad).error().fault, Fault::config) << bad;
}

TEST(BounceTag, IsTakenOffAnAddressByItsForm)
{
    EXPECT_EQ(strip_bounce_tag("prvs=0123abcdef=bob@acme.test"), "bob@acme.test");
    for (const std::string_view other :
         {"bob@acme.test", "prvs=0123abcdef=@acme.test", "prvs=0123abcdeg=bob@acme.test", "prvs=bob", ""})
        EXPECT_EQ(strip_bounce_tag(other), other);
}

TEST(BounceKeys, NeverTagTheNullSenderNorAnybodyWithoutAKey)
{
    const WallTime now = noon_of("20783");
    EXPECT_EQ(read_keys(std::string(64, 'a')).tag(Mailbox(), now), Mailbox());
    const Mailbox alice{"alice", "acme.test"};
    EXPECT_EQ(BounceKeys().tag(alice, now), alice);
}

TEST(BounceKeys, TakeEveryTagThatTheyMakeForAWeekAndADay)
{
    const BounceKeys keys = read_keys(std::string(64, 'a'));
    const Mailbox alice{"Alice+news", "acme.test"};
    const WallTime now = noon_of("20783");
    const Mailbox tagged = keys.tag(alice, now);
    EXPECT_TRUE(parse_mailbox(format_mailbox(tagged)));
    for (int day = 0; day <= 7; ++day) {
        const auto finding = keys.check(tagged, now + std::chrono::days(day));
        EXPECT_EQ(finding.tag, BounceTag::valid) << day;
        EXPECT_EQ(finding.address, alice);
    }
    EXPECT_EQ(keys.check(tagged, now + std::chrono::days(8)).tag, BounceTag::expired);
}

}  // namespace
}  // namespace sealpost::mail
